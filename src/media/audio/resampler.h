// Resampler: any rational ratio, by a polyphase windowed-sinc filter. Cuts off at 0.45 of the lower
// rate, 60 dB below from 0.55 on; delay is 16 samples of the lower rate.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace viaduct::audio {

class Resampler {
 public:
  // Rates from 8 to 192 kHz whose ratio needs at most 640 filter phases (all of the usual ones do,
  // 11025 to 48000 being the worst).
  static bool supports(uint32_t from, uint32_t to);

  // Checked: supports(from, to).
  Resampler(uint32_t from, uint32_t to);

  // Appends to `out` what `in` gives. Over time exactly to/from samples for each one put in.
  void process(std::span<const int16_t> in, std::vector<int16_t>& out);

 private:
  size_t up_ = 1, down_ = 1;  // to/from in lowest terms
  size_t taps_ = 0;           // of each phase
  std::vector<float> bank_;   // up_ phases of taps_ coefficients, newest sample last
  std::vector<float> line_;   // the last taps_ - 1 samples, then what is being processed
  size_t phase_ = 0;          // of the next output sample
  size_t skip_ = 0;           // input samples to pass over before the next output sample
};

}  // namespace viaduct::audio
