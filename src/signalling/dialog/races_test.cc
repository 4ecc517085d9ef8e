// Calls as they go when messages cross or are lost.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "signalling/dialog/testing/agents_on_a_network.h"

namespace viaduct::dialog {
namespace {

using namespace std::chrono_literals;
using testing::Endpoint;
using testing::Network;
using testing::Packet;

class Races : public ::testing::Test {
 protected:
  Races() {
    net_.join(alice_);
    net_.join(bob_);
  }
  ~Races() override {
    EXPECT_TRUE(net_.run_until_idle()) << alice_.agent.dump() << bob_.agent.dump();
    EXPECT_EQ(alice_.all<Ended>().size(), 1u);
    EXPECT_EQ(bob_.all<Ended>().size(), bob_.all<IncomingCall>().size());
  }
  void call() {
    const auto id = alice_.sessions().invite(alice_.call_to(bob_), net_.now);
    ASSERT_TRUE(id);
    ours_ = *id;
    net_.run_for(2s);
    ASSERT_TRUE(bob_.last<IncomingCall>());
    theirs_ = bob_.last<IncomingCall>()->session;
  }
  void establish() {
    call();
    ASSERT_TRUE(bob_.sessions().answer(theirs_, "v=0\r\n", net_.now));
    net_.run_for(100ms);
    ASSERT_TRUE(alice_.last<Answered>());
    ASSERT_TRUE(bob_.last<Confirmed>());
  }
  // Loses the first `count` packets of that title.
  void lose(std::string title, int count) {
    net_.drop = [title = std::move(title), count](const Packet& packet) mutable {
      return packet.title() == title && count-- > 0;
    };
  }

