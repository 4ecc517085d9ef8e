#include "server/node/reachability.h"

#include <gmock/gmock.h>

#include "io/net/clock.h"

namespace viaduct::node {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

base::IpAddress ip(std::string_view text) { return base::IpAddress::parse(text).value(); }

std::vector<MediaPort> ports_on(const char* address, int count) {
  std::vector<MediaPort> out;
  for (int i = 0; i < count; ++i)
    out.push_back(std::move(*MediaPort::bind(base::SocketAddress::parse(address).value())));
  return out;
}

TEST(MediaPort, HasOneNumberForUdpAndTcp) {
  const auto ports = ports_on("127.0.0.1:0", 1);
  EXPECT_NE(ports[0].udp.local().port, 0);
  EXPECT_EQ(ports[0].udp.local(), ports[0].tcp.local());
}

TEST(Reachability, OwnAddressesOfBothFamiliesAreReached) {
  const auto ports = ports_on("[::]:0", 2);
  base::SeededRng rng{3};
  const base::IpAddress advertised[] = {ip("127.0.0.1"), ip("::1")};
  const auto reached = try_to_reach(ports, advertised, 10s, rng);
  ASSERT_EQ(reached.size(), 2u);
  for (const Reached& one : reached) {
    EXPECT_TRUE(one.ours && one.udp && one.tcp) << one.address.str();
  }
}

TEST(Reachability, WhatNobodyListensOnIsNotAndTheStartGoesOn) {
  const auto ports = ports_on("127.0.0.1:0", 1);
  base::SeededRng rng{3};
  // Ours, but not listened on; and one of those that lead nowhere (RFC 5737).
  const base::IpAddress advertised[] = {ip("127.0.0.2"), ip("203.0.113.77")};
  const auto before = net::steady_now();
  const auto reached = try_to_reach(ports, advertised, 50ms, rng);
  EXPECT_LT(net::steady_now() - before, 5s);
  EXPECT_TRUE(reached[0].ours);
  EXPECT_FALSE(reached[0].udp || reached[0].tcp);
  EXPECT_FALSE(reached[1].ours);
  EXPECT_FALSE(reached[1].udp);
}

TEST(Findings, SayInWordsWhatToDo) {
  const auto text_of = [](const Reached& one) {
    const auto findings = findings_of({&one, 1});
    return findings.empty() ? std::string() : std::string(findings.front().text);
  };
  const auto own = ip("198.51.100.1");
  EXPECT_THAT(text_of({own, true, true, true}), IsEmpty());
  EXPECT_THAT(text_of({own, true, false, true}), HasSubstr("firewall"));
  EXPECT_THAT(text_of({own, true, true, false}), HasSubstr("TCP"));
  EXPECT_THAT(text_of({own, false, false, false}), HasSubstr("behind NAT, forward"));
  EXPECT_THAT(text_of({own, false, true, false}), HasSubstr("not over TCP"));
  EXPECT_THAT(text_of({own, false, false, true}), HasSubstr("not over UDP"));
  for (const char* text : {"127.0.0.1", "192.168.1.9", "::1", "fd00::1"}) {
    const Reached one{ip(text), true, true, true};
    const auto findings = findings_of({&one, 1});
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_EQ(findings[0].level, base::LogLevel::info);
    EXPECT_THAT(std::string(findings[0].text), HasSubstr("media.advertise"));
  }
}

TEST(Findings, AnAddressOfOneLinkIsNoPublicOne) {
  const Reached one{ip("169.254.7.7"), true, true, true};
  const auto findings = findings_of({&one, 1});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_THAT(std::string(findings[0].text), HasSubstr("media.advertise"));
}

}  // namespace
}  // namespace viaduct::node
