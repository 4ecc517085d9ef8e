// IP addresses and ports: what parses prints to something that parses to the same.
#include <cstdint>

#include "base/address.h"
#include "base/check.h"
#include "base/encoding.h"

using namespace viaduct::base;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = as_text({data, size});
  if (const auto ip = IpAddress::parse(text)) {
    const auto again = IpAddress::parse(ip->str());
    VIADUCT_CHECK(again && *again == *ip);
    VIADUCT_CHECK(again->str() == ip->str());
  }
  if (const auto address = SocketAddress::parse(text)) {
    const auto again = SocketAddress::parse(address->str());
    VIADUCT_CHECK(again && *again == *address);
  }
  return 0;
}
