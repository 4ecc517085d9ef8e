// The operating system's clocks and randomness: the only place that reads them.
#pragma once

#include <array>

#include "base/rng.h"
#include "base/time.h"

namespace viaduct::net {

base::TimePoint steady_now();
base::WallTime wall_now();

// getrandom(2), drawn in blocks. One object for each thread.
class SystemRng final : public base::Rng {
 public:
  void fill(std::span<uint8_t> out) override;

 private:
  std::array<uint8_t, 256> block_{};
  size_t used_ = block_.size();
};

}  // namespace viaduct::net
