#include "media/audio/time_stretch.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "media/audio/level.h"

namespace viaduct::audio {

namespace {

using Samples = std::span<const int16_t>;

// Below it any cut is inaudible.
constexpr double kQuietDbov = -50;
// Likeness of two periods, 1 for the same: under it the joint is heard.
constexpr double kAlike = 0.6;

struct Joint {
  size_t lag = 0;    // 0: there is none
  size_t width = 0;  // of the cross-fade
};

double likeness(Samples a, Samples b) {
  double product = 0, energy_a = 1, energy_b = 1;
  for (size_t i = 0; i < a.size(); ++i) {
    product += a[i] * b[i];
    energy_a += a[i] * a[i];
    energy_b += b[i] * b[i];
  }
  return product / std::sqrt(energy_a * energy_b);
}

// The lag at which the beginning of `samples` is most like itself.
Joint find_joint(Samples samples, uint32_t rate) {
  const size_t least = rate / 400, most = std::min<size_t>(samples.size() / 2, rate / 80);
  if (samples.size() < rate / 100 || most <= least) return {};
  const size_t width = std::min<size_t>(samples.size() - most, rate / 100);
  if (level_dbov(samples) < kQuietDbov) return {most, width};
  Joint best;
  double highest = kAlike;
  for (size_t lag = least; lag <= most; ++lag) {
    const double alike = likeness(samples.first(width), samples.subspan(lag, width));
    if (alike <= highest) continue;
    highest = alike;
    best = {lag, width};
  }
  return best;
}

int16_t blend(int16_t from, int16_t to, size_t i, size_t width) {
  const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(width);
  return static_cast<int16_t>(std::lround(from * (1 - share) + to * share));
}

}  // namespace

size_t shorten(std::vector<int16_t>& samples, uint32_t rate) {
  const auto [lag, width] = find_joint(samples, rate);
  if (lag == 0) return 0;
  for (size_t i = 0; i < width; ++i) samples[i] = blend(samples[i], samples[i + lag], i, width);
  const auto cut = samples.begin() + static_cast<ptrdiff_t>(width);
  samples.erase(cut, cut + static_cast<ptrdiff_t>(lag));
  return lag;
}

size_t lengthen(std::vector<int16_t>& samples, uint32_t rate) {
  const auto [lag, width] = find_joint(samples, rate);
  if (lag == 0) return 0;
  // One period, then the same again: a[0..lag) a[lag..lag+width) blended into a[0..width)
  // a[width..)
  samples.insert(samples.begin(), lag, int16_t{0});
  const auto old = samples.begin() + static_cast<ptrdiff_t>(lag);
  std::copy_n(old, lag, old - static_cast<ptrdiff_t>(lag));
  for (size_t i = 0; i < width; ++i) {
    // Behind the first period the old line goes on at `lag`; the new one begins again at 0.
    const int16_t old_line = old[static_cast<ptrdiff_t>(lag + i)];
    const int16_t new_line = old[static_cast<ptrdiff_t>(i)];
    old[static_cast<ptrdiff_t>(i)] = blend(old_line, new_line, i, width);
  }
  return lag;
}

}  // namespace viaduct::audio
