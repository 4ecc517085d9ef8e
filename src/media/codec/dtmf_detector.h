// DtmfDetector: digits in speech (ITU-T Q.23, Q.24), for lines whose far side has no
// telephone-events. The tone must last 40 ms; twist may be 8 dB, 4 dB the other way.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>

#include "base/time.h"

namespace viaduct::codec {

class DtmfDetector {
 public:
  static constexpr uint32_t kRate = 8000;  // of the samples

  DtmfDetector();
  ~DtmfDetector();
  DtmfDetector(DtmfDetector&&) noexcept;
  DtmfDetector& operator=(DtmfDetector&&) noexcept;

  void process(std::span<const int16_t> samples);
  // A digit has begun and not ended.
  bool in_digit() const;

  struct Digit {
    char digit = 0;  // 0-9 * # A-D
    base::Duration length{};
  };
  // Ended digits; call until empty after process().
  std::optional<Digit> poll();

 private:
  struct State;
  std::unique_ptr<State> state_;  // its address is spandsp's
};

}  // namespace viaduct::codec
