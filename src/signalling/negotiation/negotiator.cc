#include "signalling/negotiation/negotiator.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "signalling/negotiation/codec_names.h"
#include "signalling/negotiation/local_description.h"
#include "signalling/negotiation/local_protection.h"
#include "signalling/negotiation/payload_types.h"
#include "signalling/negotiation/remote_description.h"
#include "signalling/negotiation/remote_protection.h"

namespace viaduct::negotiation {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr Error kNoCodec{Errc::unsupported, kNoCommonCodec};
constexpr std::array<Codec, 3> kDefaultOffer = {kOpus, kPcmu, kPcma};

const DtlsRemote* dtls_of(const std::optional<PlainRemote>& plain) {
  return plain ? std::get_if<DtlsRemote>(&plain->protection) : nullptr;
}
const std::vector<Fingerprint>* fingerprints_of(const RemoteAudio& remote) {
  if (remote.webrtc) return &remote.webrtc->fingerprints;
  const DtlsRemote* dtls = dtls_of(remote.plain);
  return dtls ? &dtls->fingerprints : nullptr;
}

std::string_view protocol_of(bool webrtc, Encryption encryption) {
  if (webrtc) return "UDP/TLS/RTP/SAVPF";
  switch (encryption) {
    case Encryption::none: break;
    case Encryption::sdes: return "RTP/SAVP";
    case Encryption::dtls: return "UDP/TLS/RTP/SAVP";
  }
  return "RTP/AVP";
}

bool is_telephone_event(const Format& format) {
  return format.codec.encoding == Encoding::telephone_event;
}

const Format* find_codec(std::span<const Format> formats, const Codec& codec) {
  const auto found = std::ranges::find(formats, codec, &Format::codec);
  return found == formats.end() ? nullptr : &*found;
}

// RFC 4733 §2.1 wants the clock of the audio it stands among. Phones that only know 8000 beside
// Opus are common, so that comes next, then whatever there is.
const Format* find_dtmf(std::span<const Format> formats, uint32_t clock_rate) {
  for (uint32_t clock : {clock_rate, 8000u})
    if (const Format* format = find_codec(formats, {Encoding::telephone_event, clock, 1}))
      return format;
  const auto any = std::ranges::find_if(formats, is_telephone_event);
  return any == formats.end() ? nullptr : &*any;
}

// What both of two directions of the same side allow.
Direction meet(Direction a, Direction b) {
  const bool send = sends(a) && sends(b);
  const bool receive = receives(a) && receives(b);
  if (send) return receive ? Direction::sendrecv : Direction::sendonly;
  return receive ? Direction::recvonly : Direction::inactive;
}

DtlsRole role_after_answer(std::optional<sdp::Setup> answered) {
  // RFC 5763 §5: the answerer should be active; silence and nonsense are read as that.
  return answered == sdp::Setup::passive ? DtlsRole::client : DtlsRole::server;
}

}  // namespace

class Negotiator::Impl {
 public:
  Impl(LocalTransport local, uint64_t session_id, NegotiatorOptions options)
      : local_(std::move(local)), session_id_(session_id), options_(options) {
    const auto* webrtc = std::get_if<LocalWebRtc>(&local_);
    VIADUCT_CHECK(!webrtc || !webrtc->candidates.empty());
  }

  void restart_ice(IceParameters fresh);
  std::string make_offer(std::span<const Codec> codecs, Direction direction);
  Result<AudioAgreement> receive_answer(std::string_view text);
  Result<std::vector<Codec>> receive_offer(std::string_view text);
  bool offer_restarts_ice() const;
  Result<Answer> make_answer(std::span<const Codec> prefer, Direction direction);
  const std::optional<AudioAgreement>& agreement() const { return agreement_; }

 private:
  bool is_webrtc() const { return std::holds_alternative<LocalWebRtc>(local_); }
  TransportKind kind() const { return is_webrtc() ? TransportKind::webrtc : TransportKind::plain; }

