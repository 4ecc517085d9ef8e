// Real connections over loopback to a worker with one session; time is the test's own.
#include "server/node/ice_tcp.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "io/net/clock.h"
#include "transport/dtls/testing/engine_pair.h"
#include "transport/stun/builder.h"

namespace viaduct::node {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<uint8_t>;

constexpr const char* kPassword = "passwordOfTheServer1234";

Bytes framed(std::span<const uint8_t> frame) {
  Bytes out(2 + frame.size());
  out[0] = static_cast<uint8_t>(frame.size() >> 8);
  out[1] = static_cast<uint8_t>(frame.size());
  std::ranges::copy(frame, out.begin() + 2);
  return out;
}

Bytes check(const char* password = kPassword) {
  std::array<uint8_t, 256> buffer;
  stun::MessageBuilder builder(buffer, stun::Class::request, stun::kBinding, {});
  builder.username("server:client");
  builder.use_candidate();
  builder.integrity(password);
  builder.fingerprint();
  return framed(builder.finish().value());
}

class IceTcpTest : public ::testing::TestWithParam<const char*>, public graph::PacketSink {
 protected:
  IceTcpTest() { start({}); }

  void start(IceTcpOptions options) {
    tcp.reset();
    auto listener = net::TcpListener::bind(base::SocketAddress::parse(GetParam()).value()).value();
    address = listener.local();
    tcp = std::make_unique<IceTcp>(options, std::move(listener), poller, worker, *this);
    if (worker.counts().sessions == 0)
      worker.command(graph::OpenSession{{1, 1},
                                        graph::WebRtcTransport{
                                            {"server", base::Secret<std::string>(kPassword)}},
                                        "x"},
                     now, *this);
  }
  void send(graph::SocketHandle via, const base::SocketAddress&,
            std::span<const uint8_t> datagram) override {
    ASSERT_TRUE(graph::is_connection(via));
    tcp->send(via, datagram);
  }
  // Serves what is ready until `done`, as the media thread would.
  template <class Done>
  void serve(Done done) {
    const auto limit = net::steady_now() + 20s;
    while (!done()) {
      ASSERT_LT(net::steady_now(), limit);
      for (const uint32_t key : poller.wait(net::steady_now() + 5ms)) tcp->ready(key, now);
      tcp->flush(now);
      while (worker.poll()) {
      }
    }
  }
  net::TcpSocket connect() {
    const uint64_t before = tcp->counters().accepted + tcp->counters().refused;
    auto socket = std::move(*net::TcpSocket::connect(address));
    serve([&] { return tcp->counters().accepted + tcp->counters().refused > before; });
    return socket;
  }
  void write(const net::TcpSocket& socket, const Bytes& bytes) {
    serve([&] { return socket.is_connected(); });
    ASSERT_EQ(socket.send(bytes).value(), bytes.size());
  }
  // A connection that is a session's.
  net::TcpSocket proved() {
    auto socket = connect();
    write(socket, check());
    const Bytes answer = read(socket);
    const auto message = stun::Message::parse(std::span(answer).subspan(2));
    EXPECT_TRUE(message && message->message_class == stun::Class::success);
    return socket;
  }
  // The next bytes; none when the server closed it.
  Bytes read(const net::TcpSocket& socket) {
    Bytes out(64 * 1024);
    size_t size = 0;
    bool ended = false;
    serve([&] {
      const auto n = socket.receive(out);
      ended = !n;
      size = n ? *n : 0;
      return ended || size > 0;
    });
    out.resize(size);
    return out;
  }
  bool closed(const net::TcpSocket& socket) { return read(socket).empty(); }
  void pass(base::Duration time) {
    now += time;
    while (tcp->next_timeout() <= now) tcp->handle_timeout(now);
  }

