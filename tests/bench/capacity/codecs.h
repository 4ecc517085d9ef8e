// The codec calls that transcoding so many calls needs and nothing else, call by call in turn, so
// that what they remember of each comes from as far away as in a server.
#pragma once

#include "tests/bench/capacity/plan.h"

namespace viaduct::bench {

// Processor time for a packet, one half of them from the browsers and one from the phones.
double codecs_us_per_packet(const Plan& plan);

}  // namespace viaduct::bench
