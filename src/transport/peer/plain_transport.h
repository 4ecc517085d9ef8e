// RTP on a socket pair of its own, with a locked symmetric address. See peer.h for the contract.
//
//        first sane and authentic packet: its source is where we send from now on
//   open ────────────────────────────────────────────────────────────────────────> locked
//    ^    we send to the description's address                others are foreign      │
//    └──────────────────── apply with another address or key ─────────────────────────┘
#pragma once

#include <array>
#include <deque>
#include <optional>

#include "transport/peer/dtls_path.h"
#include "transport/peer/peer.h"

namespace viaduct::peer {

class PlainTransport {
 public:
  explicit PlainTransport(PlainOptions options);
  PlainTransport(const PlainTransport&) = delete;
  PlainTransport& operator=(const PlainTransport&) = delete;

  void apply(const RemotePlain& remote, base::TimePoint now, Sink& sink);
  bool receive(Component via, std::span<uint8_t> datagram, const base::SocketAddress& from,
               base::TimePoint now, Sink& sink);
  bool send_rtp(std::span<uint8_t> buffer, size_t length, Sink& sink);
  bool send_rtcp(std::span<uint8_t> buffer, size_t length, Sink& sink);
  void handle_timeout(base::TimePoint now, Sink& sink);
  base::TimePoint next_timeout() const;
  std::optional<Event> poll();
  void close(Sink& sink);

  bool owns(const base::SocketAddress& address) const;
  bool connected() const { return connected_; }
  bool can_send() const;
  base::SocketAddress remote() const { return path(Component::rtp).target; }
  Stats stats() const;

 private:
  // One socket's way to the far side.
  struct Path {
    explicit Path(const PlainOptions& options) : dtls(options) {}
    base::SocketAddress target;  // where to send; the description's until locked
    bool locked = false;
    DtlsPath dtls;
  };
  using Protect = base::Result<size_t> (srtp::Context::*)(std::span<uint8_t>, size_t);

  bool is_protected() const { return !std::holds_alternative<std::monostate>(remote_->protection); }
  bool uses_dtls() const {
    return remote_ && std::holds_alternative<RemoteDtls>(remote_->protection);
  }
  // What protects a path's packets; none while there are no keys.
  srtp::Context* context(Component via);

  void apply_addresses(const RemotePlain& remote);
  void apply_sdes(const srtp::Keys& keys);
  void apply_dtls(const RemoteDtls& dtls, base::TimePoint now, Sink& sink);
  void unlock(Path& path);
  void lock(Component via, const base::SocketAddress& from);
  void receive_dtls(Component via, std::span<const uint8_t> datagram,
                    const base::SocketAddress& from, base::TimePoint now, Sink& sink);
  // After anything that may have moved DTLS.
  void progress(Component via, base::TimePoint now, Sink& sink);
  // The plain packet in the datagram, if it may have come from there and is authentic.
  std::optional<std::span<uint8_t>> open(Component via, bool is_rtcp, std::span<uint8_t> datagram,
                                         const base::SocketAddress& from);
  bool send(Component via, Protect protect, std::span<uint8_t> buffer, size_t length,
            uint64_t& counter, Sink& sink);
  Path& path(Component component) { return paths_[static_cast<size_t>(component)]; }
  const Path& path(Component component) const { return paths_[static_cast<size_t>(component)]; }

  const PlainOptions options_;
  std::optional<RemotePlain> remote_;  // from the first agreement on
  std::array<Path, 2> paths_;
  // With SDES, for both paths; kept while it is not in use, so that our key never starts anew.
  std::optional<srtp::Context> sdes_;
  srtp::Keys sdes_keys_;
  bool connected_ = false;
  std::deque<Event> events_;
  Stats stats_;
};

}  // namespace viaduct::peer
