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

bool same(const std::vector<dtls::Fingerprint>& a, const std::vector<dtls::Fingerprint>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.algorithm == y.algorithm && x.digest == y.digest;
  });
}

void add_drops(const srtp::Counters& counters, Stats& stats) {
  stats.dropped_unauthentic += counters.authentication_failed;
  stats.dropped_replayed += counters.replayed;
  stats.dropped_malformed += counters.malformed;
}

// Of an association that is no more.
Fault fault_of(const dtls::Output& output) {
  const auto* failed = std::get_if<dtls::Failed>(&output);
  if (!failed) return Fault::closed;
  const bool stranger = failed->fault == dtls::Fault::fingerprint;
  return stranger ? Fault::fingerprint_mismatch : Fault::dtls_failed;
}

}  // namespace

WebRtcTransport::WebRtcTransport(WebRtcOptions options)
    : options_(std::move(options)), ice_(options_.local, options_.ice) {}

void WebRtcTransport::apply(const RemoteWebRtc& remote, TimePoint now, Sink& sink) {
  ice_.set_remote(remote.ufrag, now);
  if (!engine_ || engine_ended_ || role_ != remote.our_role ||
      !same(fingerprints_, remote.fingerprints)) {
    role_ = remote.our_role;
    fingerprints_ = remote.fingerprints;
    engine_ = options_.dtls->create(role_, fingerprints_);
    engine_started_ = engine_ended_ = connected_ = confirmed_ = false;
    drop_keys();
  }
  progress(now, sink);
  for (const auto& datagram : std::exchange(early_dtls_, {})) {
    if (!engine_started_) break;  // what was validated before is no longer
    engine_->receive(datagram, now);
    progress(now, sink);
  }
}

void WebRtcTransport::restart_ice(IceCredentials local) {
  ice_.restart(std::move(local));
  sync_addresses();
}

void WebRtcTransport::receive(std::span<uint8_t> datagram, const Path& from, TimePoint now,
                              Sink& sink) {
  switch (stun::classify(datagram)) {
    case stun::PacketKind::stun: return receive_stun(datagram, from, now, sink);
    case stun::PacketKind::dtls: return receive_dtls(datagram, from, now, sink);
    case stun::PacketKind::rtp: return receive_media(datagram, false, from, sink);
    case stun::PacketKind::rtcp: return receive_media(datagram, true, from, sink);
    case stun::PacketKind::other: ++stats_.dropped_malformed; return;
  }
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
  if (!engine_) {
    if (early_dtls_.size() < options_.max_early_datagrams)
      early_dtls_.emplace_back(datagram.begin(), datagram.end());
    else ++stats_.dropped_early;
    return;
  }
  progress(now, sink);  // starts the engine when this address is the first
  engine_->receive(datagram, now);
  progress(now, sink);
}

void WebRtcTransport::receive_media(std::span<uint8_t> datagram, bool is_rtcp, const Path& from,
                                    Sink& sink) {
  if (!ice_.is_validated(from)) {
    ++stats_.dropped_foreign;
    return;
  }
  if (!srtp_) {
    ++stats_.dropped_early;
    return;
  }
  const auto length = is_rtcp ? srtp_->unprotect_rtcp(datagram) : srtp_->unprotect_rtp(datagram);
  if (!length) return;  // counted by the context
  if (!confirmed_) {
    confirmed_ = true;
    engine_->confirmed();
  }
  const std::span<uint8_t> packet = datagram.first(*length);
  if (!(is_rtcp ? is_sane_rtcp(packet) : is_sane_rtp(packet))) {
    ++stats_.dropped_malformed;
    return;
  }
  if (is_rtcp) {
    ++stats_.rtcp_received;
    sink.rtcp(packet);
  } else {
    ++stats_.rtp_received;
    sink.rtp(packet);
  }
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
  if (to && srtp_) {
    if (const auto size = ((*srtp_).*protect)(buffer, length)) {
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
  if (engine_ && now >= engine_->next_timeout()) engine_->handle_timeout(now);
  progress(now, sink);
}

TimePoint WebRtcTransport::next_timeout() const {
  return std::min(ice_.next_timeout(), engine_ ? engine_->next_timeout() : base::kNever);
}

void WebRtcTransport::progress(TimePoint now, Sink& sink) {
  drain_ice();
  sync_addresses();
  if (!engine_) return;
  if (!engine_started_ && ice_.send_path()) {
    engine_started_ = true;
    engine_->start(now);
  }
  drain_dtls(sink);
  if (!connected_ && srtp_ && ice_.send_path()) {
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
  while (auto output = engine_->poll()) {
    if (const auto* datagram = std::get_if<dtls::Datagram>(&*output)) {
      if (const auto to = ice_.send_path()) sink.send(Component::rtp, *to, datagram->bytes);
    } else if (const auto* connected = std::get_if<dtls::Connected>(&*output)) {
      auto context = srtp::Context::create(connected->keys, options_.max_streams);
      if (context) srtp_.emplace(std::move(*context));
      else fail(Fault::dtls_failed);  // a profile that DTLS offered, but libsrtp lacks
    } else {
      engine_ended_ = true;
      drop_keys();
      fail(fault_of(*output));
    }
  }
}

void WebRtcTransport::fail(Fault fault) {
  connected_ = false;
  stats_.fault = fault;
  events_.push_back(Failed{fault});
}

void WebRtcTransport::drop_keys() {
  if (srtp_) add_drops(srtp_->counters(), stats_);
  srtp_.reset();
}

std::optional<Event> WebRtcTransport::poll() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void WebRtcTransport::close(Sink& sink) {
  if (!engine_) return;
  engine_->close();
  drain_dtls(sink);
  engine_ended_ = true;
  connected_ = false;
  drop_keys();
}

bool WebRtcTransport::owns(const Path& path) const {
  return std::find(validated_.begin(), validated_.end(), path) != validated_.end();
}

SocketAddress WebRtcTransport::remote() const { return ice_.send_path().value_or(Path{}).remote; }

Stats WebRtcTransport::stats() const {
  Stats stats = stats_;
  if (srtp_) add_drops(srtp_->counters(), stats);
  stats.ice_done = ice_.send_path().has_value();
  stats.dtls_done = srtp_.has_value();
  stats.checks_answered = ice_.stats().checks_answered;
  stats.checks_unauthenticated = ice_.stats().unauthenticated;
  return stats;
}

}  // namespace viaduct::peer
