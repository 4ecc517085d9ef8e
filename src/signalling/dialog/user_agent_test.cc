// The user agent against literal messages: what it serves, refuses and ignores.

#include "signalling/dialog/user_agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "signalling/dialog/testing/raw_peer.h"

namespace viaduct::dialog {
namespace {

using namespace std::chrono_literals;
using sip::HeaderName;
using sip::Message;
using sip::Method;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::RawPeer;

TEST(UserAgent, OptionsNeedNoPassword) {
  RawPeer peer;
  Message options = peer.make(Method::options, "sip:198.51.100.1");
  options.set(HeaderName::max_forwards, "0");
  EXPECT_EQ(peer.request(options), 200);
  EXPECT_EQ(peer.last().value(HeaderName::allow), kAllow);
  EXPECT_FALSE(peer.last().to()->tag().empty());
}

TEST(UserAgent, EverythingElseIsChallengedAndLeavesNothingBehind) {
  RawPeer peer;
  for (const Method method :
       {Method::invite, Method::register_, Method::message, Method::subscribe, Method::bye}) {
    Message request = peer.make(method, "sip:198.51.100.1");
    request.add(HeaderName::contact, "<sip:alice@192.0.2.5>");
    peer.send(peer.with_via(request).str());
    EXPECT_EQ(peer.last().status(), 401) << sip::method_name(method);
  }
  EXPECT_TRUE(peer.events.empty());
  EXPECT_EQ(peer.agent.counts().sessions, 0u);
  EXPECT_EQ(peer.agent.counts().challenges, 5u);
}

TEST(UserAgent, UnknownUserAndWrongPasswordLookAlike) {
  const auto refused = [](std::string user, std::string password) {
    RawPeer peer;
    Message invite = peer.make(Method::invite, "sip:9196@198.51.100.1");
    invite.add(HeaderName::contact, "<sip:alice@192.0.2.5>");
    peer.send(peer.with_via(invite).str());
    sip::DigestClient client(user, sip::DigestSecret::from_password(password));
    EXPECT_TRUE(client.take_challenge(peer.last(), false));
    EXPECT_TRUE(client.authorize(invite, peer.rng));
    invite.set(HeaderName::cseq, "9 INVITE");
    peer.send(peer.with_via(invite).str());
    return peer.last().str();
  };
  EXPECT_THAT(refused("alice", "guess"), HasSubstr("SIP/2.0 401 "));
  EXPECT_EQ(refused("alice", "guess"), refused("nobody", "guess"));
}

TEST(UserAgent, UnservedMethodsAre405AfterThePassword) {
  RawPeer peer;
  EXPECT_EQ(peer.request(peer.make(Method::message, "sip:bob@198.51.100.1")), 405);
  EXPECT_TRUE(peer.last().has(HeaderName::allow));
  Message unknown = peer.make(Method::options, "sip:bob@198.51.100.1");
  std::string text = peer.with_via(unknown).str();
  text.replace(text.find("OPTIONS"), 7, "DANCE");
  text.replace(text.find("OPTIONS"), 7, "DANCE");
  peer.send(text);
  EXPECT_EQ(peer.last().status(), 401);
}

TEST(UserAgent, RequiredExtensionsAreNamedAsUnsupported) {
  RawPeer peer;
  EXPECT_FALSE(peer.ring({{"Require", "100rel"}}));
  EXPECT_EQ(peer.last().status(), 420);
  EXPECT_EQ(peer.last().value(HeaderName::unsupported), "100rel");
}

TEST(UserAgent, LoopsAndMergedRequestsAreRefused) {
  RawPeer peer;
  Message loop = peer.make(Method::invite, "sip:9196@198.51.100.1");
  loop.set(HeaderName::max_forwards, "0");
  peer.send(peer.with_via(loop).str());
  EXPECT_EQ(peer.last().status(), 483);
  Message invite = peer.make(Method::invite, "sip:9196@198.51.100.1");
  peer.send(peer.with_via(invite).str());
  EXPECT_EQ(peer.last().status(), 401);
  peer.send(peer.with_via(invite).str());
  EXPECT_EQ(peer.last().status(), 482);
}

TEST(UserAgent, BrokenMessagesAreAnsweredOrDropped) {
  RawPeer peer;
  peer.send("\r\n\r\n");
  peer.send("GARBAGE");
  EXPECT_TRUE(peer.sent.empty());
  std::string text = peer.with_via(peer.make(Method::options, "sip:198.51.100.1")).str();
  text.replace(text.find(" SIP/2.0\r\n"), 8, " SIP/3.0");
  peer.send(text);
  ASSERT_FALSE(peer.sent.empty());
  EXPECT_EQ(peer.last().status(), 505);
  EXPECT_EQ(peer.agent.counts().parse_errors, 2u);
  EXPECT_TRUE(peer.agent.counts().idle());
}

TEST(UserAgent, InviteWithoutContactOrWithAnotherBodyIsRefused) {
  RawPeer peer;
  Message invite = peer.make(Method::invite, "sip:9196@198.51.100.1");
  EXPECT_EQ(peer.request(invite), 400);
  peer.call_id = "call-2";
  invite = peer.make(Method::invite, "sip:9196@198.51.100.1");
  invite.add(HeaderName::contact, "<sip:alice@192.0.2.5>");
  invite.set_body("text/plain", "hello");
  EXPECT_EQ(peer.request(invite), 415);
  EXPECT_EQ(peer.last().value(HeaderName::accept), "application/sdp");
  EXPECT_EQ(peer.agent.counts().sessions, 0u);
}

TEST(UserAgent, SessionsAreBounded) {
  UserAgentOptions options;
  options.max_sessions = 1;
  RawPeer peer(options);
  ASSERT_TRUE(peer.ring());
  peer.call_id = "call-2";
  peer.ring();
  EXPECT_EQ(peer.last().status(), 503);
  EXPECT_TRUE(peer.last().has(HeaderName::retry_after));
  EXPECT_EQ(peer.agent.counts().sessions, 1u);
}

TEST(UserAgent, RequestsToUnknownDialogsAre481) {
  RawPeer peer;
  for (const Method method : {Method::bye, Method::invite, Method::info, Method::options}) {
    EXPECT_EQ(peer.request(peer.make(method, "sip:198.51.100.1", "gone")), 481);
  }
  const size_t sent = peer.sent.size();
  peer.send(peer.with_via(peer.make(Method::ack, "sip:198.51.100.1", "gone")).str());
  EXPECT_EQ(peer.sent.size(), sent) << "an ACK is never answered";
  EXPECT_EQ(peer.request(peer.make(Method::cancel, "sip:198.51.100.1")), 481);
}

// A call that is up, from the raw peer to the agent.
class UpCall : public ::testing::Test {
 protected:
  void SetUp() override {
    const IncomingCall* call = peer_.ring({{"Record-Route", "<sip:192.0.2.9;lr>"}});
    ASSERT_TRUE(call);
    session_ = call->session;
    ASSERT_TRUE(peer_.agent.sessions().answer(session_, "v=0\r\n", peer_.now));
    peer_.drain();
    ASSERT_EQ(peer_.last().status(), 200);
    EXPECT_EQ(peer_.last().value(HeaderName::record_route), "<sip:192.0.2.9;lr>");
    EXPECT_EQ(peer_.last().value(HeaderName::contact), "<sip:9196@198.51.100.1:5060>");
    tag_ = peer_.last().to()->tag();
    invite_cseq_ = peer_.cseq;
    Message ack = in_dialog(Method::ack);
    ack.set(HeaderName::cseq, sip::CSeq::of(invite_cseq_, Method::ack).str());
    peer_.send(peer_.with_via(ack).str());
    ASSERT_TRUE(peer_.event<Confirmed>());
  }
  Message in_dialog(Method method) {
    return peer_.make(method, "sip:9196@198.51.100.1:5060", tag_);
  }
  void TearDown() override {
    peer_.agent.sessions().hang_up(session_, std::nullopt, peer_.now);
    peer_.run_for(100s);
    EXPECT_TRUE(peer_.agent.counts().idle()) << peer_.agent.dump();
  }

