// ToneGenerator: cadenced single and dual tones, continuous in phase within a step.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"

namespace viaduct::audio {

struct ToneStep {
  uint16_t first_hz = 0;   // 0: silence
  uint16_t second_hz = 0;  // 0: a single tone
  base::Duration length{};
};

class ToneGenerator {
 public:
  // `level_dbm0` of each frequency; a full-scale sine is +3.14 dBm0 (ITU-T G.711). Steps shorter
  // than a sample are left out; without any other the generator is finished at once.
  ToneGenerator(std::span<const ToneStep> steps, double level_dbm0, bool repeat, uint32_t rate);

  // Fills `out`, with silence once finished.
  void generate(std::span<int16_t> out);
  bool finished() const { return steps_.empty(); }

 private:
  // A sine by rotation of a vector: one complex multiplication for each sample.
  struct Oscillator {
    double re = 1, im = 0, step_re = 1, step_im = 0;
    Oscillator() = default;
    Oscillator(uint32_t hz, uint32_t rate);
    double next();
    void normalise();
  };
  struct Step {
    uint16_t first_hz, second_hz;
    size_t samples;
  };
  void enter(size_t step);
  void advance();

  uint32_t rate_;
  double amplitude_;
  bool repeat_;
  std::vector<Step> steps_;
  size_t current_ = 0;
  size_t left_ = 0;  // samples of the current step
  Oscillator first_, second_;
};

}  // namespace viaduct::audio