  Network net_{1};
  Endpoint alice_{"alice", 1, 11, {}};
  Endpoint bob_{"bob", 2, 22, {}};
  SessionId ours_;
  SessionId theirs_;
};

TEST_F(Races, CancelAndAnswerCross) {
  call();
  ASSERT_TRUE(bob_.sessions().answer(theirs_, "v=0\r\n", net_.now));
  ASSERT_TRUE(alice_.sessions().hang_up(ours_, std::nullopt, net_.now));
  net_.run_for(200ms);
  EXPECT_EQ(alice_.last<Ended>()->by, EndedBy::us);
  EXPECT_TRUE(alice_.all<Answered>().empty());
  EXPECT_EQ(net_.sent("200 CANCEL"), 1u);
  EXPECT_EQ(net_.sent("BYE"), 1u);
  EXPECT_EQ(bob_.last<Ended>()->by, EndedBy::bye);
}

TEST_F(Races, CancelBeforeAnyResponse) {
  const auto id = alice_.sessions().invite(alice_.call_to(bob_), net_.now);
  ASSERT_TRUE(alice_.sessions().hang_up(*id, std::nullopt, net_.now));
  net_.run_for(1s);
  EXPECT_EQ(net_.sent("CANCEL"), 0u) << "the 401 ended it first";
  EXPECT_EQ(net_.sent("INVITE"), 1u) << "no credentials for a call nobody wants any more";
}

TEST_F(Races, BothHangUpAtOnce) {
  establish();
  ASSERT_TRUE(alice_.sessions().hang_up(ours_, std::nullopt, net_.now));
  ASSERT_TRUE(bob_.sessions().hang_up(theirs_, std::nullopt, net_.now));
  net_.run_for(200ms);
  EXPECT_EQ(net_.sent("200 BYE"), 2u);
  EXPECT_EQ(alice_.last<Ended>()->by, EndedBy::us);
  EXPECT_EQ(bob_.last<Ended>()->by, EndedBy::us);
}

TEST_F(Races, LostAckIsSentAgainForTheRepeated200) {
  call();
  lose("ACK", 2);
  ASSERT_TRUE(bob_.sessions().answer(theirs_, "v=0\r\n", net_.now));
  net_.run_for(3s);
  EXPECT_EQ(net_.sent("200 INVITE"), 3u);
  EXPECT_EQ(bob_.all<Confirmed>().size(), 1u);
  EXPECT_EQ(alice_.all<Answered>().size(), 1u);
  alice_.sessions().hang_up(ours_, std::nullopt, net_.now);
}

TEST_F(Races, Lost200IsRepeated) {
  call();
  lose("200 INVITE", 2);
  ASSERT_TRUE(bob_.sessions().answer(theirs_, "v=0\r\n", net_.now));
  net_.run_for(3s);
  EXPECT_EQ(alice_.all<Answered>().size(), 1u);
  EXPECT_EQ(bob_.all<Confirmed>().size(), 1u);
  alice_.sessions().hang_up(ours_, std::nullopt, net_.now);
}

TEST_F(Races, AckThatNeverComesEndsTheCallWithBye) {
  call();
  lose("ACK", 1000);
  ASSERT_TRUE(bob_.sessions().answer(theirs_, "v=0\r\n", net_.now));
  net_.run_for(33s);
  EXPECT_EQ(bob_.last<Ended>()->by, EndedBy::lost);
  EXPECT_EQ(alice_.last<Ended>()->by, EndedBy::bye);
}

TEST_F(Races, CalleeHangsUpBeforeTheAck) {
  call();
  lose("ACK", 1);
  ASSERT_TRUE(bob_.sessions().answer(theirs_, "v=0\r\n", net_.now));
  ASSERT_TRUE(bob_.sessions().hang_up(theirs_, std::nullopt, net_.now));
  net_.run_for(300ms);
  EXPECT_EQ(net_.sent("BYE"), 0u) << "not before the ACK (RFC 3261 §15)";
  net_.run_for(1s);
  EXPECT_EQ(net_.sent("BYE"), 1u);
  EXPECT_EQ(alice_.last<Ended>()->by, EndedBy::bye);
}

TEST_F(Races, RepeatedInviteRingsOnce) {
  lose("401 INVITE", 1);
  call();
  EXPECT_EQ(bob_.all<IncomingCall>().size(), 1u);
  lose("180 INVITE", 1);
  ASSERT_TRUE(bob_.sessions().progress(theirs_, 180, std::nullopt, net_.now));
  net_.run_for(100ms);
  alice_.sessions().hang_up(ours_, std::nullopt, net_.now);
  net_.run_for(100ms);
  EXPECT_EQ(bob_.last<Ended>()->by, EndedBy::cancel);
}

TEST_F(Races, LostByeIsRepeated) {
  establish();
  lose("BYE", 3);
  alice_.sessions().hang_up(ours_, std::nullopt, net_.now);
  net_.run_for(10s);
  EXPECT_EQ(bob_.last<Ended>()->by, EndedBy::bye);
  EXPECT_EQ(net_.sent("BYE"), 4u);
}

TEST_F(Races, NobodyThere) {
  net_.drop = [](const Packet&) { return true; };
  ASSERT_TRUE(alice_.sessions().invite(alice_.call_to(bob_), net_.now));
  net_.run_for(33s);
  EXPECT_EQ(alice_.last<Ended>()->by, EndedBy::no_response);
  EXPECT_EQ(alice_.last<Ended>()->status, 408);
}

TEST_F(Races, PeerThatVanishedEndsTheCallAtTheNextRequest) {
  establish();
  net_.drop = [](const Packet&) { return true; };
  ASSERT_TRUE(alice_.sessions().reinvite(ours_, "v=0\r\n", net_.now));
  net_.run_for(33s);
  EXPECT_EQ(alice_.last<ReinviteDone>()->status, 408);
  EXPECT_EQ(alice_.last<Ended>()->by, EndedBy::lost);
  EXPECT_FALSE(bob_.last<Ended>());
  bob_.sessions().hang_up(theirs_, std::nullopt, net_.now);
}

TEST_F(Races, PeerThatForgotTheCallEndsIt) {
  establish();
  lose("BYE", 1000);
  bob_.sessions().hang_up(theirs_, std::nullopt, net_.now);
  net_.run_for(40s);
  net_.drop = nullptr;
  ASSERT_TRUE(alice_.sessions().send_dtmf(ours_, '1', 100ms, net_.now));
  net_.run_for(1s);
  EXPECT_EQ(net_.sent("481 INFO"), 1u);
  EXPECT_EQ(alice_.last<Ended>()->by, EndedBy::lost);
  EXPECT_EQ(alice_.last<Ended>()->status, 481);
}

TEST_F(Races, ReinvitesThatCrossAreBothDoneInTheEnd) {
  establish();
  const auto answer = [this](Endpoint& who) {
    return [this, &who](const Output& event) {
      if (const auto* reinvited = std::get_if<Reinvited>(&event))
        who.sessions().answer_reinvite(reinvited->session, "v=0\r\no=x\r\n", net_.now);
    };
  };
  alice_.owner = answer(alice_);
  bob_.owner = answer(bob_);
  ASSERT_TRUE(alice_.sessions().reinvite(ours_, "v=0\r\n", net_.now));
  ASSERT_TRUE(bob_.sessions().reinvite(theirs_, "v=0\r\n", net_.now));
  net_.run_for(10s);
  EXPECT_EQ(net_.sent("491 INVITE"), 2u);
  ASSERT_TRUE(bob_.last<ReinviteDone>());
  EXPECT_EQ(bob_.last<ReinviteDone>()->status, 200);
  // Alice, who waits longer, was asked first: her own offer is out of date.
  ASSERT_TRUE(alice_.last<ReinviteDone>());
  EXPECT_EQ(alice_.last<ReinviteDone>()->status, 491);
  EXPECT_TRUE(alice_.sessions().reinvite(ours_, "v=0\r\n", net_.now));
  net_.run_for(1s);
  EXPECT_EQ(alice_.last<ReinviteDone>()->status, 200);
  alice_.sessions().hang_up(ours_, std::nullopt, net_.now);
}

TEST_F(Races, ReinviteThatGotOnlyA100DoesNotLastForEver) {
  establish();
  net_.drop = [this](const Packet& packet) {
    return packet.from == bob_.address && packet.title() != "100 INVITE";
  };
  ASSERT_TRUE(alice_.sessions().reinvite(ours_, "v=0\r\n", net_.now));
  net_.run_for(170s);
  EXPECT_FALSE(alice_.last<ReinviteDone>());
  net_.run_for(50s);
  EXPECT_GT(net_.sent("CANCEL"), 0u);
  EXPECT_EQ(alice_.last<ReinviteDone>()->status, 408);
  EXPECT_EQ(alice_.last<Ended>()->by, EndedBy::lost);
}

TEST_F(Races, HangUpAndReinviteCross) {
  establish();
  ASSERT_TRUE(alice_.sessions().reinvite(ours_, "v=0\r\n", net_.now));
  ASSERT_TRUE(bob_.sessions().hang_up(theirs_, std::nullopt, net_.now));
  net_.run_for(1s);
  EXPECT_EQ(alice_.last<Ended>()->by, EndedBy::bye);
  EXPECT_EQ(net_.sent("481 INVITE"), 1u);
}

TEST_F(Races, FlowThatFailsEndsTheAttempt) {
  ASSERT_TRUE(alice_.sessions().invite(alice_.call_to(bob_), net_.now));
  net_.drop = [](const Packet&) { return true; };
  alice_.agent.flow_failed(alice_.flow_to(bob_), net_.now);
  net_.run_for(10ms);
  EXPECT_EQ(alice_.last<Ended>()->by, EndedBy::transport);
}

// Callers and callees that do what they like on networks of every kind: each session ends once and
// nothing is left.
TEST(LossyNetwork, EverythingEndsAndNothingIsLeft) {
  size_t answered = 0;
  for (uint64_t seed = 1; seed <= 80; ++seed) {
    Network net(seed);
    Endpoint a("alice", 1, seed * 3, {});
    Endpoint b("bob", 2, seed * 7, {});
    net.join(a);
    net.join(b);
    base::SeededRng dice(seed);
    net.loss = dice.below(60) / 100.0;
    net.most_delay = std::chrono::milliseconds(10 + dice.below(900));
    std::map<Endpoint*, std::set<SessionId>> live;
    const auto owner = [&](Endpoint& me) {
      return [&](const Output& event) {
        if (const auto* call = std::get_if<IncomingCall>(&event)) {
          live[&me].insert(call->session);
          if (dice.below(4) == 0) me.sessions().progress(call->session, 180, std::nullopt, net.now);
        } else if (const auto* answer = std::get_if<Answered>(&event)) {
          ++answered;
          if (answer->needs_answer && dice.below(8) != 0)
            me.sessions().acknowledge(answer->session, "v=0\r\n");
        } else if (const auto* again = std::get_if<Reinvited>(&event)) {
          if (dice.below(8) != 0) me.sessions().answer_reinvite(again->session, "v=0\r\n", net.now);
        } else if (const auto* ended = std::get_if<Ended>(&event)) {
          EXPECT_EQ(live[&me].erase(ended->session), 1u) << "seed " << seed;
        }
      };
    };
    a.owner = owner(a);
    b.owner = owner(b);
    for (int step = 0; step < 40; ++step) {
      Endpoint& me = dice.below(2) ? a : b;
      Endpoint& other = &me == &a ? b : a;
      auto& mine = live[&me];
      if (mine.empty() || dice.below(6) == 0) {
        const bool offer = dice.below(3) != 0;
        const auto id = me.sessions().invite(
            me.call_to(other, offer ? std::optional<std::string>("v=0\r\n") : std::nullopt),
            net.now);
        ASSERT_TRUE(id);
        mine.insert(*id);
      } else {
        auto it = mine.begin();
        std::advance(it, dice.below(static_cast<uint32_t>(mine.size())));
        const SessionId id = *it;
        switch (dice.below(7)) {
          case 0: me.sessions().hang_up(id, std::nullopt, net.now); break;
          case 1: me.sessions().reject(id, {}, net.now); break;
          case 2: me.sessions().reinvite(id, "v=0\r\n", net.now); break;
          case 3: me.sessions().send_dtmf(id, '5', 100ms, net.now); break;
          default: me.sessions().answer(id, "v=0\r\n", net.now);
        }
      }
      net.run_for(std::chrono::milliseconds(dice.below(4000)));
    }
    for (Endpoint* e : {&a, &b})
      while (!live[e].empty()) {
        e->sessions().hang_up(*live[e].begin(), std::nullopt, net.now);
        net.run_for(1ms);
      }
    ASSERT_TRUE(net.run_until_idle()) << "seed " << seed << "\n"
                                      << a.agent.dump() << b.agent.dump();
    ASSERT_TRUE(live[&a].empty() && live[&b].empty()) << "seed " << seed;
  }
  EXPECT_GT(answered, 80u) << "the scenario should reach calls that are up";
}

}  // namespace
}  // namespace viaduct::dialog