  RawPeer peer_;
  SessionId session_;
  std::string tag_;
  uint32_t invite_cseq_ = 0;
};

TEST_F(UpCall, RequestsOutOfOrderAre500) {
  Message late = in_dialog(Method::info);
  late.set(HeaderName::cseq, "1 INFO");
  EXPECT_EQ(peer_.request(late), 500);
  EXPECT_EQ(peer_.request(in_dialog(Method::info)), 200);
}

TEST_F(UpCall, OtherMethodsAre405AndExtensions420) {
  EXPECT_EQ(peer_.request(in_dialog(Method::update)), 405);
  EXPECT_EQ(peer_.request(in_dialog(Method::prack)), 405);
  EXPECT_EQ(peer_.request(in_dialog(Method::options)), 200);
  Message invite = in_dialog(Method::invite);
  invite.add(HeaderName::require, "timer");
  EXPECT_EQ(peer_.request(invite), 420);
}

TEST_F(UpCall, OverlappingReinviteIs500WithRetryAfter) {
  Message first = in_dialog(Method::invite);
  first.set_body("application/sdp", "v=0\r\n");
  peer_.send(peer_.with_via(first).str());
  ASSERT_TRUE(peer_.event<Reinvited>());
  EXPECT_EQ(peer_.request(in_dialog(Method::invite)), 500);
  EXPECT_TRUE(peer_.last().has(HeaderName::retry_after));
  EXPECT_FALSE(peer_.agent.sessions().reinvite(session_, "v=0\r\n", peer_.now));
}

TEST_F(UpCall, ByeEndsAPendingReinviteToo) {
  peer_.send(peer_.with_via(in_dialog(Method::invite)).str());
  ASSERT_TRUE(peer_.event<Reinvited>());
  const size_t before = peer_.sent.size();
  peer_.request(in_dialog(Method::bye));
  std::vector<uint16_t> statuses;
  for (size_t i = before; i < peer_.sent.size(); ++i) statuses.push_back(peer_.sent[i].status());
  EXPECT_THAT(statuses, ::testing::UnorderedElementsAre(200, 487));
  EXPECT_EQ(peer_.event<Ended>()->by, EndedBy::bye);
}

TEST_F(UpCall, OurRequestsFollowTheRouteAndTheNewestContact) {
  Message reinvite = in_dialog(Method::invite);
  reinvite.add(HeaderName::contact, "<sip:alice@192.0.2.77:5070>");
  peer_.send(peer_.with_via(reinvite).str());
  ASSERT_TRUE(peer_.agent.sessions().answer_reinvite(session_, "v=0\r\n", peer_.now));
  peer_.drain();
  Message ack = in_dialog(Method::ack);
  ack.set(HeaderName::cseq, sip::CSeq::of(peer_.cseq - 1, Method::ack).str());
  peer_.send(peer_.with_via(ack).str());
  ASSERT_TRUE(peer_.agent.sessions().send_dtmf(session_, '5', 160ms, peer_.now));
  peer_.drain();
  EXPECT_TRUE(peer_.last().is(Method::info));
  EXPECT_EQ(peer_.last().request_uri_text(), "sip:alice@192.0.2.77:5070");
  EXPECT_EQ(peer_.last().value(HeaderName::route), "<sip:192.0.2.9;lr>");
  EXPECT_EQ(peer_.sent_to.back().remote.str(), "192.0.2.9:5060");
  EXPECT_EQ(peer_.last().body(), "Signal=5\r\nDuration=160\r\n");
  peer_.respond(200, "");
}

// Calls of the agent toward the raw peer.
class OutgoingCall : public ::testing::Test {
 protected:
  void dial(std::vector<std::string> route = {}) {
    Invite call;
    call.flow = peer_.flow;
    call.target = "sip:bob@192.0.2.5:5060";
    call.route = std::move(route);
    call.from = {"Server", "sip:1000@198.51.100.1", ""};
    call.sdp = "v=0\r\n";
    const auto id = peer_.agent.sessions().invite(std::move(call), peer_.now);
    ASSERT_TRUE(id);
    session_ = *id;
    peer_.drain();
    invite_ = peer_.last();
  }
  void respond(uint16_t status, std::string_view tag, std::vector<HeaderField> headers = {}) {
    Message response = sip::make_response(invite_, status, tag);
    for (const HeaderField& field : headers) response.add(field.name, field.value);
    peer_.send(response.str());
  }
  void TearDown() override {
    peer_.agent.sessions().hang_up(session_, std::nullopt, peer_.now);
    peer_.run_for(100s);
    EXPECT_TRUE(peer_.agent.counts().idle()) << peer_.agent.dump();
  }

