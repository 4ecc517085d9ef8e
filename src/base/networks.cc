#include "base/networks.h"

namespace viaduct::base {

Reach reach_of(const IpAddress& ip) {
  if (ip.is_loopback()) return Reach::host;
  const uint8_t a = ip.bytes()[0], b = ip.bytes()[1];
  if (ip.is_v6()) {
    if (a == 0xfe && (b & 0xc0) == 0x80) return Reach::link;
    return (a & 0xfe) == 0xfc ? Reach::site : Reach::world;
  }
  if (a == 169 && b == 254) return Reach::link;
  const bool site = a == 10 || (a == 172 && (b & 0xf0) == 16) || (a == 192 && b == 168) ||
                    (a == 100 && (b & 0xc0) == 64);
  return site ? Reach::site : Reach::world;
}

}  // namespace viaduct::base
