// Calls as they should go: both sides ours, on a network that loses nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "signalling/dialog/testing/agents_on_a_network.h"

namespace viaduct::dialog {
namespace {

using namespace std::chrono_literals;
using testing::Endpoint;
using testing::Network;
using testing::Packet;

class CallFlows : public ::testing::Test {
 protected:
  CallFlows() {
    net_.join(alice_);
    net_.join(bob_);
  }
  ~CallFlows() override {
    EXPECT_TRUE(net_.run_until_idle()) << alice_.agent.dump() << bob_.agent.dump();
    EXPECT_EQ(alice_.all<Ended>().size(), expected_ends_);
    EXPECT_EQ(bob_.all<Ended>().size(), bob_.all<IncomingCall>().size());
  }
  // From invite() to the ACK.
  void establish() {
    call();
    ASSERT_TRUE(bob_.sessions().answer(theirs_, "v=0\r\no=answer\r\n", net_.now));
    net_.run_for(100ms);
    ASSERT_TRUE(alice_.last<Answered>());
    ASSERT_TRUE(bob_.last<Confirmed>());
  }
  void call(std::optional<std::string> sdp = "v=0\r\no=offer\r\n") {
    const auto id = alice_.sessions().invite(alice_.call_to(bob_, std::move(sdp)), net_.now);
    ASSERT_TRUE(id);
    ours_ = *id;
    net_.run_for(100ms);
    ASSERT_TRUE(bob_.last<IncomingCall>());
    theirs_ = bob_.last<IncomingCall>()->session;
  }

