// Which kind of network an address belongs to.
#pragma once

#include "base/address.h"

namespace viaduct::base {

// How far an address leads, nearest first: only two hosts in the same place reach each other by it.
enum class Reach {
  host,  // loopback
  link,  // RFC 3927, RFC 4291 §2.5.6
  site,  // RFC 1918, RFC 6598, RFC 4193
  world,
};
Reach reach_of(const IpAddress& ip);

// Leads nowhere from outside its own network.
inline bool is_private(const IpAddress& ip) { return reach_of(ip) == Reach::site; }

}  // namespace viaduct::base
