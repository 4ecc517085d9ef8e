// DirectPeer: a browser's media toward another browser that called it. It answers that one's checks
// and says the first hello of DTLS; what differs from WebRtcClient is who looks for the way.
#pragma once

#include <functional>
#include <memory>
#include <span>

#include "transport/peer/peer.h"

namespace viaduct::support {

class DirectPeer final : private peer::Sink {
 public:
  DirectPeer(ice::Credentials local, std::shared_ptr<dtls::EngineFactory> dtls,
             const peer::RemoteWebRtc& remote, base::TimePoint now);

  // To be set before anything arrives. Spans live during the call.
  std::function<void(const base::SocketAddress&, std::span<const uint8_t>)> on_send;
  std::function<void(std::span<const uint8_t>)> on_rtp;

  void receive(std::span<const uint8_t> datagram, const base::SocketAddress& from,
               base::TimePoint now);
  void send_rtp(std::span<const uint8_t> packet, base::TimePoint now);
  void close(base::TimePoint now);
  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const { return peer_.next_timeout(); }
  bool connected() const { return peer_.connected(); }

 private:
  void send(peer::Component, const peer::Path& to, std::span<const uint8_t> datagram) override {
    on_send(to.remote, datagram);
  }
  void rtp(std::span<uint8_t> packet) override { on_rtp(packet); }
  void rtcp(std::span<uint8_t>) override {}
  // Where it may send is the peer's own affair: its socket is nobody else's.
  void drop_events();

  peer::Peer peer_;
};

}  // namespace viaduct::support