  Network net_{1};
  Endpoint alice_{"alice", 1, 11, {}};
  Endpoint bob_{"bob", 2, 22, {}};
  SessionId ours_;
  SessionId theirs_;
  size_t expected_ends_ = 1;
};

TEST_F(CallFlows, CallIsAnsweredAndHungUpByTheCaller) {
  call();
  const IncomingCall& incoming = *bob_.last<IncomingCall>();
  EXPECT_EQ(incoming.user, "alice@viaduct");
  EXPECT_EQ(incoming.dialled, "bob");
  EXPECT_EQ(incoming.from.user, "alice");
  EXPECT_EQ(incoming.sdp, "v=0\r\no=offer\r\n");
  ASSERT_TRUE(bob_.sessions().progress(theirs_, 180, std::nullopt, net_.now));
  ASSERT_TRUE(bob_.sessions().progress(theirs_, 183, "v=0\r\no=early\r\n", net_.now));
  net_.run_for(100ms);
  ASSERT_EQ(alice_.all<Ringing>().size(), 2u);
  EXPECT_EQ(alice_.all<Ringing>()[0]->status, 180);
  EXPECT_EQ(alice_.all<Ringing>()[1]->sdp, "v=0\r\no=early\r\n");
  ASSERT_TRUE(bob_.sessions().answer(theirs_, "v=0\r\no=answer\r\n", net_.now));
  net_.run_for(100ms);
  EXPECT_EQ(alice_.last<Answered>()->sdp, "v=0\r\no=answer\r\n");
  EXPECT_FALSE(alice_.last<Answered>()->needs_answer);
  EXPECT_FALSE(bob_.last<Confirmed>()->sdp);

  ASSERT_TRUE(alice_.sessions().hang_up(ours_, sip::Reason{"Q.850", 16, "bye"}, net_.now));
  net_.run_for(100ms);
  EXPECT_EQ(alice_.last<Ended>()->by, EndedBy::us);
  EXPECT_EQ(bob_.last<Ended>()->by, EndedBy::bye);
  ASSERT_TRUE(bob_.last<Ended>()->reason);
  EXPECT_EQ(bob_.last<Ended>()->reason->cause, 16);
  EXPECT_FALSE(alice_.sessions().hang_up(ours_, std::nullopt, net_.now));
  EXPECT_EQ(net_.sent("INVITE"), 2u) << "once without, once with credentials";
}

TEST_F(CallFlows, CalleeHangsUp) {
  establish();
  ASSERT_TRUE(bob_.sessions().hang_up(theirs_, std::nullopt, net_.now));
  net_.run_for(100ms);
  EXPECT_EQ(alice_.last<Ended>()->by, EndedBy::bye);
}

TEST_F(CallFlows, CalleeIsBusy) {
  call();
  ASSERT_TRUE(
      bob_.sessions().reject(theirs_, {486, "", sip::Reason{"Q.850", 17, ""}, {}}, net_.now));
  net_.run_for(100ms);
  EXPECT_EQ(alice_.last<Ended>()->by, EndedBy::refused);
  EXPECT_EQ(alice_.last<Ended>()->status, 486);
  EXPECT_EQ(alice_.last<Ended>()->reason->cause, 17);
}

TEST_F(CallFlows, CalleeRedirects) {
  call();
  ASSERT_TRUE(bob_.sessions().reject(
      theirs_, {302, "", std::nullopt, {{"Contact", "<sip:carol@203.0.113.3>"}}}, net_.now));
  net_.run_for(100ms);
  EXPECT_EQ(alice_.last<Ended>()->contacts, std::vector<std::string>{"sip:carol@203.0.113.3"});
}

TEST_F(CallFlows, CallerCancelsWhileRinging) {
  call();
  ASSERT_TRUE(bob_.sessions().progress(theirs_, 180, std::nullopt, net_.now));
  net_.run_for(100ms);
  ASSERT_TRUE(alice_.sessions().hang_up(ours_, sip::Reason{"SIP", 200, "Call completed elsewhere"},
                                        net_.now));
  net_.run_for(100ms);
  EXPECT_EQ(bob_.last<Ended>()->by, EndedBy::cancel);
  EXPECT_EQ(bob_.last<Ended>()->reason->text, "Call completed elsewhere");
  EXPECT_EQ(net_.sent("487 INVITE"), 1u);
  EXPECT_EQ(net_.sent("BYE"), 0u);
  EXPECT_FALSE(bob_.sessions().answer(theirs_, "v=0\r\n", net_.now));
}

TEST_F(CallFlows, OfferMayComeWithThe200) {
  call(std::nullopt);
  EXPECT_FALSE(bob_.last<IncomingCall>()->sdp);
  ASSERT_TRUE(bob_.sessions().answer(theirs_, "v=0\r\no=late-offer\r\n", net_.now));
  net_.run_for(2s);
  EXPECT_GT(net_.sent("200 INVITE"), 1u) << "the ACK waits for the answer";
  ASSERT_EQ(alice_.all<Answered>().size(), 1u);
  EXPECT_TRUE(alice_.last<Answered>()->needs_answer);
  ASSERT_TRUE(alice_.sessions().acknowledge(ours_, "v=0\r\no=late-answer\r\n"));
  net_.run_for(100ms);
  EXPECT_EQ(bob_.last<Confirmed>()->sdp, "v=0\r\no=late-answer\r\n");
  EXPECT_FALSE(alice_.sessions().acknowledge(ours_, ""));
  alice_.sessions().hang_up(ours_, std::nullopt, net_.now);
}

TEST_F(CallFlows, HangUpInsteadOfTheOwedAnswerStillAcknowledges) {
  call(std::nullopt);
  ASSERT_TRUE(bob_.sessions().answer(theirs_, "v=0\r\n", net_.now));
  net_.run_for(100ms);
  alice_.sessions().hang_up(ours_, std::nullopt, net_.now);
  net_.run_for(100ms);
  EXPECT_EQ(net_.sent("ACK"), 2u);  // of the 401 and of the 200
  EXPECT_EQ(bob_.last<Ended>()->by, EndedBy::bye);
}

TEST_F(CallFlows, ReinviteChangesTheSession) {
  establish();
  ASSERT_TRUE(bob_.sessions().reinvite(theirs_, "v=0\r\no=hold\r\n", net_.now));
  EXPECT_FALSE(bob_.sessions().reinvite(theirs_, "v=0\r\n", net_.now));
  net_.run_for(100ms);
  ASSERT_TRUE(alice_.last<Reinvited>());
  EXPECT_EQ(alice_.last<Reinvited>()->sdp, "v=0\r\no=hold\r\n");
  ASSERT_TRUE(alice_.sessions().answer_reinvite(ours_, "v=0\r\no=held\r\n", net_.now));
  net_.run_for(100ms);
  EXPECT_EQ(bob_.last<ReinviteDone>()->status, 200);
  EXPECT_EQ(bob_.last<ReinviteDone>()->sdp, "v=0\r\no=held\r\n");

  ASSERT_TRUE(alice_.sessions().reinvite(ours_, std::nullopt, net_.now));
  net_.run_for(100ms);
  ASSERT_TRUE(bob_.sessions().answer_reinvite(theirs_, "v=0\r\no=offer2\r\n", net_.now));
  net_.run_for(100ms);
  ASSERT_TRUE(alice_.last<ReinviteDone>()->needs_answer);
  ASSERT_TRUE(alice_.sessions().acknowledge(ours_, "v=0\r\no=answer2\r\n"));
  net_.run_for(100ms);
  EXPECT_EQ(bob_.last<ReinviteConfirmed>()->sdp, "v=0\r\no=answer2\r\n");
  alice_.sessions().hang_up(ours_, std::nullopt, net_.now);
}

TEST_F(CallFlows, RefusedOrForgottenReinviteLeavesTheCallUp) {
  establish();
  ASSERT_TRUE(alice_.sessions().reinvite(ours_, "v=0\r\n", net_.now));
  net_.run_for(100ms);
  ASSERT_TRUE(bob_.sessions().reject_reinvite(theirs_, 488, net_.now));
  net_.run_for(100ms);
  EXPECT_EQ(alice_.last<ReinviteDone>()->status, 488);
  ASSERT_TRUE(alice_.sessions().reinvite(ours_, "v=0\r\n", net_.now));
  net_.run_for(15s);
  EXPECT_EQ(alice_.all<ReinviteDone>().size(), 2u);
  EXPECT_TRUE(alice_.all<Ended>().empty());
  EXPECT_TRUE(bob_.all<Ended>().empty());
  alice_.sessions().hang_up(ours_, std::nullopt, net_.now);
}

TEST_F(CallFlows, DtmfGoesByInfoBothWays) {
  establish();
  ASSERT_TRUE(alice_.sessions().send_dtmf(ours_, '#', 200ms, net_.now));
  ASSERT_TRUE(bob_.sessions().send_info(theirs_, "application/dtmf", "7", net_.now));
  EXPECT_FALSE(alice_.sessions().send_dtmf(ours_, 'x', 200ms, net_.now));
  net_.run_for(100ms);
  ASSERT_TRUE(bob_.last<DtmfReceived>());
  EXPECT_EQ(bob_.last<DtmfReceived>()->digit, '#');
  EXPECT_EQ(bob_.last<DtmfReceived>()->duration, 200ms);
  ASSERT_TRUE(alice_.last<DtmfReceived>());
  EXPECT_EQ(alice_.last<DtmfReceived>()->digit, '7');
  ASSERT_TRUE(alice_.sessions().send_info(ours_, "text/plain", "hello", net_.now));
  net_.run_for(100ms);
  EXPECT_EQ(net_.sent("415 INFO"), 1u);
  alice_.sessions().hang_up(ours_, std::nullopt, net_.now);
}

TEST_F(CallFlows, LongRingingIsRepeatedEachMinuteAndThenGivenUp) {
  call();
  ASSERT_TRUE(bob_.sessions().progress(theirs_, 180, std::nullopt, net_.now));
  net_.run_for(190s);
  EXPECT_EQ(net_.sent("180 INVITE"), 3u);
  EXPECT_EQ(alice_.last<Ended>()->by, EndedBy::no_response);
  EXPECT_EQ(bob_.last<Ended>()->by, EndedBy::cancel);
}

TEST_F(CallFlows, CallNobodyAnswersIsRefusedAtLast) {
  net_.drop = [](const Packet& packet) { return packet.title() == "CANCEL"; };
  call();
  net_.run_for(250s);
  EXPECT_EQ(bob_.last<Ended>()->by, EndedBy::not_answered);
  EXPECT_EQ(net_.sent("480 INVITE"), 1u);
}

TEST_F(CallFlows, WrongPasswordNeverRings) {
  Invite call = alice_.call_to(bob_);
  call.credentials = sip::DigestClient("alice", sip::DigestSecret::from_password("guess"));
  ASSERT_TRUE(alice_.sessions().invite(std::move(call), net_.now));
  net_.run_for(1s);
  EXPECT_EQ(alice_.last<Ended>()->status, 401);
  EXPECT_TRUE(bob_.all<IncomingCall>().empty());
  EXPECT_EQ(bob_.agent.counts().sessions, 0u);
  EXPECT_EQ(bob_.agent.counts().rejected_credentials, 1u);
}

TEST_F(CallFlows, UnusableCommandsAreErrors) {
  expected_ends_ = 0;
  Invite call = alice_.call_to(bob_);
  call.target = "not a uri";
  EXPECT_FALSE(alice_.sessions().invite(call, net_.now));
  call = alice_.call_to(bob_);
  call.headers.push_back({"X-Bad", "a\r\nInjected: yes"});
  EXPECT_FALSE(alice_.sessions().invite(call, net_.now));
  call = alice_.call_to(bob_);
  call.flow.listener = 7;
  EXPECT_FALSE(alice_.sessions().invite(call, net_.now));
  EXPECT_FALSE(alice_.sessions().answer({}, "v=0\r\n", net_.now));
}

}  // namespace
}  // namespace viaduct::dialog