  std::vector<Format> offer_formats(std::span<const Codec> codecs);
  Format own_format(const Codec& codec);
  void adopt_mid(const Section& answered);
  DtlsRole role_for_answer(const RemoteAudio& offer) const;
  void put_encryption(LocalAudio& offer) const;
  AudioAgreement agree(const RemoteAudio& remote, const Format& chosen, Direction direction,
                       bool rtcp_mux, DtlsRole role) const;
  std::string print(const LocalAudio& audio);

  LocalTransport local_;
  uint64_t session_id_;
  NegotiatorOptions options_;

  // For the leg's life.
  PayloadTypes payload_types_;
  std::vector<Section> sections_;  // of the last description in force; empty before the first
  size_t audio_index_ = 0;
  bool rtcp_mux_ = false;
  std::chrono::milliseconds ptime_{20};
  uint64_t version_ = 1;
  std::string last_text_;  // what we sent last, under version_
  std::optional<AudioAgreement> agreement_;

  // The exchange that is open: one of the two, or none.
  std::optional<LocalAudio> offered_;
  std::optional<RemoteDescription> received_;
  std::optional<Answer> answer_;  // to received_, once made
};

Format Negotiator::Impl::own_format(const Codec& codec) {
  return {payload_types_.of(codec), codec, fmtp_for(codec, is_webrtc())};
}

std::vector<Format> Negotiator::Impl::offer_formats(std::span<const Codec> codecs) {
  std::vector<Format> out;
  std::vector<Codec> events;
  for (const Codec& codec : codecs.empty() ? std::span<const Codec>(kDefaultOffer) : codecs) {
    const bool audio =
        codec.encoding != Encoding::telephone_event && codec.encoding != Encoding::comfort_noise;
    if (!audio || find_codec(out, codec)) continue;
    out.push_back(own_format(codec));
    const Codec event{Encoding::telephone_event, codec.clock_rate, 1};
    if (std::ranges::find(events, event) == events.end()) events.push_back(event);
  }
  VIADUCT_CHECK(!out.empty());
  for (const Codec& event : events) out.push_back(own_format(event));
  return out;
}

void Negotiator::Impl::restart_ice(IceParameters fresh) {
  VIADUCT_CHECK(is_webrtc());
  std::get<LocalWebRtc>(local_).ice = std::move(fresh);
}

std::string Negotiator::Impl::make_offer(std::span<const Codec> codecs, Direction direction) {
  received_.reset();
  answer_.reset();
  if (sections_.empty()) {
    Section audio{"audio",
                  std::string(protocol_of(is_webrtc(), encryption_to_offer(local_, agreement_))),
                  "0",
                  {},
                  false};
    if (is_webrtc()) audio.mid = "0", audio.bundled = true;
    sections_.push_back(std::move(audio));
  }
  LocalAudio audio;
  audio.index = audio_index_;
  audio.formats = offer_formats(codecs);
  audio.direction = direction;
  audio.ptime = ptime_;
  audio.rtcp_mux = is_webrtc() || rtcp_mux_;
  if (!is_webrtc()) put_encryption(audio);
  offered_ = audio;
  return print(audio);
}

void Negotiator::Impl::put_encryption(LocalAudio& offer) const {
  offer.encryption = encryption_to_offer(local_, agreement_);
  if (offer.encryption == Encryption::dtls && !agreement_) offer.rtcp_mux = true;
  if (offer.encryption != Encryption::sdes) return;
  const auto before =
      offered_ ? std::span<const CryptoLine>(offered_->crypto) : std::span<const CryptoLine>();
  offer.crypto = keys_to_offer(std::get<LocalPlain>(local_), agreement_, before);
}

