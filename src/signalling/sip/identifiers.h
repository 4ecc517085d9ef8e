// New names for transactions and dialogs.
#pragma once

#include <string>
#include <string_view>

#include "base/rng.h"

namespace viaduct::sip {

std::string new_branch(base::Rng& rng);   // "z9hG4bK" + 119 bits
std::string new_tag(base::Rng& rng);      // 71 bits (§19.3 asks for 32)
std::string new_call_id(base::Rng& rng);  // 131 bits, no host: it would tell our address

}  // namespace viaduct::sip
