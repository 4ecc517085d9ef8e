#include "base/networks.h"

namespace viaduct::base {

bool is_private(const IpAddress& ip) {
  const uint8_t a = ip.bytes()[0], b = ip.bytes()[1];
  if (ip.is_v6()) return (a & 0xfe) == 0xfc;
  return a == 10 || (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168) ||
         (a == 100 && b >= 64 && b < 128);
}

}  // namespace viaduct::base
