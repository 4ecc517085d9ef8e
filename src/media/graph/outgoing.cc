#include "media/graph/outgoing.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace viaduct::graph {

namespace {

constexpr size_t kHeader = rtp::kFixedHeaderSize;
static_assert(Outgoing::kScratch >= kHeader + kMaxPayload + peer::kSrtpTrailer);

rtp::SourcePosition position_of(const rtp::Header& header) {
  return {header.sequence, header.timestamp, header.marker};
}
rtp::SourcePosition position_of(const EncodedFrame& frame) {
  return {frame.sequence, frame.timestamp, frame.marker};
}

// `scratch` has the payload behind room for the header.
void send(const rtp::Header& header, size_t payload_size, std::span<uint8_t> scratch,
          const Wire& wire) {
  const auto bytes = rtp::encode(header);
  std::memcpy(scratch.data(), bytes.data(), bytes.size());
  wire.send_rtp(scratch, kHeader + payload_size);
}

// Q.24 lets a receiver ask for -9 dBm0 of each frequency; a little less is loud and clean.
constexpr float kDtmfDbm0 = -10;
// A far decoder that remembers the voice before (G.722) needs so long to be right again.
constexpr base::Duration kDtmfLead = std::chrono::milliseconds(40);

// A digit of ITU-T Q.23 and the pause after it.
void append_dtmf(char digit, base::Duration length, std::vector<Tone::Step>& steps) {
  constexpr uint16_t kLow[] = {697, 770, 852, 941}, kHigh[] = {1209, 1336, 1477, 1633};
  constexpr std::string_view kKeys = "123A456B789C*0#D";
  const size_t key = kKeys.find(*rtp::digit_of_event(*rtp::event_of_digit(digit)));
  const auto held =
      std::clamp<base::Duration>(length, std::chrono::milliseconds(60), std::chrono::seconds(8));
  steps.push_back({kLow[key / 4], kHigh[key % 4], held});
  steps.push_back({0, 0, std::chrono::milliseconds(60)});
}

bool is_local(const Source& source) {
  return std::holds_alternative<Tone>(source) || std::holds_alternative<Play>(source);
}

}  // namespace

void Outgoing::apply(const negotiation::AudioAgreement& agreement, base::Rng& rng,
                     base::TimePoint now) {
  const bool same_send =
      agreement_ && agreement_->send == agreement.send && agreement_->ptime == agreement.ptime;
  const bool same_dtmf = agreement_ && agreement_->dtmf_send == agreement.dtmf_send;
  agreement_ = agreement;
  const uint32_t clock_rate = std::max<uint32_t>(agreement.send.codec.clock_rate, 1);
  if (!sender_) sender_.emplace(rtp::SenderOptions{.clock_rate = clock_rate}, rng);
  else if (sender_->clock_rate() != clock_rate) sender_->set_clock_rate(clock_rate, now);
  if (!same_dtmf) {
    digits_.reset();
    if (agreement.dtmf_send && agreement.dtmf_send->codec.clock_rate > 0) {
      rtp::TelephoneEventOptions options;
      options.clock_rate = agreement.dtmf_send->codec.clock_rate;
      options.max_queued = options_.max_queued_digits;
      digits_.emplace(options);
    }
  }
  if (!same_send) {
    end_tones();
    change_source();
    drop_local();
  }
  refresh(now);
}

void Outgoing::set_source(Source source, base::TimePoint now) {
  source_ = std::move(source);
  change_source();
  drop_local();
  refresh(now);
}

void Outgoing::set_transport_ready(bool ready, base::TimePoint now) {
  if (ready == transport_ready_) return;
  transport_ready_ = ready;
  refresh(now);
}

void Outgoing::refresh(base::TimePoint now) {
  const bool ready = transport_ready_ && agreement_ && negotiation::sends(agreement_->direction);
  if (ready != ready_) {
    ready_ = ready;
    next_frame_ = base::kNever;
    if (ready) change_source();  // what was not sent meanwhile is a pause on our line
    else if (digits_) digits_->clear();
    if (!ready) end_tones();
  }
  if (ready_ && next_frame_ == base::kNever && is_local(source_)) start_local(now);
}

