// Plain RTP with a locked symmetric address. See peer.h for the contract.
//
//             apply: send to the description's address
//   open  ──────────────────────────────────────────────>  first sane packet: lock its source
//     ^                                                     and send there; others are foreign
//     └──────────────── apply with another address ─────────────────┘
#pragma once

#include <array>
#include <deque>
#include <optional>

#include "transport/peer/peer.h"

namespace viaduct::peer {

class PlainTransport {
 public:
  void apply(const RemotePlain& remote);
  void receive(Component via, std::span<uint8_t> datagram, const base::SocketAddress& from,
               Sink& sink);
  bool send_rtp(std::span<uint8_t> buffer, size_t length, Sink& sink);
  bool send_rtcp(std::span<uint8_t> buffer, size_t length, Sink& sink);
  std::optional<Event> poll();

  bool owns(const base::SocketAddress& address) const;
  bool connected() const { return connected_; }
  base::SocketAddress remote() const { return path(Component::rtp).target; }
  const Stats& stats() const { return stats_; }

 private:
  // One socket's way to the far side.
  struct Path {
    base::SocketAddress target;  // where to send; the description's until locked
    bool locked = false;
  };

  bool accept_source(Component via, bool is_rtcp, const base::SocketAddress& from);
  void lock(Path& path, const base::SocketAddress& from);
  bool send(Component via, std::span<const uint8_t> packet, uint64_t& counter, Sink& sink);
  Path& path(Component component) { return paths_[static_cast<size_t>(component)]; }
  const Path& path(Component component) const { return paths_[static_cast<size_t>(component)]; }

  std::optional<RemotePlain> remote_;  // from the first agreement on
  std::array<Path, 2> paths_;
  bool connected_ = false;
  std::deque<Event> events_;
  Stats stats_;
};

}  // namespace viaduct::peer
