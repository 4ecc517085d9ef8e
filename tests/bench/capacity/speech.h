// Something like speech, so that Opus has the work that it has in a call: voiced harmonics that
// come and go with syllables, breath between them.
#pragma once

#include <cmath>
#include <numbers>
#include <vector>

#include "base/rng.h"
#include "media/codec/codec.h"
#include "tests/bench/capacity/plan.h"

namespace viaduct::bench {

inline std::vector<int16_t> speech(uint32_t rate, double seconds) {
  base::SeededRng rng(3);
  std::vector<int16_t> out;
  double phase = 0;
  for (size_t i = 0; i < static_cast<size_t>(rate * seconds); ++i) {
    const double t = static_cast<double>(i) / rate;
    const double pitch = 120 + 25 * std::sin(2 * std::numbers::pi * 0.7 * t);
    phase += 2 * std::numbers::pi * pitch / rate;
    const double syllable = std::max(0.0, std::sin(2 * std::numbers::pi * 3.1 * t));
    double voice = 0;
    for (int harmonic = 1; harmonic <= 24; ++harmonic) {
      const double hz = harmonic * pitch;
      const double formants =
          1 / (1 + std::pow((hz - 500) / 200, 2)) + 0.5 / (1 + std::pow((hz - 1500) / 300, 2));
      voice += formants * std::sin(harmonic * phase);
    }
    const double breath = static_cast<double>(rng.u32() >> 16) / 32768 - 1;
    out.push_back(static_cast<int16_t>(6000 * syllable * voice + 300 * breath));
  }
  return out;
}

// Two seconds of it in payloads of 20 ms.
inline std::vector<std::vector<uint8_t>> payloads(const negotiation::Format& format) {
  const bool opus = format.codec.encoding == negotiation::Encoding::opus;
  const uint32_t rate = opus ? 48000 : 8000;
  const auto encoder =
      codec::make_encoder(opus ? codec::Kind::opus : codec::Kind::pcmu, rate).value();
  const auto samples = speech(rate, 2);
  const size_t frame = rate / 50;
  std::vector<std::vector<uint8_t>> out;
  for (size_t at = 0; at + frame <= samples.size(); at += frame) {
    std::vector<uint8_t> bytes(1500);
    bytes.resize(encoder->encode(std::span(samples).subspan(at, frame), bytes).value());
    out.push_back(std::move(bytes));
  }
  return out;
}

}  // namespace viaduct::bench
