#include "base/address.h"

#include <gtest/gtest.h>

#include <unordered_set>

namespace viaduct::base {
namespace {

struct Good {
  const char* text;
  const char* printed;
};

TEST(IpAddress, ParsesAndPrintsInTheOneForm) {
  static constexpr Good kTable[] = {
      {"0.0.0.0", "0.0.0.0"},
      {"192.0.2.1", "192.0.2.1"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"2001:DB8::1", "2001:db8::1"},
      {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // one zero group is not shortened
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // the longest run is
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // the first of equal runs
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
      {"fe80::", "fe80::"},
      {"::ffff:192.0.2.1", "192.0.2.1"},  // mapped addresses are IPv4
      {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
  };
  for (const auto& [text, printed] : kTable) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->str(), printed);
    EXPECT_EQ(IpAddress::parse(address->str()).value(), *address) << text;
  }
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
  for (const char* text : {"",
                           ".",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "1.2.3.-4",
                           "1.2.3.4 ",
                           " 1.2.3.4",
                           "1..2.3",
                           "1.2.3.0004",
                           "0x1.2.3.4",
                           "example.com",
                           ":",
                           ":::",
                           "1:2",
                           "1::2::3",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7:8::",
                           "::1:2:3:4:5:6:7:8",
                           ":1:2:3:4:5:6:7:8",
                           "1:2:3:4:5:6:7:",
                           "::12345",
                           "::g",
                           "::1.2.3",
                           "::1.2.3.4:5",
                           "fe80::1%eth0",
                           "[::1]"}) {
    const auto address = IpAddress::parse(text);
    EXPECT_FALSE(address) << text;
  }
}

TEST(IpAddress, BytesAreInNetworkOrder) {
  const auto v4 = IpAddress::v4(0xc0000201);
  ASSERT_EQ(v4.bytes().size(), 4u);
  EXPECT_EQ(v4.bytes()[0], 192);
  EXPECT_EQ(v4.bytes()[3], 1);
  const auto v6 = IpAddress::parse("2001:db8::5").value();
  ASSERT_EQ(v6.bytes().size(), 16u);
  EXPECT_EQ(v6.bytes()[0], 0x20);
  EXPECT_EQ(v6.bytes()[15], 5);
}

TEST(IpAddress, KnowsItsKind) {
  const auto ip = [](const char* text) { return IpAddress::parse(text).value(); };
  EXPECT_TRUE(IpAddress().is_unspecified());
  EXPECT_TRUE(ip("::").is_unspecified());
  EXPECT_FALSE(ip("0.0.0.1").is_unspecified());
  EXPECT_TRUE(ip("127.8.9.1").is_loopback());
  EXPECT_TRUE(ip("::1").is_loopback());
  EXPECT_FALSE(ip("2001::1").is_loopback());
  EXPECT_TRUE(ip("224.0.0.1").is_multicast());
  EXPECT_TRUE(ip("239.255.255.255").is_multicast());
  EXPECT_FALSE(ip("240.0.0.1").is_multicast());
  EXPECT_TRUE(ip("ff02::1").is_multicast());
  EXPECT_FALSE(ip("::").is_loopback());
  EXPECT_NE(ip("::"), ip("0.0.0.0"));
}

TEST(SocketAddress, ParsesAndPrints) {
  for (const char* text : {"192.0.2.1:5060", "0.0.0.0:0", "[2001:db8::1]:65535", "[::]:1"}) {
    const auto address = SocketAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->str(), text);
  }
}

TEST(SocketAddress, RefusesWhatIsNone) {
  for (const char* text :
       {"", ":", ":5060", "192.0.2.1", "192.0.2.1:", "192.0.2.1:65536", "192.0.2.1:-1",
        "192.0.2.1:5060 ", "::1:5060", "[::1]", "[::1:5060", "[:5060", "[]:5060", "host:5060"})
    EXPECT_FALSE(SocketAddress::parse(text)) << text;
}

TEST(SocketAddress, IsAKey) {
  std::unordered_set<SocketAddress> set;
  for (uint16_t port = 1; port <= 100; ++port) {
    set.insert({IpAddress::v4(0x7f000001), port});
    set.insert({IpAddress::v4(0x7f000001), port});
    set.insert({IpAddress::v4(0x7f000002), port});
  }
  EXPECT_EQ(set.size(), 200u);
  EXPECT_TRUE(set.contains({IpAddress::v4(0x7f000002), 100}));
  EXPECT_FALSE(set.contains({IpAddress::v4(0x7f000003), 100}));
}

}  // namespace
}  // namespace viaduct::base