// The next packet begins anew on our line, and nothing half-made of the old source is left.
void Outgoing::change_source() {
  if (sender_) sender_->change_source();
  heard_codec_.reset();
  transcoder_.reset();
}

void Outgoing::drop_local() {
  local_.reset();
  next_frame_ = base::kNever;
}

void Outgoing::start_local(base::TimePoint now) {
  if (!local_) {
    const auto& send = agreement_->send;
    const auto& opus = options_.transcoder.opus;
    if (const auto* tone = std::get_if<Tone>(&source_))
      local_ = LocalSource::create(*tone, send, agreement_->ptime, opus);
    else local_ = LocalSource::create(std::get<Play>(source_), send, agreement_->ptime, opus);
    if (local_) local_->expect_loss(loss_percent_);
    // What cannot be played has ended: control goes on instead of waiting for ever.
    if (!local_) play_finished_ = std::holds_alternative<Play>(std::exchange(source_, NoSource{}));
  }
  if (local_) next_frame_ = now;
}

bool Outgoing::send_digit(char digit, base::Duration length, base::TimePoint now) {
  return ready_ && digits_ && digits_->enqueue(digit, length, now);
}

bool Outgoing::send_tone(char digit, base::Duration length, base::TimePoint now) {
  if (!ready_ || !rtp::event_of_digit(digit)) return false;
  if (tone_steps_.size() >= 2 * options_.max_queued_digits) return false;
  append_dtmf(digit, length, tone_steps_);
  // The timer begins with all digits of a command at once: one encoder for all of them.
  if (next_tone_frame_ == base::kNever) next_tone_frame_ = now;
  return true;
}

void Outgoing::begin_tones() {
  Tone tone{.steps = std::exchange(tone_steps_, {}), .level_dbm0 = kDtmfDbm0, .repeat = false};
  tone.steps.insert(tone.steps.begin(), {0, 0, kDtmfLead});
  tone_ = LocalSource::create(tone, agreement_->send, agreement_->ptime, options_.transcoder.opus);
  sender_->change_source();
}

void Outgoing::end_tones() {
  tone_steps_.clear();
  tone_.reset();
  next_tone_frame_ = base::kNever;
  if (sender_) sender_->change_source();  // the audio goes on
}

void Outgoing::make_tone_frames(std::span<uint8_t> scratch, const Wire& wire) {
  if (wire.now - next_tone_frame_ > options_.max_catch_up) next_tone_frame_ = wire.now;
  while (next_tone_frame_ <= wire.now) {
    if (!tone_) begin_tones();
    if (!tone_) return end_tones();
    if (const auto frame = tone_->next(scratch.subspan(kHeader, kMaxPayload)))
      stamp_and_send(*frame, scratch, wire);
    next_tone_frame_ += tone_->frame_length();
    if (!tone_->finished()) continue;
    tone_.reset();
    if (tone_steps_.empty()) return end_tones();
  }
}

void Outgoing::expect_loss(int percent) {
  loss_percent_ = percent;
  if (transcoder_) transcoder_->expect_loss(percent);
  if (local_) local_->expect_loss(percent);
}

void Outgoing::forward(const Heard& heard, bool in_place, std::span<uint8_t> scratch,
                       const Wire& wire) {
  if (!ready_ || !std::holds_alternative<FromSession>(source_)) return;
  if (heard.restarted) change_source();
  const negotiation::Codec& ours = agreement_->send.codec;
  if (heard.codec && heard_codec_ != *heard.codec) {
    change_source();
    heard_codec_ = *heard.codec;
    if (ours != *heard.codec) {
      transcoder_ = Transcoder::create(*heard.codec, agreement_->send, agreement_->ptime,
                                       options_.transcoder);
      if (transcoder_) transcoder_->expect_loss(loss_percent_);
    }
  }
  if (!heard_codec_) return;  // no audio yet
  if (*heard_codec_ == ours) relay(heard, in_place, scratch, wire);
  else if (transcoder_) transcode(heard, scratch, wire);
}

