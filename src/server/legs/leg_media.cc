#include "server/legs/leg_media.h"

#include "core/call/codec_policy.h"
#include "signalling/negotiation/codec_names.h"

namespace viaduct::legs {
using negotiation::TransportKind;

LegMedia::LegMedia(MediaServices& services, call::LegId leg, call::LegId beside,
                   Encryption encryption)
    : services_(services), id_(call::media_of(leg)), encryption_(encryption) {
  services_.place(id_, call::media_of(beside));
}

LegMedia::~LegMedia() { services_.close(id_); }

base::Result<void> LegMedia::open(TransportKind kind, base::TimePoint now) {
  if (negotiator_) return {};
  if (kind == TransportKind::plain) {
    if (const auto opened = open_plain(now); !opened) return opened;
  } else {
    open_webrtc();
  }
  if (listens_for_tones_) listen_for_tones();
  return {};
}

base::Result<void> LegMedia::open_plain(base::TimePoint now) {
  const auto lease = services_.lease(id_, now);
  if (!lease) return lease.error();
  services_.emit(id_,
                 graph::OpenSession{.id = id_,
                                    .transport = graph::PlainTransport{lease->rtp, lease->rtcp},
                                    .cname = services_.rng().token(16)});
  negotiator_.emplace(negotiation::LocalPlain{.rtp = {services_.rtp_address(), lease->port},
                                              .rtcp_port = static_cast<uint16_t>(lease->port + 1),
                                              .rng = &services_.rng(),
                                              .fingerprint = services_.fingerprint(),
                                              .wanted = encryption_},
                      services_.rng().u64() >> 2);
  return {};
}

negotiation::IceParameters LegMedia::fresh_ice() {
  // RFC 8445 §5.3 asks for 24 and 128 bits of randomness; the ufrag also keys the shared port.
  return {services_.rng().token(12), base::Secret(services_.rng().token(24))};
}

void LegMedia::open_webrtc() {
  webrtc_ = true;
  negotiation::IceParameters ice = fresh_ice();
  services_.emit(id_, graph::OpenSession{.id = id_,
                                         .transport = graph::WebRtcTransport{ice},
                                         .cname = services_.rng().token(16)});
  negotiator_.emplace(negotiation::LocalWebRtc{.ice = std::move(ice),
                                               .fingerprint = services_.fingerprint(),
                                               .candidates = services_.candidates(id_)},
                      services_.rng().u64() >> 2);
}

void LegMedia::apply(const negotiation::AudioAgreement& agreement) {
  services_.emit(id_, graph::ApplyAgreement{id_, agreement, restarted_ice_});
}

base::Error LegMedia::noted(const base::Error& error, std::string_view theirs,
                            std::string_view ours) {
  refusal_ = {.result = call::Result::media_refused, .reason = error.what};
  if (std::string_view(error.what) == negotiation::kNoCommonCodec)
    refusal_ = {.result = call::Result::no_common_codec,
                .reason = "it has " + std::string(theirs) + ", we have " + std::string(ours)};
  return error;
}

base::Result<std::string> LegMedia::offer(TransportKind kind, const Codecs& codecs,
                                          base::TimePoint now) {
  if (const auto opened = open(kind, now); !opened) return opened.error();
  offered_ = codecs;
  return negotiator_->make_offer(codecs);
}

base::Result<std::string> LegMedia::offer_to_new_page(const Codecs& codecs) {
  if (!negotiator_ || !webrtc_)
    return base::Error{base::Errc::conflict, "there was no WebRTC before"};
  if (!codecs.empty()) offered_ = codecs;
  restarted_ice_ = fresh_ice();
  negotiator_->restart_ice(*restarted_ice_);
  return negotiator_->make_offer(offered_);
}

base::Result<negotiation::Codec> LegMedia::receive_answer(std::string_view sdp) {
  if (!negotiator_) return base::Error{base::Errc::conflict, "an answer without an offer"};
  const auto agreement = negotiator_->receive_answer(sdp);
  if (!agreement)
    return noted(agreement.error(), negotiation::codec_names_of(sdp),
                 negotiation::codec_names(offered_));
  apply(*agreement);
  return agreement->send.codec;
}

base::Result<LegMedia::Codecs> LegMedia::receive_offer(std::string_view sdp, base::TimePoint now) {
  const auto kind = negotiation::offered_transport(sdp);
  if (!kind) return noted(kind.error(), {}, {});
  if (const auto opened = open(*kind, now); !opened) return opened.error();
  their_codecs_ = negotiation::codec_names_of(sdp);
  auto codecs = negotiator_->receive_offer(sdp);
  if (!codecs)
    return noted(codecs.error(), their_codecs_, negotiation::codec_names(call::supported_codecs()));
  return codecs;
}

base::Result<std::string> LegMedia::answer(const Codecs& prefer) {
  if (!negotiator_) return base::Error{base::Errc::conflict, "an answer without an offer"};
  auto answer = negotiator_->make_answer(prefer);
  if (!answer) return noted(answer.error(), their_codecs_, negotiation::codec_names(prefer));
  apply(answer->agreement);
  return std::move(answer->text);
}

base::Result<std::string> LegMedia::answer_anew(std::string_view sdp, base::TimePoint now) {
  const auto offered = receive_offer(sdp, now);
  if (!offered) return offered.error();
  if (negotiator_->offer_restarts_ice()) {
    restarted_ice_ = fresh_ice();
    negotiator_->restart_ice(*restarted_ice_);
  }
  Codecs codecs;
  if (const auto present = codec()) codecs.push_back(*present);
  return answer(codecs);
}

std::optional<negotiation::Codec> LegMedia::codec() const {
  if (!negotiator_ || !negotiator_->agreement()) return std::nullopt;
  return negotiator_->agreement()->send.codec;
}

bool LegMedia::held() const {
  return negotiator_ && negotiator_->agreement() &&
         !negotiation::sends(negotiator_->agreement()->direction);
}

bool LegMedia::can_send_events() const {
  return negotiator_ && negotiator_->agreement() && negotiator_->agreement()->dtmf_send;
}

void LegMedia::send_tones(std::string_view digits) {
  services_.emit(id_, graph::SendDtmf{.id = id_, .digits = std::string(digits), .inband = true});
}

void LegMedia::listen_for_tones() {
  listens_for_tones_ = true;
  if (negotiator_) services_.emit(id_, graph::ListenForTones{.id = id_});
}

void LegMedia::send_events(std::string_view digits) {
  services_.emit(id_, graph::SendDtmf{.id = id_, .digits = std::string(digits)});
}

}  // namespace viaduct::legs
