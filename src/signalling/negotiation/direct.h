// Descriptions that are handed on from one browser to another as they are, so that media goes
// between the two.
#pragma once

#include <string_view>

#include "base/result.h"

namespace viaduct::negotiation {

// Whether another browser could use it: audio over WebRTC with at least one address of its own. We
// learn addresses from checks that reach us; another browser waits for checks as we do, so somebody
// must name one. A name (mDNS, "….local") is none: it is known in its own network only. Errors:
// malformed, too_large; unsupported, with why for people.
base::Result<void> check_direct(std::string_view description);

}  // namespace viaduct::negotiation
