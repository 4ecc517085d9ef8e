#include "io/net/udp_socket.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "io/net/clock.h"
#include "io/net/poller.h"
#include "io/net/wake.h"

namespace viaduct::net {
namespace {

UdpSocket loopback(const char* address = "127.0.0.1:0") {
  return std::move(*UdpSocket::bind(*base::SocketAddress::parse(address)));
}

void wait_readable(const UdpSocket& socket) {
  Poller poller;
  poller.add(socket.fd(), 1);
  ASSERT_EQ(poller.wait(steady_now() + std::chrono::seconds(10)).size(), 1u);
}

TEST(UdpSocket, ABatchArrivesWholeInOrderAndFromItsSender) {
  const UdpSocket a = loopback(), b = loopback();
  SendBatch out;
  for (uint8_t i = 0; i < 100; ++i) {
    const uint8_t packet[] = {i, 1, 2};
    out.add(a, b.local(), packet);
  }
  out.flush();
  EXPECT_EQ(out.sent(), 100u);
  ReceiveBatch in;
  uint8_t expected = 0;
  while (expected < 100) {
    wait_readable(b);
    const size_t n = in.receive(b);
    ASSERT_GT(n, 0u);
    for (size_t i = 0; i < n; ++i) {
      ASSERT_EQ(in.packet(i).size(), 3u);
      EXPECT_EQ(in.packet(i)[0], expected++);
      EXPECT_EQ(in.from(i), a.local());
    }
  }
  EXPECT_EQ(in.receive(b), 0u);
}

TEST(UdpSocket, OneBatchServesSeveralSockets) {
  const UdpSocket a = loopback(), b = loopback(), to = loopback();
  SendBatch out;
  const uint8_t packet[] = {7};
  out.add(a, to.local(), packet);
  out.add(b, to.local(), packet);
  out.flush();
  ReceiveBatch in;
  wait_readable(to);
  ASSERT_EQ(in.receive(to), 2u);
  EXPECT_EQ(in.from(0), a.local());
  EXPECT_EQ(in.from(1), b.local());
}

TEST(UdpSocket, APacketThatCannotGoIsCountedAndTheOthersGo) {
  const UdpSocket a = loopback(), b = loopback();
  SendBatch out;
  const uint8_t packet[] = {7};
  out.add(a, {base::IpAddress::v4(0xffffffff), 9}, packet);  // broadcast: no permission
  out.add(a, b.local(), packet);
  out.flush();
  EXPECT_EQ(out.dropped(), 1u);
  EXPECT_EQ(out.sent(), 1u);
}

TEST(UdpSocket, ADatagramOfAnySizeArrivesWhole) {
  const UdpSocket a = loopback(), b = loopback();
  const std::vector<uint8_t> big(60'000, 7);
  EXPECT_TRUE(a.send(b.local(), big));
  ReceiveBatch in(4, ReceiveBatch::kLongestDatagram);
  wait_readable(b);
  ASSERT_EQ(in.receive(b), 1u);
  EXPECT_TRUE(std::ranges::equal(in.packet(0), big));
}

TEST(UdpSocket, APortInUseIsAnError) {
  const UdpSocket a = loopback();
  const auto again = UdpSocket::bind(a.local());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, base::Errc::io);
  EXPECT_EQ(again.error().os_error, EADDRINUSE);
}

TEST(Wake, WakesAPollerOnceForManySignals) {
  Wake wake;
  Poller poller;
  poller.add(wake.fd(), 5);
  wake.signal();
  wake.signal();
  const auto ready = poller.wait(base::kNever);
  ASSERT_EQ(ready.size(), 1u);
  EXPECT_EQ(ready[0], 5u);
  wake.clear();
  EXPECT_TRUE(poller.wait(steady_now()).empty());
}

}  // namespace
}  // namespace viaduct::net
