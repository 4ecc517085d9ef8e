// Which kind of network an address belongs to.
#pragma once

#include "base/address.h"

namespace viaduct::base {

// RFC 1918, RFC 6598, RFC 4193: leads nowhere from outside its own network.
bool is_private(const IpAddress& ip);

}  // namespace viaduct::base
