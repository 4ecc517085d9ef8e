#include "transport/ice/agent.h"

#include <gtest/gtest.h>

#include "transport/stun/builder.h"

namespace viaduct::ice {
namespace {

using namespace std::chrono_literals;
using base::SocketAddress;
using base::TimePoint;

constexpr TimePoint kStart{1000s};

struct Sent {
  Path to;
  std::vector<uint8_t> packet;
};
struct RecordingSink : Sink {
  void send(const Path& to, std::span<const uint8_t> packet) override {
    sent.push_back({to, {packet.begin(), packet.end()}});
  }
  std::vector<Sent> sent;
};

struct Check {
  std::string username = "srvU:cliU";
  std::string password = "server-password-of-22ch";
  uint32_t priority = 100;
  bool use_candidate = false;
  bool controlled = false;
  bool integrity = true;
  std::optional<uint16_t> unknown = {};
  bool with_username = true;
};

std::vector<uint8_t> build(const Check& check) {
  std::array<uint8_t, 512> buffer;
  stun::MessageBuilder builder(buffer, stun::Class::request, stun::kBinding,
                               {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  if (check.with_username) builder.username(check.username);
  if (check.priority) builder.priority(check.priority);
  if (check.use_candidate) builder.use_candidate();
  if (check.controlled) builder.ice_controlled(5);
  else builder.ice_controlling(5);
  if (check.unknown) builder.attribute(*check.unknown, {});
  if (check.integrity) builder.integrity(check.password);
  builder.fingerprint();
  const auto packet = builder.finish().value();
  return {packet.begin(), packet.end()};
}

class Agent : public ::testing::Test {
 protected:
  // The reply, if any.
  std::optional<Sent> receive(const Check& check, const Path& from) {
    return receive(build(check), from);
  }
  std::optional<Sent> receive(std::span<const uint8_t> packet, const Path& from) {
    RecordingSink sink;
    agent.receive(packet, from, now, sink);
    EXPECT_LE(sink.sent.size(), 1u);
    if (sink.sent.empty()) return std::nullopt;
    return sink.sent.front();
  }
  static uint16_t error_of(const std::optional<Sent>& reply) {
    if (!reply) return 0;
    const auto message = stun::Message::parse(reply->packet);
    return message && message->error ? message->error->code : uint16_t{0};
  }
  void pass(base::Duration time) {
    const TimePoint end = now + time;
    while (agent.next_timeout() <= end) {
      now = agent.next_timeout();
      agent.handle_timeout(now);
      ASSERT_GT(agent.next_timeout(), now);
    }
    now = end;
  }
  template <class T>
  bool next_is() {
    const auto event = agent.poll();
    return event && std::holds_alternative<T>(*event);
  }

  const SocketAddress wifi = SocketAddress::parse("192.0.2.1:5000").value();
  const SocketAddress mobile = SocketAddress::parse("[2001:db8::1]:6000").value();
  const SocketAddress other = SocketAddress::parse("198.51.100.9:7000").value();
  const Check plain{};
  const Check nominating{.use_candidate = true};
  TimePoint now = kStart;
  AgentOptions options{.max_pairs = 4};
  LiteAgent agent{{"srvU", base::Secret<std::string>("server-password-of-22ch")}, options};
};

TEST_F(Agent, AnswersAValidCheckWithTheAddressItSaw) {
  const auto reply = receive(plain, mobile);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->to, mobile);
  const auto message = stun::Message::parse(reply->packet).value();
  EXPECT_EQ(message.message_class, stun::Class::success);
  EXPECT_EQ(message.xor_mapped_address, mobile);
  EXPECT_EQ(message.transaction[11], 12);
  EXPECT_TRUE(message.integrity_matches("server-password-of-22ch"));
  EXPECT_TRUE(message.has_fingerprint);
  EXPECT_TRUE(agent.is_validated(mobile));
  EXPECT_FALSE(agent.is_validated(wifi));
  EXPECT_FALSE(agent.selected());
  EXPECT_EQ(agent.send_path(), mobile);
}

TEST_F(Agent, WrongPasswordGets401AndTeachesNothing) {
  const auto reply = receive(Check{.password = "guess", .use_candidate = true}, wifi);
  EXPECT_EQ(error_of(reply), 401);
  EXPECT_FALSE(stun::Message::parse(reply->packet)->has_integrity);
  EXPECT_FALSE(agent.is_validated(wifi));
  EXPECT_FALSE(agent.send_path());
  EXPECT_EQ(agent.stats().unauthenticated, 1u);
}

TEST_F(Agent, UnknownUfragGets401) {
  EXPECT_EQ(error_of(receive(Check{.username = "else:cliU"}, wifi)), 401);
  EXPECT_TRUE(agent.accepts_ufrag("srvU"));
  EXPECT_FALSE(agent.accepts_ufrag("else"));
}

TEST_F(Agent, WithoutIntegrityOrUsername400) {
  EXPECT_EQ(error_of(receive(Check{.integrity = false}, wifi)), 400);
  EXPECT_EQ(error_of(receive(Check{.with_username = false}, wifi)), 400);
  EXPECT_EQ(error_of(receive(Check{.username = "nocolon"}, wifi)), 400);
  EXPECT_FALSE(agent.is_validated(wifi));
}

TEST_F(Agent, NeverAnswersAnUnauthenticatedRequestWithMore) {
  std::array<uint8_t, 64> buffer;
  stun::MessageBuilder builder(buffer, stun::Class::request, stun::kBinding, {});
  EXPECT_FALSE(receive(builder.finish().value(), wifi));
  EXPECT_EQ(agent.stats().unauthenticated, 1u);
}

TEST_F(Agent, AnotherRemoteUfragIsRefusedOnceThePeerIsKnown) {
  EXPECT_EQ(error_of(receive(Check{.username = "srvU:fork", .use_candidate = true}, other)), 0);
  EXPECT_EQ(agent.selected(), other);
  agent.set_remote("cliU", now);
  EXPECT_FALSE(agent.selected());
  EXPECT_FALSE(agent.is_validated(other));
  EXPECT_EQ(error_of(receive(Check{.username = "srvU:fork"}, other)), 401);
  receive(nominating, wifi);
  EXPECT_EQ(agent.selected(), wifi);
}

TEST_F(Agent, UnknownAttributeGets420WithItsType) {
  const auto reply = receive(Check{.use_candidate = true, .unknown = 0x7abc}, wifi);
  EXPECT_EQ(error_of(reply), 420);
  const auto message = stun::Message::parse(reply->packet).value();
  ASSERT_EQ(message.unknown_attributes.types().size(), 1u);
  EXPECT_EQ(message.unknown_attributes.types()[0], 0x7abc);
  EXPECT_TRUE(message.integrity_matches("server-password-of-22ch"));
  EXPECT_FALSE(agent.selected());
}

TEST_F(Agent, PeerThatSaysControlledGets487) {
  const auto reply = receive(Check{.use_candidate = true, .controlled = true}, wifi);
  EXPECT_EQ(error_of(reply), 487);
  EXPECT_TRUE(stun::Message::parse(reply->packet)->integrity_matches("server-password-of-22ch"));
  EXPECT_FALSE(agent.selected());
}

TEST_F(Agent, RegularNominationSelects) {
  receive(plain, wifi);
  receive(plain, mobile);
  EXPECT_FALSE(agent.poll());
  receive(nominating, mobile);
  const auto event = agent.poll();
  ASSERT_TRUE(event);
  EXPECT_EQ(std::get<PairSelected>(*event).path, mobile);
  receive(nominating, mobile);
  EXPECT_FALSE(agent.poll());
  EXPECT_EQ(agent.send_path(), mobile);
}

TEST_F(Agent, AggressiveNominationSettlesOnTheHighestPriority) {
  receive(Check{.priority = 10, .use_candidate = true}, wifi);
  receive(Check{.priority = 30, .use_candidate = true}, mobile);
  receive(Check{.priority = 20, .use_candidate = true}, other);
  EXPECT_EQ(agent.selected(), mobile);
}

TEST_F(Agent, LaterNominationWinsSoThatAPeerCanMove) {
  receive(Check{.priority = 30, .use_candidate = true}, wifi);
  pass(3s);
  receive(Check{.priority = 10, .use_candidate = true}, mobile);
  EXPECT_EQ(agent.selected(), mobile);
}

TEST_F(Agent, CheckWithoutPriorityKeepsWhatItWas) {
  receive(Check{.priority = 30, .use_candidate = true}, wifi);
  receive(Check{.priority = 0, .use_candidate = true}, wifi);
  receive(Check{.priority = 10, .use_candidate = true}, mobile);
  EXPECT_EQ(agent.selected(), wifi);
}

TEST_F(Agent, NoCheckInTimeFails) {
  EXPECT_EQ(agent.next_timeout(), base::kNever);  // while it rings nothing runs
  agent.set_remote("cliU", now);
  pass(29999ms);
  EXPECT_FALSE(agent.poll());
  pass(1ms);
  EXPECT_TRUE(next_is<CheckTimeout>());
  EXPECT_TRUE(agent.failed());
  EXPECT_FALSE(receive(plain, wifi));
  EXPECT_EQ(agent.stats().late, 1u);
  EXPECT_EQ(agent.next_timeout(), base::kNever);
}

TEST_F(Agent, ConsentIsKeptByChecksAndLostWithoutThem) {
  agent.set_remote("cliU", now);
  receive(nominating, wifi);
  EXPECT_TRUE(next_is<PairSelected>());
  for (int i = 0; i < 20; ++i) {
    pass(5s);
    receive(plain, wifi);
  }
  EXPECT_FALSE(agent.poll());
  receive(Check{.password = "guess"}, wifi);
  pass(29s);
  receive(Check{.password = "guess"}, wifi);
  EXPECT_TRUE(agent.is_validated(wifi));
  pass(1s);
  EXPECT_TRUE(next_is<ConsentLost>());
  EXPECT_FALSE(agent.is_validated(wifi));
  EXPECT_FALSE(agent.send_path());
  EXPECT_FALSE(receive(nominating, wifi));
}

TEST_F(Agent, AnotherNominatedPairTakesOverWhenTheSelectedDies) {
  receive(Check{.priority = 30, .use_candidate = true}, wifi);
  receive(Check{.priority = 10, .use_candidate = true}, mobile);
  EXPECT_EQ(agent.selected(), wifi);
  EXPECT_TRUE(next_is<PairSelected>());
  pass(20s);
  receive(plain, mobile);
  pass(10s);
  EXPECT_EQ(agent.selected(), mobile);
  EXPECT_TRUE(next_is<PairSelected>());
  EXPECT_FALSE(agent.is_validated(wifi));
}

TEST_F(Agent, PairNeverNominatedDoesNotTakeOver) {
  receive(nominating, wifi);
  agent.poll();
  pass(20s);
  receive(plain, mobile);
  pass(10s);
  EXPECT_TRUE(next_is<ConsentLost>());
}

TEST_F(Agent, PairsAreBoundedAndTheSelectedStays) {
  receive(nominating, wifi);
  for (uint16_t port = 1; port <= 100; ++port) {
    pass(1ms);
    SocketAddress from = other;
    from.port = port;
    receive(plain, from);
  }
  EXPECT_EQ(agent.selected(), wifi);
  EXPECT_TRUE(agent.is_validated(wifi));
  EXPECT_EQ(agent.stats().pairs_evicted, 97u);
  SocketAddress last = other;
  last.port = 100;
  EXPECT_TRUE(agent.is_validated(last));
  last.port = 97;
  EXPECT_FALSE(agent.is_validated(last));
}

class TcpPaths : public Agent {
 protected:
  const Path udp{wifi};
  const Path first{wifi, 1};
  const Path second{wifi, 2};
};

TEST_F(TcpPaths, OfOneAddressAreNotTheUdpPath) {
  const auto reply = receive(plain, first);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->to, first);
  EXPECT_TRUE(agent.is_validated(first));
  EXPECT_FALSE(agent.is_validated(udp));
  EXPECT_FALSE(agent.is_validated(second));
}

TEST_F(TcpPaths, NominationMovesBetweenUdpAndTcp) {
  receive(nominating, udp);
  pass(2s);
  receive(Check{.priority = 50, .use_candidate = true}, first);
  EXPECT_EQ(agent.selected(), first);
  pass(2s);
  receive(nominating, udp);
  EXPECT_EQ(agent.selected(), udp);
}

TEST_F(TcpPaths, ALostConnectionGivesWayToTheNominatedOther) {
  receive(Check{.priority = 50, .use_candidate = true}, udp);
  pass(2s);
  receive(nominating, first);
  receive(plain, second);
  EXPECT_EQ(agent.selected(), first);
  agent.path_lost(first);
  EXPECT_FALSE(agent.is_validated(first));
  EXPECT_EQ(agent.selected(), udp);
}

TEST_F(TcpPaths, AfterALostConnectionThePeerMayConnectAgain) {
  receive(nominating, first);
  EXPECT_TRUE(next_is<PairSelected>());
  agent.path_lost(first);
  EXPECT_FALSE(agent.send_path());
  pass(10s);
  EXPECT_FALSE(agent.poll());
  receive(nominating, second);
  EXPECT_EQ(agent.send_path(), second);
  pass(25s);
  receive(plain, second);
  EXPECT_FALSE(agent.failed());
}

TEST_F(TcpPaths, WhenNobodyConnectsAgainConsentEnds) {
  receive(nominating, first);
  EXPECT_TRUE(next_is<PairSelected>());
  pass(10s);
  agent.path_lost(first);
  pass(19s);
  EXPECT_FALSE(agent.poll());
  pass(1s);
  EXPECT_TRUE(next_is<ConsentLost>());
}

class Restart : public Agent {
 protected:
  void SetUp() override {
    agent.set_remote("cliU", now);
    receive(nominating, wifi);
    agent.poll();
  }
  void restart() {
    agent.restart({"newS", base::Secret<std::string>("new-server-password-22")});
    agent.set_remote("newC", now);
  }
  const Check new_plain{.username = "newS:newC", .password = "new-server-password-22"};
  const Check new_nominating{
      .username = "newS:newC", .password = "new-server-password-22", .use_candidate = true};
};

TEST_F(Restart, OldPairLivesUntilANewOneIsNominated) {
  restart();
  EXPECT_EQ(agent.selected(), wifi);
  EXPECT_TRUE(agent.accepts_ufrag("srvU"));
  EXPECT_TRUE(agent.accepts_ufrag("newS"));
  EXPECT_EQ(error_of(receive(plain, wifi)), 0);
  receive(new_plain, mobile);
  EXPECT_EQ(agent.selected(), wifi);
  receive(new_nominating, mobile);
  EXPECT_EQ(agent.selected(), mobile);
  EXPECT_TRUE(next_is<PairSelected>());
  EXPECT_FALSE(agent.is_validated(wifi));
  EXPECT_FALSE(agent.accepts_ufrag("srvU"));
  EXPECT_EQ(error_of(receive(plain, wifi)), 401);
}

TEST_F(Restart, OnTheSameAddress) {
  restart();
  receive(new_plain, wifi);
  receive(nominating, wifi);  // under the old credentials: says nothing about the new
  EXPECT_TRUE(agent.accepts_ufrag("srvU"));
  receive(new_nominating, wifi);
  EXPECT_EQ(agent.selected(), wifi);
  EXPECT_FALSE(agent.accepts_ufrag("srvU"));
  EXPECT_FALSE(agent.poll());
}

TEST_F(Restart, OldCredentialsDoNotMixWithNew) {
  restart();
  EXPECT_EQ(
      error_of(receive(Check{.username = "srvU:cliU", .password = "new-server-password-22"}, wifi)),
      401);
  EXPECT_EQ(error_of(receive(Check{.username = "srvU:newC"}, wifi)), 401);
}

TEST_F(Restart, OldPairMayDieWhileTheNewChecksAreAwaited) {
  pass(25s);
  restart();
  pass(10s);
  EXPECT_FALSE(agent.poll());
  EXPECT_FALSE(agent.send_path());
  receive(new_nominating, mobile);
  EXPECT_EQ(agent.selected(), mobile);
  EXPECT_FALSE(agent.failed());
}

TEST_F(Restart, NobodyFollowsAndTheOldPairStays) {
  restart();
  for (int i = 0; i < 10; ++i) {
    pass(10s);
    receive(plain, wifi);
  }
  EXPECT_FALSE(agent.poll());
  EXPECT_EQ(agent.selected(), wifi);
  pass(30s);
  EXPECT_TRUE(next_is<ConsentLost>());
}

TEST_F(Restart, BringsAFailedAgentBack) {
  pass(30s);
  EXPECT_TRUE(next_is<ConsentLost>());
  restart();
  EXPECT_FALSE(agent.accepts_ufrag("srvU"));
  receive(new_nominating, wifi);
  EXPECT_EQ(agent.selected(), wifi);
}

TEST_F(Restart, TwiceKeepsTheOldestUntilNominated) {
  restart();
  receive(new_plain, mobile);
  agent.restart({"3rdS", base::Secret<std::string>("third-server-password-")});
  agent.set_remote("3rdC", now);
  EXPECT_TRUE(agent.accepts_ufrag("srvU"));
  EXPECT_FALSE(agent.accepts_ufrag("newS"));
  EXPECT_FALSE(agent.is_validated(mobile));
  EXPECT_EQ(agent.selected(), wifi);
}

TEST_F(Agent, JunkIsCountedAndUnanswered) {
  EXPECT_FALSE(receive(std::vector<uint8_t>{0, 1, 2}, wifi));
  EXPECT_FALSE(receive(std::vector<uint8_t>(200, 0x80), wifi));
  EXPECT_EQ(agent.stats().malformed, 2u);
}

TEST_F(Agent, IndicationsAndResponsesAreUnanswered) {
  for (const auto message_class :
       {stun::Class::indication, stun::Class::success, stun::Class::error}) {
    std::array<uint8_t, 256> buffer;
    stun::MessageBuilder builder(buffer, message_class, stun::kBinding, {});
    builder.username("srvU:cliU");
    builder.use_candidate();
    builder.integrity("server-password-of-22ch");
    EXPECT_FALSE(receive(builder.finish().value(), wifi));
  }
  EXPECT_FALSE(agent.is_validated(wifi));
}

TEST_F(Agent, DumpShowsNoSecretAndNoAddress) {
  receive(nominating, wifi);
  EXPECT_NE(agent.dump().find("ufrag=srvU"), std::string::npos);
  EXPECT_EQ(agent.dump().find("server-password"), std::string::npos);
  EXPECT_EQ(agent.dump().find("192.0.2"), std::string::npos);
}

}  // namespace
}  // namespace viaduct::ice
