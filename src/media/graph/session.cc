#include "media/graph/session.h"

#include <algorithm>

#include "media/codec/quality.h"
#include "media/graph/format.h"
#include "transport/rtp/ntp.h"
#include "transport/rtp/rtcp.h"

namespace viaduct::graph {

namespace {

double milliseconds(base::Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

// What both directions share, for the estimate of how they sound.
struct Timing {
  base::Duration round_trip{};
  base::Duration ptime{};
};

std::optional<double> mos(const std::optional<Coding>& coding, double lost_percent,
                          double jitter_ms, const Timing& timing) {
  const auto kind = coding ? kind_of(coding->codec) : std::nullopt;
  if (!kind) return std::nullopt;
  const auto jitter = std::chrono::duration_cast<base::Duration>(
      std::chrono::duration<double, std::milli>(jitter_ms));
  const auto delay = codec::mouth_to_ear(timing.round_trip, jitter, timing.ptime);
  return codec::mos_of(codec::rating(*kind, {.lost_percent = lost_percent, .delay = delay}));
}

peer::RemoteDtls dtls_of(const std::vector<negotiation::Fingerprint>& fingerprints,
                         negotiation::DtlsRole our_role) {
  peer::RemoteDtls out;
  for (const auto& f : fingerprints) out.fingerprints.push_back({f.algorithm, f.digest});
  out.our_role =
      our_role == negotiation::DtlsRole::client ? dtls::Role::client : dtls::Role::server;
  return out;
}

srtp::Profile profile_of(negotiation::SrtpSuite suite) {
  using negotiation::SrtpSuite;
  switch (suite) {
    case SrtpSuite::aead_aes_128_gcm: break;
    case SrtpSuite::aead_aes_256_gcm: return srtp::Profile::aead_aes_256_gcm;
    case SrtpSuite::aes_cm_128_hmac_sha1_80: return srtp::Profile::aes128_cm_sha1_80;
    case SrtpSuite::aes_cm_128_hmac_sha1_32: return srtp::Profile::aes128_cm_sha1_32;
  }
  return srtp::Profile::aead_aes_128_gcm;
}

peer::RemotePlain remote_of(const negotiation::PlainRemote& remote, bool rtcp_mux) {
  peer::RemotePlain out{.rtp = remote.rtp, .rtcp = remote.rtcp, .rtcp_mux = rtcp_mux};
  if (const auto* sdes = std::get_if<negotiation::SdesKeys>(&remote.protection))
    out.protection =
        srtp::Keys{profile_of(sdes->suite), base::Secret(srtp::MasterKey{sdes->send.reveal()}),
                   base::Secret(srtp::MasterKey{sdes->receive.reveal(), sdes->receive_mki})};
  else if (const auto* dtls = std::get_if<negotiation::DtlsRemote>(&remote.protection))
    out.protection = dtls_of(dtls->fingerprints, dtls->our_role);
  return out;
}

peer::Peer make_peer(const OpenSession& open, std::shared_ptr<dtls::EngineFactory> dtls) {
  peer::DtlsOptions with{.factory = std::move(dtls)};
  if (const auto* webrtc = std::get_if<WebRtcTransport>(&open.transport))
    return peer::Peer(
        peer::WebRtcOptions{.local = {webrtc->local_ice.ufrag, webrtc->local_ice.password},
                            .dtls = std::move(with),
                            .ice = {}});
  return peer::Peer(peer::PlainOptions{.dtls = std::move(with)});
}

}  // namespace

// Gives datagrams their socket, and keeps what a datagram held until the Peer may be called again.
class Session::SinkAdaptor final : public peer::Sink {
 public:
  SinkAdaptor(const Session& session, PacketSink& out, base::TimePoint now)
      : session_(session), out_(out), now_(now) {}

  void send(peer::Component via, const peer::Path& to, std::span<const uint8_t> datagram) override {
    SocketHandle handle = to.connection ? to.connection : kSharedSocket;
    if (session_.plain_)
      handle = via == peer::Component::rtp ? session_.plain_->rtp : session_.plain_->rtcp;
    if (CaptureTap* const tap = session_.tap_.get(); tap && !tap->decrypted())
      tap->sent(datagram, to.remote, via == peer::Component::rtcp, now_);
    out_.send(handle, to.remote, datagram);
  }
  void rtp(std::span<uint8_t> packet) override { rtp_packet = packet; }
  void rtcp(std::span<uint8_t> packet) override { rtcp_packet = packet; }

