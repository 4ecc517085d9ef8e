#include "signalling/sip/identifiers.h"

#include "signalling/sip/headers.h"

namespace viaduct::sip {

std::string new_branch(base::Rng& rng) { return std::string(kBranchCookie) + rng.token(20); }
std::string new_tag(base::Rng& rng) { return rng.token(12); }
std::string new_call_id(base::Rng& rng) { return rng.token(22); }

}  // namespace viaduct::sip
