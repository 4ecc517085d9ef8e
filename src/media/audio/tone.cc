#include "media/audio/tone.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace viaduct::audio {

ToneGenerator::Oscillator::Oscillator(uint32_t hz, uint32_t rate) {
  const double angle = 2 * std::numbers::pi * hz / rate;
  step_re = std::cos(angle);
  step_im = std::sin(angle);
}

double ToneGenerator::Oscillator::next() {
  const double value = im;
  const double turned = re * step_re - im * step_im;
  im = re * step_im + im * step_re;
  re = turned;
  return value;
}

// Takes out what rounding adds to the vector's length over hours of tone.
void ToneGenerator::Oscillator::normalise() {
  const double length = std::sqrt(re * re + im * im);
  re /= length;
  im /= length;
}

ToneGenerator::ToneGenerator(std::span<const ToneStep> steps, double level_dbm0, bool repeat,
                             uint32_t rate)
    : rate_(rate),
      amplitude_(32767 * std::pow(10, (std::min(level_dbm0, 3.14) - 3.14) / 20)),
      repeat_(repeat) {
  constexpr auto kLongest = std::chrono::hours(24);
  for (const ToneStep& step : steps) {
    const auto length = std::clamp<base::Duration>(step.length, base::Duration(0), kLongest);
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(length).count();
    const auto samples = static_cast<size_t>(us * rate / 1'000'000);
    if (samples > 0) steps_.push_back({step.first_hz, step.second_hz, samples});
  }
  if (!steps_.empty()) enter(0);
}

void ToneGenerator::enter(size_t step) {
  current_ = step;
  left_ = steps_[step].samples;
  first_ = Oscillator(steps_[step].first_hz, rate_);
  second_ = Oscillator(steps_[step].second_hz, rate_);
}

void ToneGenerator::advance() {
  if (current_ + 1 < steps_.size()) enter(current_ + 1);
  else if (repeat_) enter(0);
  else steps_.clear();
}

void ToneGenerator::generate(std::span<int16_t> out) {
  while (!out.empty() && !finished()) {
    const size_t count = std::min(out.size(), left_);
    const Step& step = steps_[current_];
    for (int16_t& sample : out.first(count)) {
      double value = step.first_hz ? first_.next() : 0;
      if (step.second_hz) value += second_.next();
      sample = static_cast<int16_t>(std::lround(std::clamp(value * amplitude_, -32768.0, 32767.0)));
    }
    first_.normalise();
    second_.normalise();
    out = out.subspan(count);
    left_ -= count;
    // A single endless step goes on in phase.
    if (left_ == 0 && repeat_ && steps_.size() == 1) left_ = step.samples;
    else if (left_ == 0) advance();
  }
  std::fill(out.begin(), out.end(), int16_t{0});
}

}  // namespace viaduct::audio
