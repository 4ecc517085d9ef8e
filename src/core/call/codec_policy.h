// Which codecs each leg is offered or answered with. "Answer late": the called device chooses
// first, then the caller is answered with the same codec, so that nothing is transcoded.
#pragma once

#include <optional>
#include <vector>

#include "core/dialplan/steps.h"
#include "signalling/negotiation/types.h"

namespace viaduct::call {

using Codecs = std::vector<negotiation::Codec>;

// What this node can speak, best first.
const Codecs& supported_codecs();

// The offer to a called device, given the caller's (empty when the caller made none yet).
Codecs offer_to_callee(const dialplan::CodecPolicy& policy, const Codecs& caller);

// The order in which the caller is answered. `callee` is what the called device chose, if it has.
Codecs answer_to_caller(const dialplan::CodecPolicy& policy, const Codecs& caller,
                        const std::optional<negotiation::Codec>& callee);

}  // namespace viaduct::call
