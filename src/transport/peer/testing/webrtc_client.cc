#include "transport/peer/testing/webrtc_client.h"

#include <algorithm>
#include <utility>

#include "transport/stun/demux.h"

namespace viaduct::peer::testing {

using base::SocketAddress;
using base::TimePoint;

WebRtcClient::WebRtcClient(ClientOptions options, base::Rng& rng)
    : options_(std::move(options)), rng_(rng), ufrag_(rng.token(4)), ice_(rng, options_.ice) {}

void WebRtcClient::connect(const ServerParameters& server, TimePoint now) {
  engine_ = options_.dtls->create(options_.role, server.fingerprints);
  engine_started_ = false;
  srtp_.reset();
  ice_.start(ufrag_, server.ice, server.candidates, now);
  progress(now);
}

const std::string& WebRtcClient::new_ufrag() { return ufrag_ = rng_.token(4); }

void WebRtcClient::restart_ice(const ServerParameters& server, TimePoint now) {
  ice_.start(ufrag_, server.ice, server.candidates, now);
  progress(now);
}

void WebRtcClient::receive(std::span<const uint8_t> datagram, const SocketAddress& from,
                           TimePoint now) {
  switch (stun::classify(datagram)) {
    case stun::PacketKind::stun: ice_.receive(datagram, from, now); break;
    case stun::PacketKind::dtls:
      if (engine_) engine_->receive(datagram, now);
      break;
    case stun::PacketKind::rtp: receive_media(datagram, false); break;
    case stun::PacketKind::rtcp: receive_media(datagram, true); break;
    case stun::PacketKind::other: ++stats_.rejected; break;
  }
  progress(now);
}

void WebRtcClient::receive_media(std::span<const uint8_t> datagram, bool is_rtcp) {
  if (!srtp_) {
    ++stats_.rejected;
    return;
  }
  scratch_.assign(datagram.begin(), datagram.end());
  const auto size = is_rtcp ? srtp_->unprotect_rtcp(scratch_) : srtp_->unprotect_rtp(scratch_);
  if (!size) {
    ++stats_.rejected;
    return;
  }
  const auto packet = std::span<const uint8_t>(scratch_).first(*size);
  ++(is_rtcp ? stats_.rtcp_received : stats_.rtp_received);
  const auto& callback = is_rtcp ? on_rtcp : on_rtp;
  if (callback) callback(packet);
  else (is_rtcp ? rtcp_ : rtp_).emplace_back(packet.begin(), packet.end());
}

void WebRtcClient::handle_timeout(TimePoint now) {
  ice_.handle_timeout(now);
  if (engine_ && now >= engine_->next_timeout()) engine_->handle_timeout(now);
  progress(now);
}

TimePoint WebRtcClient::next_timeout() const {
  return std::min(ice_.next_timeout(), engine_ ? engine_->next_timeout() : base::kNever);
}

std::optional<Outgoing> WebRtcClient::poll() {
  if (outgoing_.empty()) return std::nullopt;
  Outgoing out = std::move(outgoing_.front());
  outgoing_.pop_front();
  return out;
}

void WebRtcClient::progress(TimePoint now) {
  while (auto output = ice_.poll()) {
    if (auto* transmit = std::get_if<ice::testing::Transmit>(&*output))
      outgoing_.push_back({transmit->to, std::move(transmit->packet)});
    else if (!std::holds_alternative<ice::testing::Nominated>(*output)) failed_ = true;
  }
  if (!engine_ || !ice_.selected()) return;  // what the engine wants to send waits in it
  if (!engine_started_) {
    engine_started_ = true;
    engine_->start(now);
  }
  drain_dtls();
}

void WebRtcClient::drain_dtls() {
  while (auto output = engine_->poll()) {
    if (auto* datagram = std::get_if<dtls::Datagram>(&*output)) {
      outgoing_.push_back({*ice_.selected(), std::move(datagram->bytes)});
    } else if (const auto* connected = std::get_if<dtls::Connected>(&*output)) {
      srtp_.emplace(srtp::Context::create(connected->keys).value());
    } else if (std::holds_alternative<dtls::Closed>(*output)) {
      closed_by_server_ = true;
    } else {
      failed_ = true;
    }
  }
}

bool WebRtcClient::send_rtp(std::span<const uint8_t> packet) {
  return protect_and_queue(&srtp::Context::protect_rtp, packet, stats_.rtp_sent);
}

bool WebRtcClient::send_rtcp(std::span<const uint8_t> packet) {
  return protect_and_queue(&srtp::Context::protect_rtcp, packet, stats_.rtcp_sent);
}

bool WebRtcClient::protect_and_queue(Protect protect, std::span<const uint8_t> packet,
                                     uint64_t& counter) {
  if (!connected()) return false;
  std::vector<uint8_t> bytes(packet.begin(), packet.end());
  bytes.resize(packet.size() + srtp::kTrailer);
  const auto size = ((*srtp_).*protect)(bytes, packet.size());
  if (!size) return false;
  bytes.resize(*size);
  outgoing_.push_back({*ice_.selected(), std::move(bytes)});
  ++counter;
  return true;
}

void WebRtcClient::close() {
  if (!engine_ || !ice_.selected()) return;
  engine_->close();
  drain_dtls();
}

}  // namespace viaduct::peer::testing
