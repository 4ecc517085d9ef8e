#include "media/graph/format.h"

#include <algorithm>

namespace viaduct::graph {

using negotiation::Encoding;

std::optional<codec::Kind> kind_of(const negotiation::Codec& codec) {
  switch (codec.encoding) {
    case Encoding::opus: return codec::Kind::opus;
    case Encoding::pcmu: return codec::Kind::pcmu;
    case Encoding::pcma: return codec::Kind::pcma;
    case Encoding::g722: return codec::Kind::g722;
    case Encoding::l16:
      if (codec.channels != 1 || !codec::supports(codec::Kind::l16, codec.clock_rate)) break;
      return codec::Kind::l16;
    case Encoding::telephone_event:
    case Encoding::comfort_noise: break;
  }
  return std::nullopt;
}

uint32_t natural_rate(const negotiation::Codec& codec) {
  return codec::natural_rate(*kind_of(codec), codec.clock_rate);
}

namespace {
// L16 is only ever what its clock says.
bool works_at(const negotiation::Codec& codec, uint32_t rate) {
  if (codec.encoding == Encoding::l16) return rate == codec.clock_rate;
  return codec::supports(*kind_of(codec), rate);
}
}  // namespace

uint32_t working_rate(const negotiation::Codec& codec, uint32_t wanted) {
  return works_at(codec, wanted) ? wanted : natural_rate(codec);
}

WorkRates work_rates(const negotiation::Codec& from, const negotiation::Codec& to) {
  const uint32_t narrow = std::min(natural_rate(from), natural_rate(to));
  return {working_rate(from, narrow), working_rate(to, narrow)};
}

uint32_t rate_for_sound(const negotiation::Codec& codec, uint32_t needed) {
  const uint32_t natural = natural_rate(codec);
  for (const uint32_t rate : {8000u, 16000u, 24000u})
    if (needed <= rate && rate < natural && works_at(codec, rate)) return rate;
  return natural;
}

}  // namespace viaduct::graph
