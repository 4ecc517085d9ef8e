// What negotiation agreed on, in the terms of codec/.
#pragma once

#include <optional>

#include "media/codec/codec.h"
#include "signalling/negotiation/types.h"

namespace viaduct::graph {

// Nothing for what is no mono audio codec of ours: telephone-event, comfort noise, L16 in stereo.
std::optional<codec::Kind> kind_of(const negotiation::Codec& codec);

// The sample rate that loses nothing; `codec` must have a kind.
uint32_t natural_rate(const negotiation::Codec& codec);

// The rate to work at where `wanted` would do: that, where the codec can, else its natural one, and
// somebody must resample. `codec` must have a kind.
uint32_t working_rate(const negotiation::Codec& codec, uint32_t wanted);

// Where audio goes from one codec to another: the narrower side's natural rate, at which both sides
// then work. They differ only when one of them (L16) cannot work at the other's.
struct WorkRates {
  uint32_t decode = 8000;
  uint32_t encode = 8000;
};
// Both must have a kind.
WorkRates work_rates(const negotiation::Codec& from, const negotiation::Codec& to);

// The rate to encode local sound at that has nothing above `needed` / 2; `codec` must have a kind.
uint32_t rate_for_sound(const negotiation::Codec& codec, uint32_t needed);

}  // namespace viaduct::graph
