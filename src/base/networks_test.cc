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

TEST(Networks, ReachGrowsFromTheHostToTheWorld) {
  const auto reach = [](const char* text) { return reach_of(*IpAddress::parse(text)); };
  for (const char* text : {"127.0.0.1", "::1"}) EXPECT_EQ(reach(text), Reach::host) << text;
  for (const char* text : {"169.254.1.1", "fe80::1", "febf::1"})
    EXPECT_EQ(reach(text), Reach::link) << text;
  for (const char* text : {"192.168.0.1", "fd00::1"}) EXPECT_EQ(reach(text), Reach::site) << text;
  for (const char* text : {"169.253.1.1", "192.0.2.1", "fec0::1", "2001:db8::1"})
    EXPECT_EQ(reach(text), Reach::world) << text;
  EXPECT_LT(Reach::host, Reach::link);
  EXPECT_LT(Reach::link, Reach::site);
  EXPECT_LT(Reach::site, Reach::world);
}

}  // namespace
}  // namespace viaduct::base
