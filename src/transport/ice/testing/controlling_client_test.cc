// The two agents against each other over a lossy network in virtual time.
#include "transport/ice/testing/controlling_client.h"

#include <gtest/gtest.h>

#include <map>

namespace viaduct::ice::testing {
namespace {

using namespace std::chrono_literals;
using base::SocketAddress;
using base::TimePoint;

class Pair : public ::testing::Test, public Sink {
 protected:
  struct Datagram {
    bool to_server = false;
    SocketAddress peer;  // the server's address, as the client sees it
    std::vector<uint8_t> packet;
  };

  void send(const Path&, std::span<const uint8_t> packet) override {
    transmit({false, reply_from_, {packet.begin(), packet.end()}});
  }
  void transmit(Datagram datagram) {
    if (cut_ || rng_.below(100) < loss_percent_) return;
    wire_.emplace(now_ + 20ms, std::move(datagram));
  }
  void drain() {
    while (const auto output = client_.poll()) {
      if (const auto* out = std::get_if<Transmit>(&*output)) transmit({true, out->to, out->packet});
      else if (std::holds_alternative<Nominated>(*output)) ++nominated_;
      else if (std::holds_alternative<ConsentExpired>(*output)) ++expired_;
      else ++checks_failed_;
    }
    while (const auto event = server_.poll()) {
      if (std::holds_alternative<PairSelected>(*event)) ++selected_;
      if (std::holds_alternative<ConsentLost>(*event)) ++lost_;
    }
  }
  void deliver(const Datagram& datagram) {
    if (!datagram.to_server) return client_.receive(datagram.packet, datagram.peer, now_);
    if (datagram.peer == dead_) return;
    reply_from_ = datagram.peer;
    server_.receive(datagram.packet, client_address_, now_, *this);
  }
  void run(base::Duration time) {
    const TimePoint end = now_ + time;
    drain();
    for (;;) {
      TimePoint next = std::min(client_.next_timeout(), server_.next_timeout());
      if (!wire_.empty()) next = std::min(next, wire_.begin()->first);
      if (next > end) break;
      now_ = next;
      while (!wire_.empty() && wire_.begin()->first <= now_) {
        const Datagram datagram = wire_.extract(wire_.begin()).mapped();
        deliver(datagram);
      }
      client_.handle_timeout(now_);
      server_.handle_timeout(now_);
      drain();
    }
    now_ = end;
  }
  Credentials server_credentials(const std::string& ufrag) {
    return {ufrag, base::Secret<std::string>("password-of-" + ufrag)};
  }
  void start() { client_.start("cli1", server_credentials("srv1"), {dead_, alive_}, now_); }

  const SocketAddress client_address_ = SocketAddress::parse("203.0.113.5:4444").value();
  const SocketAddress dead_ = SocketAddress::parse("10.0.0.1:10000").value();
  const SocketAddress alive_ = SocketAddress::parse("192.0.2.1:10000").value();
  TimePoint now_{100s};
  base::SeededRng rng_{7};
  uint32_t loss_percent_ = 0;
  bool cut_ = false;
  SocketAddress reply_from_;
  std::multimap<TimePoint, Datagram> wire_;
  LiteAgent server_{server_credentials("srv1")};
  ControllingClient client_{rng_};
  int nominated_ = 0, expired_ = 0, checks_failed_ = 0, selected_ = 0, lost_ = 0;
};

TEST_F(Pair, ConnectsThroughTheCandidateThatLives) {
  start();
  run(1s);
  EXPECT_EQ(client_.selected(), alive_);
  EXPECT_EQ(client_.mapped(), client_address_);
  EXPECT_EQ(server_.selected(), client_address_);
  EXPECT_EQ(nominated_, 1);
  EXPECT_EQ(selected_, 1);
}

TEST_F(Pair, KeepsConsentOverLossAndNoticesACut) {
  loss_percent_ = 10;
  start();
  run(20s);
  EXPECT_EQ(server_.selected(), client_address_);
  run(3600s);
  EXPECT_EQ(expired_ + lost_, 0);
  cut_ = true;
  run(31s);
  EXPECT_EQ(expired_, 1);
  EXPECT_EQ(lost_, 1);
}

TEST_F(Pair, RestartMovesToNewCredentials) {
  start();
  run(1s);
  server_.restart(server_credentials("srv2"));
  server_.set_remote("cli2", now_);
  client_.start("cli2", server_credentials("srv2"), {alive_}, now_);
  run(1s);
  EXPECT_FALSE(server_.accepts_ufrag("srv1"));
  EXPECT_EQ(server_.selected(), client_address_);
  run(300s);
  EXPECT_EQ(expired_ + lost_, 0);
}

TEST_F(Pair, WrongPasswordIsRefused) {
  client_.start("cli1", {"srv1", base::Secret<std::string>("guess")}, {alive_}, now_);
  run(1s);
  EXPECT_EQ(checks_failed_, 1);
  ASSERT_EQ(client_.errors().size(), 1u);
  EXPECT_EQ(client_.errors()[0], 401);
  EXPECT_FALSE(server_.send_path());
}

TEST_F(Pair, GivesUpWhenNobodyAnswers) {
  cut_ = true;
  client_.start("cli1", server_credentials("srv1"), {alive_}, now_);
  run(39s);  // RFC 8489 §6.2.1: 39.5 s after the first of seven sends
  EXPECT_EQ(checks_failed_, 0);
  run(1s);
  EXPECT_EQ(checks_failed_, 1);
  EXPECT_EQ(client_.next_timeout(), base::kNever);
}

}  // namespace
}  // namespace viaduct::ice::testing
