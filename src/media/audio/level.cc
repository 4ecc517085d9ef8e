#include "media/audio/level.h"

#include <algorithm>
#include <cmath>

namespace viaduct::audio {

double level_dbov(std::span<const int16_t> samples) {
  constexpr double kSilence = -127;
  double power = 0;
  for (const int16_t sample : samples) power += static_cast<double>(sample) * sample;
  if (power == 0) return kSilence;
  power /= static_cast<double>(samples.size()) * 32768.0 * 32768.0;
  return std::max(kSilence, 10 * std::log10(power));
}

void apply_gain(std::span<int16_t> samples, double decibels) {
  const auto factor = static_cast<float>(std::pow(10, decibels / 20));
  for (int16_t& sample : samples)
    sample = static_cast<int16_t>(
        std::lround(std::clamp(static_cast<float>(sample) * factor, -32768.0f, 32767.0f)));
}

}  // namespace viaduct::audio
