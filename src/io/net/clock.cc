#include "io/net/clock.h"

#include <sys/random.h>

#include <cstring>

#include "base/check.h"

namespace viaduct::net {

base::TimePoint steady_now() {
  return base::TimePoint(std::chrono::steady_clock::now().time_since_epoch());
}

base::WallTime wall_now() {
  return base::WallTime(std::chrono::duration_cast<base::Duration>(
      std::chrono::system_clock::now().time_since_epoch()));
}

void SystemRng::fill(std::span<uint8_t> out) {
  while (!out.empty()) {
    if (used_ == block_.size()) {
      // Up to 256 bytes never come short and never fail once the pool is seeded (getrandom(2)).
      VIADUCT_CHECK(getrandom(block_.data(), block_.size(), 0) == ssize_t(block_.size()));
      used_ = 0;
    }
    const size_t n = std::min(out.size(), block_.size() - used_);
    std::memcpy(out.data(), block_.data() + used_, n);
    std::memset(block_.data() + used_, 0, n);  // what was handed out is not kept
    used_ += n;
    out = out.subspan(n);
  }
}

}  // namespace viaduct::net
