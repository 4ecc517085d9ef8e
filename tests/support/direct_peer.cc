#include "support/direct_peer.h"

#include <utility>
#include <vector>

namespace viaduct::support {

DirectPeer::DirectPeer(ice::Credentials local, std::shared_ptr<dtls::EngineFactory> dtls,
                       const peer::RemoteWebRtc& remote, base::TimePoint now)
    : peer_(peer::WebRtcOptions{
          .local = std::move(local), .dtls = {.factory = std::move(dtls)}, .ice = {}}) {
  peer_.apply(remote, now, *this);
}

void DirectPeer::receive(std::span<const uint8_t> datagram, const base::SocketAddress& from,
                         base::TimePoint now) {
  std::vector<uint8_t> bytes(datagram.begin(), datagram.end());
  peer_.receive(peer::Component::rtp, bytes, from, now, *this);
  drop_events();
}

void DirectPeer::send_rtp(std::span<const uint8_t> packet, base::TimePoint now) {
  std::vector<uint8_t> bytes(packet.begin(), packet.end());
  bytes.resize(packet.size() + peer::kSrtpTrailer);
  peer_.send_rtp(bytes, packet.size(), now, *this);
}

void DirectPeer::close(base::TimePoint now) { peer_.close(now, *this); }

void DirectPeer::handle_timeout(base::TimePoint now) {
  peer_.handle_timeout(now, *this);
  drop_events();
}

void DirectPeer::drop_events() {
  while (peer_.poll()) {
  }
}

}  // namespace viaduct::support