  RawPeer peer_;
  SessionId session_;
  Message invite_;
};

TEST_F(OutgoingCall, SecondForkThatAnswersIsAcknowledgedAndEnded) {
  dial();
  respond(180, "one", {{"Contact", "<sip:bob@192.0.2.5:5061>"}});
  respond(180, "two", {{"Contact", "<sip:bob@192.0.2.5:5062>"}});
  EXPECT_EQ(peer_.event<Ringing>()->branch, "two");
  respond(200, "two", {{"Contact", "<sip:bob@192.0.2.5:5062>"}});
  EXPECT_EQ(peer_.event<Answered>()->branch, "two");
  EXPECT_TRUE(peer_.last().is(Method::ack));
  EXPECT_EQ(peer_.sent_to.back().remote.port, 5062);
  const size_t before = peer_.sent.size();
  respond(200, "one", {{"Contact", "<sip:bob@192.0.2.5:5061>"}});
  ASSERT_EQ(peer_.sent.size(), before + 2);
  EXPECT_TRUE(peer_.sent[before].is(Method::ack));
  EXPECT_TRUE(peer_.sent[before + 1].is(Method::bye));
  EXPECT_EQ(peer_.sent[before + 1].to()->tag(), "one");
  EXPECT_EQ(peer_.sent_to.back().remote.port, 5061);
  peer_.respond(200, "");
  respond(200, "one", {{"Contact", "<sip:bob@192.0.2.5:5061>"}});
  EXPECT_TRUE(peer_.last().is(Method::ack)) << "repeated, and no second BYE";
  EXPECT_FALSE(peer_.event<Ended>());
}

TEST_F(OutgoingCall, StrictRouterGetsItsOwnUriAndTheTargetGoesLast) {
  dial({"sip:192.0.2.8", "sip:192.0.2.9;lr"});
  EXPECT_EQ(invite_.request_uri_text(), "sip:192.0.2.8");
  std::vector<std::string> routes;
  for (const std::string_view route : invite_.values(HeaderName::route)) routes.emplace_back(route);
  EXPECT_THAT(routes, ElementsAre("<sip:192.0.2.9;lr>", "<sip:bob@192.0.2.5:5060>"));
}

TEST_F(OutgoingCall, PathOfABindingIsTheRoute) {
  dial({"sip:192.0.2.9;lr"});
  EXPECT_EQ(invite_.request_uri_text(), "sip:bob@192.0.2.5:5060");
  EXPECT_EQ(invite_.value(HeaderName::route), "<sip:192.0.2.9;lr>");
  EXPECT_EQ(invite_.value(HeaderName::contact), "<sip:1000@198.51.100.1:5060>");
}

TEST_F(OutgoingCall, DialogWithAPhoneBehindANatStaysOnItsFlow) {
  Invite call;
  call.flow = peer_.flow;  // the public side of the NAT
  call.target = "sip:bob@10.0.0.7:5060";
  call.from = {"", "sip:1000@198.51.100.1", ""};
  call.sdp = "v=0\r\n";
  session_ = *peer_.agent.sessions().invite(std::move(call), peer_.now);
  peer_.drain();
  invite_ = peer_.last();
  respond(200, "b", {{"Contact", "<sip:bob@10.0.0.7:5060>"}});
  EXPECT_TRUE(peer_.last().is(Method::ack));
  EXPECT_EQ(peer_.last().request_uri_text(), "sip:bob@10.0.0.7:5060");
  EXPECT_EQ(peer_.sent_to.back(), peer_.flow);
}

TEST_F(OutgoingCall, CalleeMayHangUpOnlyAnAnsweredCall) {
  dial();
  respond(183, "b", {{"Contact", "<sip:bob@192.0.2.5:5061>"}});
  Message bye = Message::request(Method::bye, "sip:1000@198.51.100.1:5060");
  bye.add(HeaderName::max_forwards, "70");
  bye.add(HeaderName::from, "<sip:bob@192.0.2.5:5060>;tag=b");
  bye.add(HeaderName::to, invite_.value(HeaderName::from).value());
  bye.add(HeaderName::call_id, invite_.call_id());
  bye.add(HeaderName::cseq, "7 BYE");
  peer_.send(peer_.with_via(bye).str());
  EXPECT_EQ(peer_.last().status(), 481);
  respond(200, "b", {{"Contact", "<sip:bob@192.0.2.5:5061>"}});
  bye.set(HeaderName::cseq, "8 BYE");
  peer_.send(peer_.with_via(bye).str());
  EXPECT_EQ(peer_.last().status(), 200);
  EXPECT_EQ(peer_.event<Ended>()->by, EndedBy::bye);
}

TEST_F(OutgoingCall, EarlyDialogsAreBounded) {
  dial();
  for (int i = 0; i < 100; ++i) respond(180, "fork" + std::to_string(i));
  size_t ringing = 0;
  for (const Output& event : peer_.events) ringing += std::holds_alternative<Ringing>(event);
  EXPECT_EQ(ringing, UserAgentOptions{}.max_forks);
}

TEST(UserAgentDump, TellsWhatIsGoingOn) {
  RawPeer peer;
  peer.ring();
  EXPECT_THAT(peer.agent.dump(), HasSubstr("sessions 1"));
  EXPECT_THAT(peer.agent.dump(), HasSubstr("incoming, INVITE pending"));
}

}  // namespace
}  // namespace viaduct::dialog