Result<AudioAgreement> Negotiator::Impl::receive_answer(std::string_view text) {
  if (!offered_) return Error{Errc::conflict, "answer without an offer"};
  const auto description = sdp::parse(text, options_.limits);
  if (!description) return description.error();
  std::vector<SrtpSuite> suites;
  for (const CryptoLine& line : offered_->crypto) suites.push_back(line.key.suite);
  const auto remote =
      read_answer(*description, {audio_index_, kind(), offered_->encryption, suites}, options_);
  if (!remote) return remote.error();

  const RemoteAudio& audio = remote->audio;
  const Format* chosen = nullptr;
  std::vector<Format> receive;
  for (const Format& theirs : audio.formats) {
    const Format* ours = find_codec(offered_->formats, theirs.codec);
    if (is_telephone_event(theirs) || !ours) continue;
    if (!chosen) chosen = &theirs;
    receive.push_back(*ours);
  }
  if (!chosen) return kNoCodec;

  AudioAgreement out = agree(audio, *chosen, meet(offered_->direction, reversed(audio.direction)),
                             offered_->rtcp_mux && audio.rtcp_mux, role_after_answer(audio.setup));
  out.receive = std::move(receive);
  if (out.dtmf_send)
    if (const Format* ours = find_codec(offered_->formats, out.dtmf_send->codec))
      out.dtmf_receive = *ours;
  adopt_mid(remote->sections[audio_index_]);
  payload_types_.avoid(audio.payload_types);
  if (out.plain)
    if (auto* keys = std::get_if<SdesKeys>(&out.plain->protection))
      take_offered_key(*keys, agreement_, offered_->crypto);
  rtcp_mux_ = out.rtcp_mux;
  ptime_ = out.ptime;
  agreement_ = out;
  return out;
}

// A peer whose answer does not repeat a=mid or BUNDLE does not know them: spare it from now on.
void Negotiator::Impl::adopt_mid(const Section& answered) {
  Section& ours = sections_[audio_index_];
  if (answered.mid != ours.mid) ours.mid.clear();
  ours.bundled = ours.bundled && answered.bundled && !ours.mid.empty();
}

Result<std::vector<Codec>> Negotiator::Impl::receive_offer(std::string_view text) {
  const auto description = sdp::parse(text, options_.limits);
  if (!description) return description.error();
  const auto last = agreement_ ? std::optional(audio_index_) : std::nullopt;
  const std::vector<SrtpSuite> suites = suites_to_accept(local_, agreement_);
  auto remote = read_offer(*description, {local_, last, suites}, options_);
  if (!remote) return remote.error();
  offered_.reset();
  answer_.reset();
  received_ = std::move(*remote);
  std::vector<Codec> out;
  for (const Format& format : received_->audio.formats)
    if (!is_telephone_event(format)) out.push_back(format.codec);
  return out;
}

bool Negotiator::Impl::offer_restarts_ice() const {
  if (!received_ || !received_->audio.webrtc || !agreement_ || !agreement_->webrtc) return false;
  return received_->audio.webrtc->ice.ufrag != agreement_->webrtc->ice.ufrag;
}

// RFC 8842 §5.3: while the association stays (same certificate, same ICE), its roles stay.
// Otherwise we wait for the ClientHello wherever we may, since ICE-lite does not check connectivity
// itself.
DtlsRole Negotiator::Impl::role_for_answer(const RemoteAudio& offer) const {
  if (offer.setup == sdp::Setup::passive) return DtlsRole::client;
  const std::vector<Fingerprint>* fingerprints = fingerprints_of(offer);
  if (offer.setup == sdp::Setup::active || !fingerprints || !agreement_) return DtlsRole::server;
  if (const auto& before = agreement_->webrtc; before && before->fingerprints == *fingerprints)
    return before->our_role;
  if (const auto* before = dtls_of(agreement_->plain);
      before && before->fingerprints == *fingerprints)
    return before->our_role;
  return DtlsRole::server;
}