void Outgoing::relay(const Heard& heard, bool in_place, std::span<uint8_t> scratch,
                     const Wire& wire) {
  if (tone_) return;
  const rtp::SourcePosition position = position_of(heard.packet.header);
  if (!heard.codec || holding_audio()) return sender_->skip(position);
  const auto payload = heard.packet.payload;
  if (!in_place && kHeader + payload.size() + peer::kSrtpTrailer > scratch.size()) return;
  const auto header =
      sender_->stamp(position, agreement_->send.payload_type, payload.size(), wire.now);
  if (!header) return;
  if (!in_place) {
    std::memcpy(scratch.data() + kHeader, payload.data(), payload.size());
    return send(*header, payload.size(), scratch, wire);
  }
  const auto out = rtp::replace_header(heard.bytes, heard.packet, *header);
  wire.send_rtp({out.data(), out.size() + peer::kSrtpTrailer}, out.size());
}

void Outgoing::transcode(const Heard& heard, std::span<uint8_t> scratch, const Wire& wire) {
  const auto payload = heard.codec ? heard.packet.payload : std::span<const uint8_t>{};
  transcoder_->push(heard.packet.header.sequence, heard.packet.header.timestamp, payload, wire.now);
  const auto out = scratch.subspan(kHeader, kMaxPayload);
  while (const auto frame = transcoder_->pop(out, wire.now)) send_frame(*frame, scratch, wire);
}

void Outgoing::send_frame(const EncodedFrame& frame, std::span<uint8_t> scratch, const Wire& wire) {
  if (tone_) return;
  if (frame.restarted) sender_->change_source();
  if (holding_audio()) return sender_->skip(position_of(frame));
  stamp_and_send(frame, scratch, wire);
}

void Outgoing::stamp_and_send(const EncodedFrame& frame, std::span<uint8_t> scratch,
                              const Wire& wire) {
  const auto header =
      sender_->stamp(position_of(frame), agreement_->send.payload_type, frame.size, wire.now);
  if (header) send(*header, frame.size, scratch, wire);
}

void Outgoing::make_local_frame(std::span<uint8_t> scratch, const Wire& wire) {
  if (const auto frame = local_->next(scratch.subspan(kHeader, kMaxPayload)))
    send_frame(*frame, scratch, wire);
  next_frame_ += local_->frame_length();
  if (!local_->finished()) return;
  play_finished_ = std::holds_alternative<Play>(source_);
  source_ = NoSource{};
  drop_local();
}

void Outgoing::send_digits(const Wire& wire) {
  std::array<uint8_t, kHeader + 4 + peer::kSrtpTrailer> packet;
  while (const auto out = digits_->poll(wire.now, sender_->timestamp_at(wire.now))) {
    const auto payload = rtp::encode(out->event);
    const auto header = sender_->inject(agreement_->dtmf_send->payload_type, out->timestamp,
                                        out->marker, payload.size(), wire.now);
    std::memcpy(packet.data() + kHeader, payload.data(), payload.size());
    send(header, payload.size(), packet, wire);
  }
}

void Outgoing::handle_timeout(std::span<uint8_t> scratch, const Wire& wire) {
  if (digits_ && ready_) send_digits(wire);
  if (next_tone_frame_ <= wire.now) make_tone_frames(scratch, wire);
  if (next_frame_ == base::kNever) return;
  if (wire.now - next_frame_ > options_.max_catch_up) {
    next_frame_ = wire.now;
    local_->restart();
  }
  while (next_frame_ <= wire.now) make_local_frame(scratch, wire);
}

base::TimePoint Outgoing::next_timeout() const {
  const base::TimePoint digits = digits_ && ready_ ? digits_->next_timeout() : base::kNever;
  return std::min({digits, next_frame_, next_tone_frame_});
}

SentStats Outgoing::stats() const {
  SentStats out;
  if (agreement_) out.coding = Coding{agreement_->send.codec, agreement_->send.payload_type};
  if (!sender_) return out;
  out.packets = sender_->packets();
  out.bytes = sender_->octets();
  if (sender_->has_sent()) out.last_packet = sender_->last_time();
  return out;
}

}  // namespace viaduct::graph
