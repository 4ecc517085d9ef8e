#include "base/networks.h"

#include <gtest/gtest.h>

namespace viaduct::base {
namespace {

TEST(Networks, PrivateAddresses) {
  for (const char* text : {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1",
                           "100.127.255.255", "fd00::1", "fc00::1"})
    EXPECT_TRUE(is_private(*IpAddress::parse(text))) << text;
  for (const char* text : {"11.0.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1", "100.128.0.1",
                           "127.0.0.1", "2001:db8::1", "fe80::1", "::1"})
    EXPECT_FALSE(is_private(*IpAddress::parse(text))) << text;
}

}  // namespace
}  // namespace viaduct::base
