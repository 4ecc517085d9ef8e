#include "transport/peer/peer.h"

#include <utility>

#include "base/check.h"
#include "transport/peer/plain_transport.h"
#include "transport/peer/webrtc_transport.h"

namespace viaduct::peer {

using base::SocketAddress;
using base::TimePoint;

Peer::Peer(WebRtcOptions options)
    : webrtc_(std::make_unique<WebRtcTransport>(std::move(options))) {}
Peer::Peer(PlainOptions options) : plain_(std::make_unique<PlainTransport>(std::move(options))) {}
Peer::Peer(Peer&&) noexcept = default;
Peer& Peer::operator=(Peer&&) noexcept = default;
Peer::~Peer() = default;

void Peer::apply(const RemoteWebRtc& remote, TimePoint now, Sink& sink) {
  VIADUCT_CHECK(webrtc_ != nullptr);
  webrtc_->apply(remote, now, sink);
}

void Peer::apply(const RemotePlain& remote, TimePoint now, Sink& sink) {
  VIADUCT_CHECK(plain_ != nullptr);
  plain_->apply(remote, now, sink);
}

void Peer::restart_ice(IceCredentials local) {
  VIADUCT_CHECK(webrtc_ != nullptr);
  webrtc_->restart_ice(std::move(local));
}

bool Peer::receive(Component via, std::span<uint8_t> datagram, const Path& from, TimePoint now,
                   Sink& sink) {
  return webrtc_ ? webrtc_->receive(datagram, from, now, sink)
                 : plain_->receive(via, datagram, from.remote, now, sink);
}

void Peer::path_lost(const Path& path, TimePoint now, Sink& sink) {
  if (webrtc_) webrtc_->path_lost(path, now, sink);
}

bool Peer::send_rtp(std::span<uint8_t> buffer, size_t length, TimePoint, Sink& sink) {
  return webrtc_ ? webrtc_->send_rtp(buffer, length, sink) : plain_->send_rtp(buffer, length, sink);
}

bool Peer::send_rtcp(std::span<uint8_t> buffer, size_t length, TimePoint, Sink& sink) {
  return webrtc_ ? webrtc_->send_rtcp(buffer, length, sink)
                 : plain_->send_rtcp(buffer, length, sink);
}

void Peer::handle_timeout(TimePoint now, Sink& sink) {
  if (webrtc_) webrtc_->handle_timeout(now, sink);
  else plain_->handle_timeout(now, sink);
}

TimePoint Peer::next_timeout() const {
  return webrtc_ ? webrtc_->next_timeout() : plain_->next_timeout();
}

std::optional<Event> Peer::poll() { return webrtc_ ? webrtc_->poll() : plain_->poll(); }

void Peer::close(TimePoint, Sink& sink) {
  if (webrtc_) webrtc_->close(sink);
  else plain_->close(sink);
}

bool Peer::owns(const Path& path) const {
  return webrtc_ ? webrtc_->owns(path) : plain_->owns(path.remote);
}

bool Peer::connected() const { return webrtc_ ? webrtc_->connected() : plain_->connected(); }

bool Peer::can_send() const { return webrtc_ ? webrtc_->connected() : plain_->can_send(); }

SocketAddress Peer::remote() const { return webrtc_ ? webrtc_->remote() : plain_->remote(); }

Stats Peer::stats() const { return webrtc_ ? webrtc_->stats() : plain_->stats(); }

}  // namespace viaduct::peer
