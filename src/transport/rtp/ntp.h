// NTP time stamps (RFC 3550 §4): seconds since 1900-01-01 UTC in 32.32 fixed point.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace viaduct::rtp {

uint64_t to_ntp(base::WallTime time);
// Of the era that ends in 2036.
base::WallTime from_ntp(uint64_t ntp);
// The middle 32 bits: 16.16 seconds, as in LSR and DLSR.
constexpr uint32_t ntp_middle(uint64_t ntp) { return static_cast<uint32_t>(ntp >> 16); }
// A duration in units of 1/65536 s, saturating at both ends.
uint32_t to_ntp_short(base::Duration duration);
base::Duration from_ntp_short(uint32_t units);

}  // namespace viaduct::rtp
