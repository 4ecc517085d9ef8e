#include "transport/peer/webrtc_transport.h"

#include <algorithm>
#include <utility>

#include "transport/peer/checks.h"
#include "transport/stun/demux.h"

namespace viaduct::peer {
namespace {

using base::SocketAddress;
using base::TimePoint;

class IceSink final : public ice::Sink {
 public:
  explicit IceSink(peer::Sink& sink) : sink_(sink) {}
  void send(const Path& to, std::span<const uint8_t> packet) override {
    sink_.send(Component::rtp, to, packet);
  }

 private:
  peer::Sink& sink_;
};

}  // namespace

WebRtcTransport::WebRtcTransport(WebRtcOptions options)
    : ice_(std::move(options.local), options.ice), dtls_(std::move(options.dtls)) {}

void WebRtcTransport::apply(const RemoteWebRtc& remote, TimePoint now, Sink& sink) {
  ice_.set_remote(remote.ufrag, now);
  agreed_ = true;
  if (dtls_.apply(remote.dtls)) connected_ = false;
  progress(now, sink);
}

void WebRtcTransport::restart_ice(IceCredentials local) {
  ice_.restart(std::move(local));
  sync_addresses();
}

bool WebRtcTransport::receive(std::span<uint8_t> datagram, const Path& from, TimePoint now,
                              Sink& sink) {
  switch (stun::classify(datagram)) {
    case stun::PacketKind::stun: receive_stun(datagram, from, now, sink); return true;
    case stun::PacketKind::dtls: receive_dtls(datagram, from, now, sink); return true;
    case stun::PacketKind::rtp: return receive_media(datagram, false, from, sink);
    case stun::PacketKind::rtcp: return receive_media(datagram, true, from, sink);
    case stun::PacketKind::other: break;
  }
  ++stats_.dropped_malformed;
  return false;
}

void WebRtcTransport::path_lost(const Path& path, TimePoint now, Sink& sink) {
  ice_.path_lost(path);
  progress(now, sink);
}

void WebRtcTransport::receive_stun(std::span<const uint8_t> datagram, const Path& from,
                                   TimePoint now, Sink& sink) {
  ++stats_.stun_received;
  IceSink ice_sink(sink);
  ice_.receive(datagram, from, now, ice_sink);
  if (ice_.is_validated(from) && !owns(from)) {
    validated_.push_back(from);
    events_.push_back(AddressValidated{from});
  }
  progress(now, sink);
}

void WebRtcTransport::receive_dtls(std::span<const uint8_t> datagram, const Path& from,
                                   TimePoint now, Sink& sink) {
  if (!ice_.is_validated(from)) {
    ++stats_.dropped_foreign;
    return;
  }
  ++stats_.dtls_received;
  progress(now, sink);  // starts the association when this address is the first
  if (!dtls_.receive(datagram, now)) ++stats_.dropped_early;
  progress(now, sink);
}

bool WebRtcTransport::receive_media(std::span<uint8_t> datagram, bool is_rtcp, const Path& from,
                                    Sink& sink) {
  if (!ice_.is_validated(from)) {
    ++stats_.dropped_foreign;
    return false;
  }
  srtp::Context* const srtp = dtls_.srtp();
  if (!srtp) {
    ++stats_.dropped_early;
    return false;
  }
  const auto length = is_rtcp ? srtp->unprotect_rtcp(datagram) : srtp->unprotect_rtp(datagram);
  if (!length) return false;  // counted by the context
  const bool first = dtls_.confirm();
  const std::span<uint8_t> packet = datagram.first(*length);
  if (!(is_rtcp ? is_sane_rtcp(packet) : is_sane_rtp(packet))) {
    ++stats_.dropped_malformed;
  } else if (is_rtcp) {
    ++stats_.rtcp_received;
    sink.rtcp(packet);
  } else {
    ++stats_.rtp_received;
    sink.rtp(packet);
  }
  return first;
}

bool WebRtcTransport::send_rtp(std::span<uint8_t> buffer, size_t length, Sink& sink) {
  return protect_and_send(&srtp::Context::protect_rtp, buffer, length, stats_.rtp_sent, sink);
}

bool WebRtcTransport::send_rtcp(std::span<uint8_t> buffer, size_t length, Sink& sink) {
  return protect_and_send(&srtp::Context::protect_rtcp, buffer, length, stats_.rtcp_sent, sink);
}

bool WebRtcTransport::protect_and_send(Protect protect, std::span<uint8_t> buffer, size_t length,
                                       uint64_t& counter, Sink& sink) {
  const std::optional<Path> to = ice_.send_path();
  srtp::Context* const srtp = dtls_.srtp();
  if (to && srtp) {
    if (const auto size = (srtp->*protect)(buffer, length)) {
      ++counter;
      sink.send(Component::rtp, *to, buffer.first(*size));
      return true;
    }
  }
  ++stats_.dropped_unsendable;
  return false;
}

void WebRtcTransport::handle_timeout(TimePoint now, Sink& sink) {
  ice_.handle_timeout(now);
  dtls_.handle_timeout(now);
  progress(now, sink);
}

TimePoint WebRtcTransport::next_timeout() const {
  return std::min(ice_.next_timeout(), dtls_.next_timeout());
}

void WebRtcTransport::progress(TimePoint now, Sink& sink) {
  drain_ice();
  sync_addresses();
  if (!agreed_) return;
  if (ice_.send_path()) dtls_.start(now);
  drain_dtls(sink);
  if (!connected_ && dtls_.srtp() && ice_.send_path()) {
    connected_ = true;
    stats_.fault.reset();
    events_.push_back(Connected{});
  }
}

// ICE forgets addresses on restarts, timeouts and evictions.
void WebRtcTransport::sync_addresses() {
  std::erase_if(validated_, [this](const Path& path) {
    if (ice_.is_validated(path)) return false;
    events_.push_back(AddressReleased{path});
    return true;
  });
}

void WebRtcTransport::drain_ice() {
  while (const auto event = ice_.poll()) {
    if (std::holds_alternative<ice::ConsentLost>(*event)) fail(Fault::consent_lost);
    else if (std::holds_alternative<ice::CheckTimeout>(*event)) fail(Fault::ice_timeout);
  }
}

void WebRtcTransport::drain_dtls(Sink& sink) {
  while (const auto output = dtls_.poll()) {
    if (const auto* fault = std::get_if<Fault>(&*output)) fail(*fault);
    else if (const auto to = ice_.send_path())
      sink.send(Component::rtp, *to, std::get<dtls::Datagram>(*output).bytes);
  }
}

void WebRtcTransport::fail(Fault fault) {
  connected_ = false;
  stats_.fault = fault;
  events_.push_back(Failed{fault});
}

std::optional<Event> WebRtcTransport::poll() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void WebRtcTransport::close(Sink& sink) {
  dtls_.close();
  drain_dtls(sink);
  connected_ = false;
}

bool WebRtcTransport::owns(const Path& path) const {
  return std::find(validated_.begin(), validated_.end(), path) != validated_.end();
}

SocketAddress WebRtcTransport::remote() const { return ice_.send_path().value_or(Path{}).remote; }

Stats WebRtcTransport::stats() const {
  Stats stats = stats_;
  dtls_.add_drops(stats);
  stats.ice_done = ice_.send_path().has_value();
  stats.uses_dtls = true;
  stats.dtls_done = dtls_.srtp() != nullptr;
  stats.checks_answered = ice_.stats().checks_answered;
  stats.checks_unauthenticated = ice_.stats().unauthenticated;
  return stats;
}

}  // namespace viaduct::peer
