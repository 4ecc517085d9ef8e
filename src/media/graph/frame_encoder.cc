#include "media/graph/frame_encoder.h"

#include "media/graph/format.h"

namespace viaduct::graph {

namespace {

// The size of a frame's payload is only known beforehand where it is not compressed by a model.
bool fits(codec::Kind kind, uint32_t rate, size_t samples) {
  if (kind == codec::Kind::opus) return true;
  if (kind == codec::Kind::l16) return samples * 2 <= kMaxPayload;
  return samples * 8000 / rate <= kMaxPayload;
}

}  // namespace

std::optional<FrameEncoder> FrameEncoder::create(const negotiation::Format& send,
                                                 std::chrono::milliseconds ptime, uint32_t rate,
                                                 const codec::OpusOptions& opus) {
  const auto kind = kind_of(send.codec);
  if (!kind || send.codec.clock_rate == 0) return std::nullopt;
  auto encoder = codec::make_encoder(*kind, rate, codec::with_fmtp(opus, send.fmtp));
  if (!encoder) return std::nullopt;
  for (const int64_t ms : {static_cast<int64_t>(ptime.count()), int64_t{20}, int64_t{10}}) {
    if (ms < 10 || ms > 60) continue;
    const size_t samples = static_cast<size_t>(ms) * rate / 1000;
    if ((*encoder)->accepts(samples) && fits(*kind, rate, samples))
      return FrameEncoder(std::move(*encoder), rate, send.codec.clock_rate, samples);
  }
  return std::nullopt;
}

std::optional<EncodedFrame> FrameEncoder::encode(std::span<const int16_t> samples,
                                                 std::span<uint8_t> out) {
  EncodedFrame frame{sequence_, {}, marker_, restarted_, 0};
  frame.timestamp.value = static_cast<uint32_t>(position_ * clock_rate_ / rate_);
  position_ += samples.size();
  const auto size = encoder_->encode(samples, out);
  if (size && *size == 0) {  // silence: nothing is missing, and what follows begins a talk spurt
    marker_ = true;
    return std::nullopt;
  }
  ++sequence_;
  if (!size) return std::nullopt;
  frame.size = *size;
  marker_ = restarted_ = false;
  return frame;
}

}  // namespace viaduct::graph
