#include "media/audio/resampler.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "base/check.h"

namespace viaduct::audio {

namespace {

constexpr size_t kMaxPhases = 640;
constexpr size_t kHalfWidth = 16;  // zero crossings of the sinc on each side
constexpr double kCutOff = 0.45 * 2;

// Blackman window over [-1, 1]: side lobes 58 dB down and falling.
double window(double x) {
  if (std::abs(x) >= 1) return 0;
  const double t = std::numbers::pi * x;
  return 0.42 + 0.5 * std::cos(t) + 0.08 * std::cos(2 * t);
}

double sinc(double x) {
  if (std::abs(x) < 1e-9) return 1;
  return std::sin(std::numbers::pi * x) / (std::numbers::pi * x);
}

int16_t to_int16(float value) {
  return static_cast<int16_t>(std::lround(std::clamp(value, -32768.0f, 32767.0f)));
}

}  // namespace

bool Resampler::supports(uint32_t from, uint32_t to) {
  if (from < 8000 || from > 192000 || to < 8000 || to > 192000) return false;
  return to / std::gcd(from, to) <= kMaxPhases;
}

Resampler::Resampler(uint32_t from, uint32_t to) {
  VIADUCT_CHECK(supports(from, to));
  const uint32_t divisor = std::gcd(from, to);
  up_ = to / divisor;
  down_ = from / divisor;
  if (up_ == down_) return;
  // In input samples: the filter is stretched when the output is the narrower side.
  const double stretch = std::max(1.0, static_cast<double>(from) / to);
  const double half = kHalfWidth * stretch;
  taps_ = 2 * static_cast<size_t>(std::ceil(half));
  bank_.resize(up_ * taps_);
  for (size_t phase = 0; phase < up_; ++phase) {
    float* const row = bank_.data() + phase * taps_;
    const double offset = static_cast<double>(phase) / static_cast<double>(up_);
    double sum = 0;
    for (size_t tap = 0; tap < taps_; ++tap) {
      const double x = static_cast<double>(tap) - static_cast<double>(taps_ / 2 - 1) - offset;
      const double c = sinc(x * kCutOff / stretch) * window(x / half);
      row[tap] = static_cast<float>(c);
      sum += c;
    }
    for (size_t tap = 0; tap < taps_; ++tap) row[tap] = static_cast<float>(row[tap] / sum);
  }
  line_.assign(taps_ - 1, 0);
}

void Resampler::process(std::span<const int16_t> in, std::vector<int16_t>& out) {
  if (up_ == down_) {
    out.insert(out.end(), in.begin(), in.end());
    return;
  }
  line_.insert(line_.end(), in.begin(), in.end());
  size_t at = skip_;
  while (at + taps_ <= line_.size()) {
    const float* const row = bank_.data() + phase_ * taps_;
    out.push_back(to_int16(std::inner_product(row, row + taps_, line_.data() + at, 0.0f)));
    phase_ += down_;
    at += phase_ / up_;
    phase_ %= up_;
  }
  // `at` may lie beyond what has come when the ratio skips many samples at once.
  const size_t used = std::min(at, line_.size() - (taps_ - 1));
  skip_ = at - used;
  line_.erase(line_.begin(), line_.begin() + static_cast<ptrdiff_t>(used));
}

}  // namespace viaduct::audio