  std::span<uint8_t> rtp_packet, rtcp_packet;

 private:
  const Session& session_;
  PacketSink& out_;
  const base::TimePoint now_;
};

Session::Session(OpenSession open, const WorkerOptions& options, base::Rng& rng,
                 std::shared_ptr<dtls::EngineFactory> dtls)
    : id_(open.id),
      options_(options),
      rng_(rng),
      cname_(std::move(open.cname)),
      peer_(make_peer(open, std::move(dtls))),
      incoming_(options.reception),
      outgoing_(options),
      rtcp_(options.rtcp_interval) {
  if (const auto* webrtc = std::get_if<WebRtcTransport>(&open.transport))
    local_ufrags_.push_back(webrtc->local_ice.ufrag);
  else plain_ = std::get<PlainTransport>(open.transport);
}

bool Session::apply(const ApplyAgreement& command, base::TimePoint now, PacketSink& out) {
  const auto& agreement = command.agreement;
  SinkAdaptor sink(*this, out, now);
  if (plain_ && agreement.plain)
    peer_.apply(remote_of(*agreement.plain, agreement.rtcp_mux), now, sink);
  else if (!plain_ && agreement.webrtc) apply_webrtc(command, now, sink);
  else return false;
  incoming_.apply(agreement);
  outgoing_.apply(agreement, rng_, now);
  outgoing_.set_transport_ready(peer_.can_send(), now);
  expect_media(now);
  if (rtcp_.next() == base::kNever) {
    rtcp_.start(now, rng_);
    rates_.start(now);
  }
  return true;
}

// A plain far side may speak as soon as it knows our description; a browser when it is connected.
void Session::expect_media(base::TimePoint now) {
  incoming_.watch().expect(incoming_.expects() && (plain_ || peer_.connected()), now);
}

void Session::apply_webrtc(const ApplyAgreement& command, base::TimePoint now, peer::Sink& sink) {
  if (const auto& ice = command.new_local_ice; ice && ice->ufrag != local_ufrags_.back()) {
    peer_.restart_ice({ice->ufrag, ice->password});
    // Media goes on under the old credentials until the new ones have a pair.
    local_ufrags_ = {local_ufrags_.back(), ice->ufrag};
  }
  const auto& remote = *command.agreement.webrtc;
  peer_.apply(peer::RemoteWebRtc{remote.ice.ufrag, dtls_of(remote.fingerprints, remote.our_role)},
              now, sink);
}

size_t Session::send_dtmf(const SendDtmf& command, base::TimePoint now) {
  size_t dropped = 0;
  for (const char digit : command.digits)
    if (!(command.inband ? outgoing_.send_tone(digit, command.length, now)
                         : outgoing_.send_digit(digit, command.length, now)))
      ++dropped;
  return dropped;
}

void Session::listen_for_tones(bool on) {
  if (!on) tones_.reset();
  else if (!tones_) tones_ = std::make_unique<InbandDigits>();
}

void Session::collect_digits(base::TimePoint now) {
  while (const auto event = incoming_.poll_digit())
    digits_.add({event->digit, event->length}, DigitFilter::Way::event, now);
  while (const auto tone = tones_ ? tones_->poll() : std::nullopt)
    digits_.add({tone->digit, tone->length}, DigitFilter::Way::tone, now);
}

void Session::close(base::TimePoint now, PacketSink& out) {
  SinkAdaptor sink(*this, out, now);
  if (peer_.can_send() && outgoing_.sender()) send_report(true, now, sink);
  peer_.close(now, sink);
}

Session::Received Session::receive(peer::Component via, std::span<uint8_t> datagram,
                                   const peer::Path& from, base::TimePoint now, PacketSink& sent) {
  SinkAdaptor sink(*this, sent, now);
  const bool rtcp_port = via == peer::Component::rtcp;
  if (tap_ && !tap_->decrypted()) tap_->received(datagram, from.remote, rtcp_port, now);
  Received out;
  out.settled = !peer_.receive(via, datagram, from, now, sink);
  if (tap_) capture_plain(sink, from.remote, rtcp_port, now);
  if (!sink.rtcp_packet.empty()) receive_rtcp(sink.rtcp_packet, now);
  if (sink.rtp_packet.empty()) return out;
  out.heard = incoming_.accept(sink.rtp_packet, now);
  if (out.heard && tones_) tones_->push(*out.heard);
  if (incoming_.take_change() || tones_) {
    collect_digits(now);
    out.settled = false;
  }
  return out;
}

// What the Peer let out of a datagram; and the capture's end is noticed here and with each report.
void Session::capture_plain(const SinkAdaptor& sink, const base::SocketAddress& from,
                            bool rtcp_port, base::TimePoint now) {
  if (tap_->decrypted())
    for (const auto packet : {sink.rtp_packet, sink.rtcp_packet})
      if (!packet.empty()) tap_->received(packet, from, rtcp_port, now);
  if (tap_->over(now)) start_capture(nullptr);
}

void Session::start_capture(std::shared_ptr<CaptureTap> tap) {
  if (tap_) tap_->finish();
  tap_ = std::move(tap);
}

void Session::path_lost(const peer::Path& path, base::TimePoint now, PacketSink& out) {
  SinkAdaptor sink(*this, out, now);
  peer_.path_lost(path, now, sink);
}

void Session::forward(const Heard& heard, bool in_place, base::TimePoint now, PacketSink& out) {
  SinkAdaptor sink(*this, out, now);
  std::array<uint8_t, Outgoing::kScratch> scratch;
  outgoing_.forward(heard, in_place, scratch, Wire{peer_, sink, now, tap_.get()});
}

void Session::handle_timeout(base::TimePoint now, PacketSink& out) {
  SinkAdaptor sink(*this, out, now);
  if (peer_.next_timeout() <= now) peer_.handle_timeout(now, sink);
  if (incoming_.next_timeout() <= now) incoming_.handle_timeout(now);
  collect_digits(now);
  outgoing_.set_transport_ready(peer_.can_send(), now);
  if (outgoing_.next_timeout() <= now) {
    std::array<uint8_t, Outgoing::kScratch> scratch;
    outgoing_.handle_timeout(scratch, Wire{peer_, sink, now, tap_.get()});
  }
  if (rtcp_.due(now)) {
    if (peer_.can_send() && outgoing_.sender()) send_report(false, now, sink);
    rtcp_.sent(now, rng_);
    rates_.update(outgoing_.stats(), incoming_.stats(), now);
    stats_due_ = true;
    if (tap_ && tap_->over(now)) start_capture(nullptr);
  }
}

base::TimePoint Session::next_timeout() const {
  return std::min(
      {peer_.next_timeout(), incoming_.next_timeout(), outgoing_.next_timeout(), rtcp_.next()});
}

std::optional<peer::Event> Session::poll_transport(base::TimePoint now) {
  auto event = peer_.poll();
  if (event) return event;
  outgoing_.set_transport_ready(peer_.can_send(), now);
  expect_media(now);
  return std::nullopt;
}

std::optional<Event> Session::poll_media() {
  if (const auto digit = digits_.poll()) return DtmfReceived{id_, digit->digit, digit->length};
  if (outgoing_.take_play_finished()) return PlayFinished{id_};
  if (!change_ && (change_ = incoming_.watch().poll())) stats_due_ = true;
  if (std::exchange(stats_due_, false)) return StatsReport{id_, stats()};
  const auto change = std::exchange(change_, std::nullopt);
  if (change == ReceptionWatch::Change::resumed) return MediaResumed{id_};
  if (change == ReceptionWatch::Change::stalled)
    return MediaStalled{id_, incoming_.watch().last_packet().has_value()};
  return std::nullopt;
}

bool Session::is_settled(base::TimePoint now) {
  const bool sends = outgoing_.sends();
  const auto expected_since = incoming_.watch().expected_since();
  return !poll_transport(now) && sends == outgoing_.sends() &&
         expected_since == incoming_.watch().expected_since() && !incoming_.poll_digit() &&
         !poll_media();
}

void Session::receive_rtcp(std::span<const uint8_t> compound, base::TimePoint now) {
  last_rtcp_ = now;
  rtp::RtcpReader reader(compound);
  while (const auto packet = reader.next()) {
    const rtp::ReportBlocks* blocks = nullptr;
    if (const auto* sr = std::get_if<rtp::SenderReport>(&*packet)) {
      incoming_.receiver().receive_report(*sr, now);
      blocks = &sr->blocks;
    } else if (const auto* rr = std::get_if<rtp::ReceiverReport>(&*packet)) {
      blocks = &rr->blocks;
    }
    if (!blocks || !outgoing_.sender()) continue;
    if (const auto block = blocks->about(outgoing_.sender()->ssrc())) receive_block(*block, now);
  }
  if (!reader.ok()) ++malformed_rtcp_;
}

void Session::receive_block(const rtp::ReportBlock& block, base::TimePoint now) {
  if (const auto trip = rtp::round_trip(block, rtp::to_ntp(wall(now)))) round_trip_ = *trip;
  outgoing_.expect_loss(block.fraction_lost * 100 / 256);
  const double clock = std::max<uint32_t>(outgoing_.sender()->clock_rate(), 1);
  far_report_ = FarReport{.at = now,
                          .lost = block.cumulative_lost,
                          .lost_percent = block.fraction_lost * 100 / 256.0,
                          .jitter_ms = block.jitter * 1000 / clock};
}

void Session::send_report(bool bye, base::TimePoint now, peer::Sink& sink) {
  std::array<uint8_t, 512 + peer::kSrtpTrailer> buffer;
  const std::span<uint8_t> room(buffer);
  base::ByteWriter out(room.first(room.size() - peer::kSrtpTrailer));
  const rtp::Sender& sender = *outgoing_.sender();
  const auto block = incoming_.receiver().take_report(now);
  const std::span<const rtp::ReportBlock> blocks(block ? &*block : nullptr, block ? 1 : 0);
  if (sender.has_sent())
    rtp::write_sender_report(out, sender.ssrc(), sender.sender_info(now, wall(now)), blocks);
  else rtp::write_receiver_report(out, sender.ssrc(), blocks);
  rtp::write_cname(out, sender.ssrc(), cname_);
  if (bye) rtp::write_bye(out, sender.ssrc());
  if (!out.ok()) return;
  if (tap_ && tap_->decrypted()) tap_->sent(out.written(), peer_.remote(), false, now);
  peer_.send_rtcp(buffer, out.size(), now, sink);
}

SessionStats Session::stats() const {
  const peer::Stats transport = peer_.stats();
  SessionStats out;
  out.sent = outgoing_.stats();
  out.received = incoming_.stats();
  out.transport = transport_stats(transport);
  rates_.fill(out.sent, out.received);
  out.sent.reported = far_report_;
  out.received.last_rtcp = last_rtcp_;
  Rejected& rejected = out.received.rejected;
  rejected.malformed += malformed_rtcp_ + transport.dropped_malformed;
  rejected.unauthentic = transport.dropped_unauthentic;
  rejected.replayed = transport.dropped_replayed;
  rejected.foreign_source = transport.dropped_foreign;
  rejected.early = transport.dropped_early;
  if (round_trip_) out.round_trip_ms = milliseconds(*round_trip_);
  const Timing timing{round_trip_.value_or(base::Duration{}), outgoing_.ptime()};
  if (far_report_)
    out.sent.mos = mos(out.sent.coding, far_report_->lost_percent, far_report_->jitter_ms, timing);
  if (out.received.packets != 0)
    out.received.mos =
        mos(out.received.coding, out.received.lost_percent, out.received.jitter_ms, timing);
  return out;
}

TransportStats Session::transport_stats(const peer::Stats& transport) const {
  TransportStats out;
  out.webrtc = !plain_;
  out.remote = peer_.remote();
  out.foreign = transport.foreign;
  using peer::Fault;
  const auto state = [&](bool done, bool failed) {
    return failed ? TransportState::failed
           : done ? TransportState::connected
                  : TransportState::waiting;
  };
  const auto fault = transport.fault;
  if (transport.uses_dtls)
    out.dtls = state(transport.dtls_done, fault == Fault::dtls_failed ||
                                              fault == Fault::fingerprint_mismatch ||
                                              fault == Fault::closed);
  if (plain_) return out;
  out.ice = state(transport.ice_done, fault == Fault::ice_timeout || fault == Fault::consent_lost);
  out.checks_answered = transport.checks_answered;
  out.checks_unauthenticated = transport.checks_unauthenticated;
  return out;
}

}  // namespace viaduct::graph
