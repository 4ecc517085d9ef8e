// Loudness of samples.
#pragma once

#include <cstdint>
#include <span>

namespace viaduct::audio {

// Power in dBov as RFC 6464 counts it: 0 for a full-scale square wave, -3.01 for a full-scale sine,
// -127 for silence and for no samples.
double level_dbov(std::span<const int16_t> samples);

// Multiplies by `decibels` of gain (negative: quieter), limited to the 16-bit range.
void apply_gain(std::span<int16_t> samples, double decibels);

}  // namespace viaduct::audio
