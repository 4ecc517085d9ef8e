#include "io/net/rtp_ports.h"

#include <gtest/gtest.h>

#include <set>

namespace viaduct::net {
namespace {

using std::chrono::seconds;

// A range that is free now: eight ports beside one the kernel has just given.
RtpPortsOptions free_range() {
  const auto probe = UdpSocket::bind(*base::SocketAddress::parse("127.0.0.1:0"));
  const uint16_t first = static_cast<uint16_t>(std::min(65000, (probe->local().port + 2) & ~1));
  return {.address = *base::IpAddress::parse("127.0.0.1"),
          .first = first,
          .last = static_cast<uint16_t>(first + 15),
          .rest = seconds(32)};
}

TEST(RtpPorts, PairsAreEvenBoundAndDifferent) {
  base::SeededRng rng(1);
  RtpPorts ports(free_range(), rng);
  std::set<uint16_t> seen;
  std::vector<RtpPair> held;
  for (int i = 0; i < 4; ++i) {
    auto pair = ports.acquire({});
    ASSERT_TRUE(pair);
    EXPECT_EQ(pair->port % 2, 0);
    EXPECT_EQ(pair->rtp.local().port, pair->port);
    EXPECT_EQ(pair->rtcp.local().port, pair->port + 1);
    EXPECT_TRUE(seen.insert(pair->port).second);
    held.push_back(std::move(*pair));
  }
  EXPECT_EQ(ports.in_use(), 4u);
}

TEST(RtpPorts, AReleasedPairRestsBeforeItIsUsedAgain) {
  base::SeededRng rng(2);
  RtpPortsOptions options = free_range();
  options.last = static_cast<uint16_t>(options.first + 1);  // one pair only
  RtpPorts ports(options, rng);
  auto pair = ports.acquire({});
  ASSERT_TRUE(pair);
  const uint16_t port = pair->port;
  const auto none = ports.acquire({});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, base::Errc::exhausted);
  *pair = {};  // closes the sockets
  ports.release(port, base::TimePoint(seconds(100)));
  EXPECT_FALSE(ports.acquire(base::TimePoint(seconds(131))));
  EXPECT_TRUE(ports.acquire(base::TimePoint(seconds(132))));
}

TEST(RtpPorts, APortOfAnotherProgramIsPassedOver) {
  base::SeededRng rng(3);
  RtpPortsOptions options = free_range();
  options.last = static_cast<uint16_t>(options.first + 3);  // two pairs
  const auto foreign = UdpSocket::bind({options.address, static_cast<uint16_t>(options.first + 1)});
  ASSERT_TRUE(foreign);
  RtpPorts ports(options, rng);
  const auto pair = ports.acquire({});
  ASSERT_TRUE(pair);
  EXPECT_EQ(pair->port, options.first + 2);
  EXPECT_FALSE(ports.acquire({}));
}

}  // namespace
}  // namespace viaduct::net
