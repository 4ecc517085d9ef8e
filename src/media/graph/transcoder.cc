#include "media/graph/transcoder.h"

#include <algorithm>
#include <cstring>

#include "media/graph/format.h"

namespace viaduct::graph {

namespace {

// A source's timestamps need not be exact to the sample; less than this is no silence.
constexpr uint32_t kToleranceMs = 10;
// Beyond this a timestamp does not speak of the same talk: the source changed its clock.
constexpr uint32_t kLongestSilenceS = 60;

// Ten seconds of packets, and what one of them usually lasts.
constexpr size_t kCalm = 500;
constexpr auto kUsualPacket = std::chrono::milliseconds(20);

// 120 ms (RFC 6716 §3.2), or what a G.711 packet has room for.
size_t longest_packet(uint32_t rate) {
  constexpr size_t kG711 = 1500;
  return std::max(kG711, codec::kMaxFrameSamples * rate / 48000);
}

size_t samples_in(base::Duration duration, uint32_t rate) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return us <= 0 ? 0 : static_cast<size_t>(us) * rate / 1'000'000;
}

}  // namespace

std::unique_ptr<Transcoder> Transcoder::create(const negotiation::Codec& from,
                                               const negotiation::Format& to,
                                               std::chrono::milliseconds ptime,
                                               const TranscoderOptions& options) {
  if (!kind_of(from) || !kind_of(to.codec) || from.clock_rate == 0) return nullptr;
  const WorkRates rates = work_rates(from, to.codec);
  auto decoder = codec::make_decoder(*kind_of(from), rates.decode);
  auto encoder = FrameEncoder::create(to, ptime, rates.encode, options.opus);
  if (!decoder || !encoder) return nullptr;
  if (!audio::Resampler::supports(rates.decode, rates.encode)) return nullptr;
  return std::unique_ptr<Transcoder>(
      new Transcoder(from, rates.decode, std::move(*decoder), std::move(*encoder), options));
}

Transcoder::Transcoder(const negotiation::Codec& from, uint32_t decode_rate,
                       std::unique_ptr<codec::Decoder> decoder, FrameEncoder encoder,
                       const TranscoderOptions& options)
    : options_(options),
      clock_rate_(from.clock_rate),
      decode_rate_(decode_rate),
      decoder_(std::move(decoder)),
      encoder_(std::move(encoder)),
      slots_(options.reorder_packets + 1),
      window_(options.reorder_packets),
      decoded_(longest_packet(decode_rate)) {
  if (encoder_.rate() != decode_rate_) resampler_.emplace(decode_rate_, encoder_.rate());
  const size_t longest = decoded_.size() * encoder_.rate() / decode_rate_;
  samples_.reserve(longest + 2 * encoder_.frame_samples());
}

void Transcoder::restart() {
  for (Slot& slot : slots_) slot.used = false;
  waiting_ = 0;
  silence_ = 0;
  pending_lost_ = 0;
  started_ = audio_started_ = false;
  samples_.clear();
  taken_ = 0;
  encoder_.restart();
}

uint64_t Transcoder::samples_of(uint32_t ticks) const {
  return uint64_t{ticks} * decode_rate_ / clock_rate_;
}

void Transcoder::push(uint16_t sequence, base::RtpTime timestamp, std::span<const uint8_t> payload,
                      base::TimePoint now) {
  if (payload.size() > kSlotBytes) {
    ++counters_.malformed;
    payload = {};  // its place in the sequence is known all the same
  }
  if (!started_) {
    started_ = true;
    next_ = newest_ = sequence;
  }
  if (static_cast<int16_t>(sequence - newest_) > 0) newest_ = sequence;
  if (static_cast<int16_t>(sequence - next_) < 0) return came_late(sequence);
  stay_calm();
  const auto slot =
      std::find_if(slots_.begin(), slots_.end(), [](const Slot& s) { return !s.used; });
  if (slot == slots_.end()) return;  // the owner did not pop
  slot->used = true;
  slot->gap_filled = false;
  slot->sequence = sequence;
  slot->timestamp = timestamp;
  slot->arrived = now;
  slot->size = payload.size();
  if (!payload.empty()) std::memcpy(slot->bytes.data(), payload.data(), payload.size());
  ++waiting_;
}

// The next that comes so late is waited for.
void Transcoder::came_late(uint16_t sequence) {
  ++counters_.late;
  calm_ = 0;
  const size_t needed = static_cast<uint16_t>(newest_ - sequence) + size_t{1};
  window_ = std::clamp(needed, window_, std::max(window_, options_.max_reorder_packets));
  if (slots_.size() < window_ + 1) slots_.resize(window_ + 1);
}

