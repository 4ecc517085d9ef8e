// For tests: which tone is heard, how loud, and whether it was ever interrupted.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include "media/audio/level.h"

namespace viaduct::audio::testing {

// Power of one frequency in dBov (Goertzel, Hann window); -127 when there is nothing.
inline double tone_level_dbov(std::span<const int16_t> samples, uint32_t rate, double hz) {
  if (samples.empty()) return -127;
  const double coefficient = 2 * std::cos(2 * std::numbers::pi * hz / rate);
  const double turn = 2 * std::numbers::pi / static_cast<double>(samples.size());
  double s1 = 0, s2 = 0, gain = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double window = 0.5 - 0.5 * std::cos(turn * (static_cast<double>(i) + 0.5));
    const double s0 = window * samples[i] / 32768.0 + coefficient * s1 - s2;
    s2 = s1;
    s1 = s0;
    gain += window;
  }
  const double magnitude = std::sqrt(std::max(0.0, s1 * s1 + s2 * s2 - coefficient * s1 * s2));
  const double amplitude = 2 * magnitude / gain;  // of the sine
  return std::max(-127.0, 10 * std::log10(amplitude * amplitude / 2 + 1e-13));
}

struct HeardTone {
  double hz = 0;
  double dbov = -127;
};

// The strongest tone from 100 Hz to 0.45 of the rate, to about 1 Hz: sought in the loudest 50 ms,
// then measured over the first half second. For steady tones.
inline HeardTone strongest_tone(std::span<const int16_t> samples, uint32_t rate) {
  samples = samples.first(std::min<size_t>(samples.size(), rate / 2));
  HeardTone best;
  if (samples.empty()) return best;
  const auto scan = [&](std::span<const int16_t> in, double from, double to, double step) {
    best.dbov = -200;
    for (double hz = from; hz <= to; hz += step)
      if (const double dbov = tone_level_dbov(in, rate, hz); dbov > best.dbov) best = {hz, dbov};
  };
  const size_t block = std::min<size_t>(samples.size(), rate / 20);
  auto loudest = samples.first(block);
  for (size_t at = 0; at + block <= samples.size(); at += block)
    if (level_dbov(samples.subspan(at, block)) > level_dbov(loudest))
      loudest = samples.subspan(at, block);
  scan(loudest, 100, 0.45 * rate, 20);  // a Hann window's main lobe is four bins of 20 Hz wide
  scan(samples, best.hz - 20, best.hz + 20, 2);
  scan(samples, best.hz - 2, best.hz + 2, 0.25);
  return best;
}

// The longest stretch, in milliseconds, during which 5 ms blocks are quieter than `threshold_dbov`.
inline double longest_gap_ms(std::span<const int16_t> samples, uint32_t rate,
                             double threshold_dbov) {
  const size_t block = rate / 200;
  size_t run = 0, longest = 0;
  for (; samples.size() >= block; samples = samples.subspan(block)) {
    run = level_dbov(samples.first(block)) < threshold_dbov ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return static_cast<double>(longest) * 5;
}

// A steady sine of the given power.
inline std::vector<int16_t> sine(double hz, double dbov, uint32_t rate, size_t samples,
                                 size_t first_sample = 0) {
  std::vector<int16_t> out(samples);
  const double amplitude = 32768 * std::sqrt(2 * std::pow(10, dbov / 10));
  for (size_t i = 0; i < samples; ++i) {
    const double angle = 2 * std::numbers::pi * hz * static_cast<double>(first_sample + i) / rate;
    out[i] = static_cast<int16_t>(
        std::lround(std::clamp(amplitude * std::sin(angle), -32768.0, 32767.0)));
  }
  return out;
}

}  // namespace viaduct::audio::testing
