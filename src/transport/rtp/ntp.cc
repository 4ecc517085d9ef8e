#include "transport/rtp/ntp.h"

#include <algorithm>

namespace viaduct::rtp {
namespace {

constexpr int64_t kNanoseconds = 1'000'000'000;
constexpr int64_t kSecondsTo1970 = 2'208'988'800;

}  // namespace

uint64_t to_ntp(base::WallTime time) {
  const int64_t total = time.time_since_epoch().count();
  int64_t seconds = total / kNanoseconds;
  int64_t rest = total % kNanoseconds;
  if (rest < 0) {
    rest += kNanoseconds;
    --seconds;
  }
  const auto fraction = (static_cast<uint64_t>(rest) << 32) / kNanoseconds;
  return static_cast<uint64_t>(seconds + kSecondsTo1970) << 32 | fraction;
}

base::WallTime from_ntp(uint64_t ntp) {
  const int64_t seconds = static_cast<int64_t>(ntp >> 32) - kSecondsTo1970;
  // Rounded up, as to_ntp() rounds down: there and back is the same nanosecond.
  const uint64_t rest = ((ntp & 0xffffffff) * kNanoseconds + 0xffffffff) >> 32;
  return base::WallTime(base::Duration(seconds * kNanoseconds + static_cast<int64_t>(rest)));
}

uint32_t to_ntp_short(base::Duration duration) {
  const int64_t nanoseconds =
      std::clamp<int64_t>(duration.count(), 0, int64_t{0xffff} * kNanoseconds);
  return static_cast<uint32_t>((nanoseconds / kNanoseconds << 16) +
                               (nanoseconds % kNanoseconds << 16) / kNanoseconds);
}

base::Duration from_ntp_short(uint32_t units) {
  return base::Duration(int64_t{units} * kNanoseconds >> 16);
}

}  // namespace viaduct::rtp
