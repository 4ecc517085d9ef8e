#include "io/net/tcp_socket.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <vector>

#include "io/net/clock.h"
#include "io/net/poller.h"

namespace viaduct::net {
namespace {

TcpListener listener(const char* address) {
  return *TcpListener::bind(*base::SocketAddress::parse(address));
}

void wait_ready(int fd, bool room) {
  Poller poller;
  poller.add(fd, 1);
  if (room) poller.watch_room(fd, 1, true);
  ASSERT_EQ(poller.wait(steady_now() + std::chrono::seconds(10)).size(), 1u);
}

TcpSocket accept_one(const TcpListener& from) {
  wait_ready(from.fd(), false);
  auto accepted = from.accept();
  EXPECT_TRUE(accepted && *accepted);
  return std::move(**accepted);
}

class Tcp : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Over, Tcp, ::testing::Values("127.0.0.1:0", "[::1]:0"),
                         [](const auto& one) { return one.index == 0 ? "IPv4" : "IPv6"; });

TEST_P(Tcp, CarriesBytesAndSaysWhenItEnds) {
  const TcpListener from = listener(GetParam());
  auto client = *TcpSocket::connect(from.local());
  const TcpSocket server = accept_one(from);
  wait_ready(client.fd(), true);
  EXPECT_TRUE(client.is_connected());
  EXPECT_EQ(server.remote().ip, from.local().ip);

  std::vector<uint8_t> room(10);
  EXPECT_EQ(server.receive(room).value(), 0u) << "nothing is there yet";
  EXPECT_EQ(client.send(std::vector<uint8_t>{1, 2, 3}).value(), 3u);
  wait_ready(server.fd(), false);
  EXPECT_EQ(server.receive(room).value(), 3u);
  EXPECT_EQ(room[2], 3);

  client = TcpSocket();
  wait_ready(server.fd(), false);
  EXPECT_EQ(server.receive(room).error().os_error, 0);
}

TEST_P(Tcp, AFullConnectionTakesNothingAndDoesNotBlock) {
  const TcpListener from = listener(GetParam());
  const auto client = *TcpSocket::connect(from.local());
  TcpSocket server = accept_one(from);
  server.set_prompt(16 * 1024);
  const std::vector<uint8_t> much(1 << 20);
  size_t total = 0;
  while (const size_t n = server.send(much).value()) total += n;
  EXPECT_LT(total, size_t{64} << 20);
}

TEST(TcpListener, ADualStackOneTakesBothFamilies) {
  const TcpListener from = listener("[::]:0");
  for (const char* ip : {"127.0.0.1", "::1"}) {
    const base::SocketAddress to{base::IpAddress::parse(ip).value(), from.local().port};
    const auto client = TcpSocket::connect(to);
    ASSERT_TRUE(client);
    EXPECT_EQ(accept_one(from).remote().ip, to.ip);
  }
  EXPECT_FALSE(from.accept().value());
}

TEST(TcpListener, APortInUseIsAnError) {
  const TcpListener first = listener("127.0.0.1:0");
  const auto again = TcpListener::bind(first.local());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().os_error, EADDRINUSE);
}

}  // namespace
}  // namespace viaduct::net