void Transcoder::stay_calm() {
  if (window_ <= options_.reorder_packets || ++calm_ < kCalm) return;
  calm_ = 0;
  --window_;
}

// The packet whose turn it is: the next in sequence, or the first behind a hole that is given up.
Transcoder::Slot* Transcoder::ready(base::TimePoint now) {
  Slot* first = nullptr;
  base::TimePoint oldest = base::kNever;
  for (Slot& slot : slots_) {
    if (!slot.used) continue;
    oldest = std::min(oldest, slot.arrived);
    if (!first || static_cast<int16_t>(slot.sequence - first->sequence) < 0) first = &slot;
  }
  if (!first || first->sequence == next_ || first->gap_filled) return first;
  const size_t behind = static_cast<uint16_t>(newest_ - next_);
  const bool too_long = now - oldest > static_cast<int64_t>(window_) * kUsualPacket;
  return behind >= window_ || too_long || waiting_ == slots_.size() ? first : nullptr;
}

// Once for each packet, before its audio: what is between it and the one before.
void Transcoder::fill_gap(Slot& slot) {
  slot.gap_filled = true;
  const size_t lost = static_cast<uint16_t>(slot.sequence - next_);
  next_ = slot.sequence;
  counters_.lost += lost;
  pending_lost_ += lost;
  if (slot.size == 0) return;
  if (!audio_started_) {
    audio_started_ = true;
    expected_ = slot.timestamp;
  }
  const int32_t ticks = slot.timestamp - expected_;
  follow_timestamp(slot, ticks, std::exchange(pending_lost_, 0));
  expected_ = slot.timestamp;
}

void Transcoder::follow_timestamp(const Slot& slot, int32_t ticks, size_t lost) {
  const auto tolerance = static_cast<int32_t>(clock_rate_ / 1000 * kToleranceMs);
  const auto longest = static_cast<int64_t>(clock_rate_) * kLongestSilenceS;
  if (ticks < -tolerance || ticks > longest) return encoder_.restart();
  if (ticks < tolerance && (lost == 0 || ticks <= 0)) return;
  const uint64_t missing = samples_of(static_cast<uint32_t>(ticks));
  const uint64_t most = std::min<uint64_t>({uint64_t{lost} * last_samples_, decoded_.size(),
                                            samples_in(options_.max_concealment, decode_rate_)});
  const auto concealed = static_cast<size_t>(std::min(missing, most));
  if (concealed > 0) {
    const auto out = std::span(decoded_).first(concealed);
    decoder_->conceal(out, slot.payload());
    append(out);
  }
  silence_ = (missing - concealed) * encoder_.rate() / decode_rate_;
}

// Fills up a frame that has begun; silence beyond it is passed over, not sent.
void Transcoder::take_silence() {
  const size_t begun = samples_.size() - taken_;
  if (begun == 0) {
    encoder_.skip(silence_);
    silence_ = 0;
    return;
  }
  const auto count =
      static_cast<size_t>(std::min<uint64_t>(silence_, encoder_.frame_samples() - begun));
  samples_.insert(samples_.end(), count, int16_t{0});
  silence_ -= count;
}

void Transcoder::decode(Slot& slot) {
  slot.used = false;
  --waiting_;
  next_ = static_cast<uint16_t>(slot.sequence + 1);
  if (slot.size == 0) return;
  const auto count = decoder_->decode(slot.payload(), decoded_);
  if (!count) {
    ++counters_.malformed;
    pending_lost_ += 1;
    return;
  }
  last_samples_ = *count;
  append(std::span(decoded_).first(*count));
  expected_ = slot.timestamp + static_cast<uint32_t>(uint64_t{*count} * clock_rate_ / decode_rate_);
}

void Transcoder::append(std::span<const int16_t> decoded) {
  samples_.erase(samples_.begin(), samples_.begin() + static_cast<ptrdiff_t>(taken_));
  taken_ = 0;
  if (resampler_) resampler_->process(decoded, samples_);
  else samples_.insert(samples_.end(), decoded.begin(), decoded.end());
}

std::optional<EncodedFrame> Transcoder::pop(std::span<uint8_t> out, base::TimePoint now) {
  for (;;) {
    if (samples_.size() - taken_ >= encoder_.frame_samples()) {
      const auto frame = std::span(samples_).subspan(taken_, encoder_.frame_samples());
      taken_ += frame.size();
      if (auto encoded = encoder_.encode(frame, out)) return encoded;
      continue;
    }
    Slot* const slot = ready(now);
    if (!slot) return std::nullopt;
    if (!slot->gap_filled) fill_gap(*slot);
    else if (silence_ > 0) take_silence();
    else decode(*slot);
  }
}

}  // namespace viaduct::graph
