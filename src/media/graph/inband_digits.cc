#include "media/graph/inband_digits.h"

#include <algorithm>

#include "media/graph/format.h"

namespace viaduct::graph {

namespace {
// A digit of 100 ms survives the loss of one packet of 20 ms; longer holes end it.
constexpr uint16_t kMostConcealed = 2;
}  // namespace

InbandDigits::InbandDigits() : scratch_(codec::kMaxFrameSamples) {}

bool InbandDigits::prepare(const negotiation::Codec& codec) {
  if (codec_ == codec) return decoder_ != nullptr;
  codec_ = codec;
  decoder_.reset();
  resampler_.reset();
  const auto kind = kind_of(codec);
  if (!kind) return false;
  constexpr uint32_t kRate = codec::DtmfDetector::kRate;
  const uint32_t rate = working_rate(codec, kRate);
  auto decoder = codec::make_decoder(*kind, rate);
  if (!decoder || !audio::Resampler::supports(rate, kRate)) return false;
  if (rate != kRate) resampler_.emplace(rate, kRate);
  decoder_ = std::move(*decoder);
  return true;
}

void InbandDigits::push(const Heard& heard) {
  if (!heard.codec || !prepare(*heard.codec)) return;
  const uint16_t sequence = heard.packet.header.sequence;
  if (heard.restarted) started_ = false;
  if (started_ && static_cast<int16_t>(sequence - next_) < 0) return;
  const auto lost = static_cast<uint16_t>(started_ ? sequence - next_ : 0);
  if (lost > 0 && lost <= kMostConcealed && last_ > 0)
    for (uint16_t i = 0; i < lost; ++i) {
      const auto gap = std::span(scratch_).first(last_);
      decoder_->conceal(gap, heard.packet.payload);
      listen(gap);
    }
  started_ = true;
  next_ = static_cast<uint16_t>(sequence + 1);
  const auto count = decoder_->decode(heard.packet.payload, scratch_);
  last_ = count ? *count : 0;
  listen(std::span(scratch_).first(last_));
}

void InbandDigits::listen(std::span<const int16_t> decoded) {
  if (!resampler_) return detector_.process(decoded);
  resampled_.clear();
  resampler_->process(decoded, resampled_);
  detector_.process(resampled_);
}

}  // namespace viaduct::graph
