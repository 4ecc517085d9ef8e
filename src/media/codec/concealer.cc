#include "media/codec/concealer.h"

#include <algorithm>
#include <cmath>

namespace viaduct::codec {

namespace {
// In milliseconds. Pitch of speech is 66 to 400 Hz: 2.5 to 15 ms.
constexpr size_t kHistory = 40, kWindow = 10, kShortestPeriod10 = 25, kLongestPeriod = 15;
constexpr size_t kFullLevel = 10, kSilentAfter = 60, kCrossFade = 5;
}  // namespace

Concealer::Concealer(uint32_t rate) : rate_(rate), history_(rate * kHistory / 1000) {
  period_.reserve(rate * kLongestPeriod / 1000);
}

void Concealer::remember(std::span<const int16_t> samples) {
  if (samples.size() >= history_.size()) {
    std::copy(samples.end() - static_cast<ptrdiff_t>(history_.size()), samples.end(),
              history_.begin());
    return;
  }
  const auto kept = static_cast<ptrdiff_t>(history_.size() - samples.size());
  std::copy(history_.end() - kept, history_.end(), history_.begin());
  std::copy(samples.begin(), samples.end(), history_.begin() + kept);
}

void Concealer::find_period() {
  const size_t window = rate_ * kWindow / 1000;
  const size_t shortest = rate_ * kShortestPeriod10 / 10000,
               longest = rate_ * kLongestPeriod / 1000;
  const int16_t* const end = history_.data() + history_.size();
  size_t best = longest;
  double best_score = 0;
  for (size_t lag = shortest; lag <= longest; ++lag) {
    double product = 0, energy = 1;
    for (size_t i = 1; i <= window; ++i) {
      const double shifted = *(end - i - lag);
      product += shifted * *(end - i);
      energy += shifted * shifted;
    }
    const double score = product / std::sqrt(energy);
    if (score > best_score) best_score = score, best = lag;
  }
  period_.assign(end - best, end);
  // The last quarter leans toward what came before the period, so that it repeats without a click.
  const size_t quarter = best / 4;
  for (size_t i = 1; i <= quarter; ++i) {
    const double weight = static_cast<double>(quarter - i + 1) / static_cast<double>(quarter + 1);
    const double earlier = *(end - best - i);
    int16_t& sample = period_[best - i];
    sample = static_cast<int16_t>(std::lround(sample * (1 - weight) + earlier * weight));
  }
}

int16_t Concealer::next_sample() {
  const size_t at = concealed_++;
  const size_t full = rate_ * kFullLevel / 1000, silent = rate_ * kSilentAfter / 1000;
  if (at >= silent) return 0;
  const int sample = period_[at % period_.size()];
  if (at < full) return static_cast<int16_t>(sample);
  return static_cast<int16_t>(sample * static_cast<int>(silent - at) /
                              static_cast<int>(silent - full));
}

void Concealer::conceal(std::span<int16_t> out) {
  if (concealed_ == 0) find_period();
  for (int16_t& sample : out) sample = next_sample();
}

void Concealer::heard(std::span<int16_t> samples) {
  if (concealed_ > 0) {
    const size_t fade = std::min(samples.size(), rate_ * kCrossFade / 1000);
    for (size_t i = 0; i < fade; ++i) {
      const int old = next_sample();
      samples[i] = static_cast<int16_t>(
          (samples[i] * static_cast<int>(i) + old * static_cast<int>(fade - i)) /
          static_cast<int>(fade));
    }
    concealed_ = 0;
  }
  remember(samples);
}

}  // namespace viaduct::codec
