// ICE-lite, DTLS and SRTP toward one browser. See peer.h for the contract.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "transport/ice/agent.h"
#include "transport/peer/dtls_srtp.h"
#include "transport/peer/peer.h"

namespace viaduct::peer {

class WebRtcTransport {
 public:
  explicit WebRtcTransport(WebRtcOptions options);

  void apply(const RemoteWebRtc& remote, base::TimePoint now, Sink& sink);
  void restart_ice(IceCredentials local);
  bool receive(std::span<uint8_t> datagram, const Path& from, base::TimePoint now, Sink& sink);
  void path_lost(const Path& path, base::TimePoint now, Sink& sink);
  bool send_rtp(std::span<uint8_t> buffer, size_t length, Sink& sink);
  bool send_rtcp(std::span<uint8_t> buffer, size_t length, Sink& sink);
  void handle_timeout(base::TimePoint now, Sink& sink);
  base::TimePoint next_timeout() const;
  std::optional<Event> poll();
  void close(Sink& sink);

  bool owns(const Path& path) const;
  bool connected() const { return connected_; }
  base::SocketAddress remote() const;
  Stats stats() const;

 private:
  using Protect = base::Result<size_t> (srtp::Context::*)(std::span<uint8_t>, size_t);

  void receive_stun(std::span<const uint8_t> datagram, const Path& from, base::TimePoint now,
                    Sink& sink);
  void receive_dtls(std::span<const uint8_t> datagram, const Path& from, base::TimePoint now,
                    Sink& sink);
  // True: it was the first.
  bool receive_media(std::span<uint8_t> datagram, bool is_rtcp, const Path& from, Sink& sink);
  bool protect_and_send(Protect protect, std::span<uint8_t> buffer, size_t length,
                        uint64_t& counter, Sink& sink);

  // After anything that may have moved ICE or DTLS.
  void progress(base::TimePoint now, Sink& sink);
  void sync_addresses();
  void drain_ice();
  void drain_dtls(Sink& sink);
  void fail(Fault fault);

  ice::LiteAgent ice_;
  DtlsSrtp dtls_;
  bool agreed_ = false;
  std::vector<Path> validated_;  // as told in events; bounded by ICE's max_pairs
  bool connected_ = false;
  std::deque<Event> events_;
  Stats stats_;
};

}  // namespace viaduct::peer