Result<Negotiator::Answer> Negotiator::Impl::make_answer(std::span<const Codec> prefer,
                                                         Direction direction) {
  if (!received_) return Error{Errc::conflict, "answer without an offer"};
  if (answer_) return *answer_;
  const RemoteAudio& remote = received_->audio;
  const Format* chosen = nullptr;
  if (prefer.empty()) chosen = &*std::ranges::find_if_not(remote.formats, is_telephone_event);
  for (const Codec& codec : prefer) {
    if (chosen) break;
    if (codec.encoding != Encoding::telephone_event) chosen = find_codec(remote.formats, codec);
  }
  if (!chosen) return kNoCodec;

  payload_types_.learn(remote.formats, remote.payload_types);
  sections_ = received_->sections;
  audio_index_ = remote.index;
  rtcp_mux_ = remote.rtcp_mux;
  ptime_ = remote.ptime;

  const DtlsRole role = role_for_answer(remote);
  AudioAgreement agreement =
      agree(remote, *chosen, meet(direction, reversed(remote.direction)), rtcp_mux_, role);
  agreement.receive.push_back(own_format(chosen->codec));
  if (agreement.dtmf_send) agreement.dtmf_receive = own_format(agreement.dtmf_send->codec);

  LocalAudio audio;
  audio.index = audio_index_;
  audio.formats = agreement.receive;
  if (agreement.dtmf_receive) audio.formats.push_back(*agreement.dtmf_receive);
  audio.direction = agreement.direction;
  audio.ptime = ptime_;
  audio.rtcp_mux = rtcp_mux_;
  audio.setup = role == DtlsRole::client ? sdp::Setup::active : sdp::Setup::passive;
  if (agreement.plain) audio.encryption = encryption_of(*agreement.plain);
  if (audio.encryption == Encryption::sdes) {
    auto& keys = std::get<SdesKeys>(agreement.plain->protection);
    keys.send = key_to_answer(std::get<LocalPlain>(local_), agreement_, keys);
    audio.crypto.push_back({remote.crypto_tag, {keys.suite, keys.send}});
  }
  agreement_ = agreement;
  answer_ = Answer{print(audio), std::move(agreement)};
  return *answer_;
}

AudioAgreement Negotiator::Impl::agree(const RemoteAudio& remote, const Format& chosen,
                                       Direction direction, bool rtcp_mux, DtlsRole role) const {
  AudioAgreement out;
  out.send = chosen;
  if (const Format* dtmf = find_dtmf(remote.formats, chosen.codec.clock_rate))
    out.dtmf_send = *dtmf;
  out.direction = direction;
  out.ptime = remote.ptime;
  out.rtcp_mux = rtcp_mux;
  out.webrtc = remote.webrtc;
  if (out.webrtc) out.webrtc->our_role = role;
  out.plain = remote.plain;
  if (out.plain && rtcp_mux) out.plain->rtcp = out.plain->rtp;
  if (out.plain)
    if (auto* dtls = std::get_if<DtlsRemote>(&out.plain->protection)) dtls->our_role = role;
  return out;
}

// RFC 3264 §8: a changed description carries the next version, an unchanged one the same.
std::string Negotiator::Impl::print(const LocalAudio& audio) {
  std::string text = sdp::print(write_local(local_, session_id_, version_, sections_, audio));
  if (!last_text_.empty() && text != last_text_)
    text = sdp::print(write_local(local_, session_id_, ++version_, sections_, audio));
  last_text_ = text;
  return text;
}

Negotiator::Negotiator(LocalTransport local, uint64_t session_id, NegotiatorOptions options)
    : impl_(std::make_unique<Impl>(std::move(local), session_id, options)) {}
Negotiator::~Negotiator() = default;
Negotiator::Negotiator(Negotiator&&) noexcept = default;
Negotiator& Negotiator::operator=(Negotiator&&) noexcept = default;

void Negotiator::restart_ice(IceParameters fresh) { impl_->restart_ice(std::move(fresh)); }
std::string Negotiator::make_offer(std::span<const Codec> codecs, Direction direction) {
  return impl_->make_offer(codecs, direction);
}
Result<AudioAgreement> Negotiator::receive_answer(std::string_view text) {
  return impl_->receive_answer(text);
}
Result<std::vector<Codec>> Negotiator::receive_offer(std::string_view text) {
  return impl_->receive_offer(text);
}
bool Negotiator::offer_restarts_ice() const { return impl_->offer_restarts_ice(); }
Result<Negotiator::Answer> Negotiator::make_answer(std::span<const Codec> prefer,
                                                   Direction direction) {
  return impl_->make_answer(prefer, direction);
}
const std::optional<AudioAgreement>& Negotiator::agreement() const { return impl_->agreement(); }

}  // namespace viaduct::negotiation
