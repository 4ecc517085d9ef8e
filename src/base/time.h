// Three kinds of time that must not be mixed. Only io/net reads a clock; everybody else is told.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace viaduct::base {

using Duration = std::chrono::nanoseconds;

// Clocks without now(): they only give the time points their type.
struct SteadyTime {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<SteadyTime>;
  static constexpr bool is_steady = true;
};
struct WallClockTime {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<WallClockTime>;
  static constexpr bool is_steady = false;
};

// Steady time since an unspecified start: for every timer and interval.
using TimePoint = SteadyTime::time_point;
// Time since 1970-01-01 UTC: for what people and other machines read.
using WallTime = WallClockTime::time_point;

// "No timeout": later than every time point in use.
inline constexpr TimePoint kNever = TimePoint::max();

// An RTP timestamp (RFC 3550 §5.1): 32 bits that wrap, in units of the stream's clock rate.
struct RtpTime {
  uint32_t value = 0;

  friend bool operator==(RtpTime, RtpTime) = default;
  friend RtpTime operator+(RtpTime a, uint32_t ticks) { return {a.value + ticks}; }
  // Signed distance in ticks across a wrap; exact when the two are under 2^31 apart.
  friend int32_t operator-(RtpTime a, RtpTime b) { return static_cast<int32_t>(a.value - b.value); }
};

}  // namespace viaduct::base