  base::SeededRng rng{5};
  base::TimePoint now{1h};
  net::Poller poller;
  graph::Worker worker{{}, rng, dtls::testing::fake_identity("server").factory};
  base::SocketAddress address;
  std::unique_ptr<IceTcp> tcp;
};
INSTANTIATE_TEST_SUITE_P(Over, IceTcpTest, ::testing::Values("127.0.0.1:0", "[::1]:0"),
                         [](const auto& one) { return one.index == 0 ? "IPv4" : "IPv6"; });

TEST_P(IceTcpTest, AValidCheckIsAnsweredAndProvesTheConnection) {
  const auto socket = proved();
  EXPECT_EQ(worker.counts().addresses, 1u);
  pass(30s);
  EXPECT_EQ(tcp->connections(), 1u);
}

TEST_P(IceTcpTest, AFrameInPiecesIsOneFrame) {
  const auto socket = connect();
  const Bytes bytes = check();
  write(socket, {bytes.begin(), bytes.begin() + 11});
  serve([rounds = 0]() mutable { return ++rounds == 3; });
  write(socket, {bytes.begin() + 11, bytes.end()});
  EXPECT_GT(read(socket).size(), 20u);
}

TEST_P(IceTcpTest, WithoutAValidCheckItIsClosedHoweverMuchItSends) {
  const auto socket = connect();
  for (int i = 0; i < 9; ++i) {
    write(socket, check("guess"));
    EXPECT_FALSE(read(socket).empty());  // 401
    pass(1s);
  }
  EXPECT_EQ(tcp->connections(), 1u);
  pass(1s);
  EXPECT_EQ(tcp->connections(), 0u);
  EXPECT_TRUE(closed(socket));
  EXPECT_EQ(tcp->counters().timed_out, 1u);
}

TEST_P(IceTcpTest, SilenceClosesAProvedOne) {
  const auto socket = proved();
  pass(20s);
  write(socket, check());
  EXPECT_FALSE(read(socket).empty());
  pass(30s);
  EXPECT_EQ(tcp->connections(), 1u);
  pass(10s);
  EXPECT_EQ(tcp->connections(), 0u);
  EXPECT_EQ(worker.counts().addresses, 0u);
}

TEST_P(IceTcpTest, AFrameTooLongClosesIt) {
  const auto socket = proved();
  write(socket, {0xff, 0xff, 1, 2, 3});
  EXPECT_TRUE(closed(socket));
  EXPECT_EQ(tcp->counters().misframed, 1u);
  EXPECT_EQ(worker.counts().addresses, 0u) << "its path is gone with it";
}

TEST_P(IceTcpTest, TheFarSideClosesAndThePathIsGone) {
  { const auto socket = proved(); }
  serve([&] { return tcp->connections() == 0; });
  EXPECT_EQ(worker.counts().addresses, 0u);
}

TEST_P(IceTcpTest, NewcomersPushOutTheOldestThatShowedNothing) {
  start({.max_unproved = 2});
  const auto kept = proved();
  const auto first = connect(), second = connect(), third = connect();
  EXPECT_EQ(tcp->counters().pushed_out, 1u);
  EXPECT_TRUE(closed(first));
  EXPECT_EQ(tcp->connections(), 3u);
  write(kept, check());
  EXPECT_FALSE(closed(kept));
}

TEST_P(IceTcpTest, BeyondTheLimitAllAreRefused) {
  start({.max_connections = 1});
  const auto kept = proved();
  const auto other = connect();
  EXPECT_TRUE(closed(other));
  EXPECT_EQ(tcp->counters().refused, 1u);
  EXPECT_EQ(tcp->connections(), 1u);
}

TEST_P(IceTcpTest, ASlowReceiverLosesWholeFrames) {
  const auto socket = proved();
  const Bytes frame(1000, 0x80);
  constexpr int kFrames = 20'000;
  for (int i = 0; i < kFrames; ++i) {
    tcp->send(graph::kFirstConnection, frame);
    if (i % 10 == 0) tcp->flush(now);
  }
  EXPECT_GT(tcp->counters().dropped_frames, 0u);
  ice::FrameReader reader;
  uint64_t got = 0;
  while (got + tcp->counters().dropped_frames < kFrames) {
    const Bytes bytes = read(socket);
    ASSERT_FALSE(bytes.empty());
    std::span<const uint8_t> rest(bytes);
    while (const auto length = reader.next(rest)) {
      ASSERT_EQ(*length, frame.size());
      ++got;
    }
    ASSERT_FALSE(reader.failed());
  }
  EXPECT_EQ(tcp->connections(), 1u);
}

}  // namespace
}  // namespace viaduct::node
