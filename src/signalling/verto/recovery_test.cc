// Sessions and sockets: what happens to calls when a socket is lost, and when the client comes
// back.
#include "signalling/verto/endpoint_fixture.h"

namespace viaduct::verto {
namespace {

class Recovery : public EndpointTest {
 protected:
  Recovery() : c_(log_in()) {}

  CallId answered(std::string_view call_id = "c1") {
    const CallId call = call_from(c_, call_id);
    endpoint_->answer(call, "sdp", now_);
    drain();
    take(c_);
    return call;
  }
  // A new socket of the same user and session.
  ConnId come_back() {
    const ConnId id = open();
    receive(
        id,
        R"({"jsonrpc":"2.0","id":7,"method":"login","params":{"login":"1000","passwd":"1234","sessid":"s1"}})");
    return id;
  }

  ConnId c_;
};

TEST_F(Recovery, SocketLostBeforeTheAnswer) {
  const CallId created = call_from(c_, "a");
  const CallId early = call_from(c_, "b");
  endpoint_->media(early, "sdp", now_);
  const CallId ringing = *endpoint_->invite(endpoint_->find_session("s1"), {}, now_);
  lose(c_);
  const auto ended = events<CallEnded>();
  ASSERT_EQ(ended.size(), 3u);
  EXPECT_EQ(ended[0].call, created);
  EXPECT_EQ(ended[1].call, early);
  EXPECT_EQ(ended[2].call, ringing);
  for (const auto& end : ended) EXPECT_EQ(end.cause, Cause::destination_out_of_order);
  EXPECT_EQ(event<SessionDown>().session_id, "s1");
  EXPECT_EQ(endpoint_->session_count(), 0u);
  EXPECT_EQ(endpoint_->next_timeout(), base::kNever);
}

TEST_F(Recovery, AnsweredCallEndsWithTheDetachTimeout) {
  const CallId call = answered();
  lose(c_);
  EXPECT_EQ(event<CallDetached>().call, call);
  EXPECT_FALSE(endpoint_->invite(endpoint_->find_session("s1"), {}, now_).has_value());
  endpoint_->display(call, {"1", "x"}, now_);
  endpoint_->dtmf(call, "1", now_);
  advance(119s);
  EXPECT_TRUE(events<CallEnded>().empty());
  advance(1s);
  const auto ended = event<CallEnded>();
  EXPECT_EQ(ended.cause, Cause::recovery_on_timer_expire);
  EXPECT_TRUE(ended.answered);
  EXPECT_EQ(endpoint_->session_count(), 0u);
  EXPECT_EQ(endpoint_->next_timeout(), base::kNever);
}

TEST_F(Recovery, CallThatMustNotBeRecoveredEndsAtOnce) {
  ask(c_, "verto.invite", R"({"sdp":"o","dialogParams":{"callID":"c1","recoverCall":false}})");
  endpoint_->answer(event<IncomingCall>().call, "sdp", now_);
  lose(c_);
  EXPECT_EQ(event<CallEnded>().cause, Cause::normal_clearing);
}

TEST_F(Recovery, DetachTimeoutZeroEndsCallsAtOnce) {
  Options options;
  options.detach_timeout = {};
  restart(options);
  c_ = log_in();
  answered();
  lose(c_);
  EXPECT_EQ(event<CallEnded>().cause, Cause::recovery_on_timer_expire);
  EXPECT_EQ(endpoint_->session_count(), 0u);
}

TEST_F(Recovery, TheFarEndHangsUpWhileDetached) {
  const CallId call = answered();
  lose(c_);
  endpoint_->bye(call, Cause::normal_clearing, now_);
  EXPECT_EQ(endpoint_->session_count(), 0u);
  const ConnId d = come_back();
  expect_request(take(d).at(1), "verto.clientReady", R"({"reattached_sessions":[]})");
}

TEST_F(Recovery, ComesBackAndIsOfferedItsCallsNewestFirst) {
  const CallId first = answered("c1");
  const CallId second = answered("c2");
  lose(c_);
  advance(60s);
  const ConnId d = come_back();
  EXPECT_EQ(take(d), std::vector<std::string>{result(R"({"message":"logged in","sessid":"s1"})")});
  const auto resuming = events<CallResuming>();
  ASSERT_EQ(resuming.size(), 2u);
  EXPECT_EQ(resuming[0].call, second);
  EXPECT_EQ(resuming[1].call, first);

  endpoint_->attach(second, "offer2", now_);
  endpoint_->attach(first, "offer1", now_);
  drain();
  const auto frames = take(d);
  ASSERT_EQ(frames.size(), 3u);
  expect_request(
      frames[0], "verto.attach",
      R"({"callID":"c2","variables":{},"sdp":"offer2","caller_id_name":"Extension 1000","caller_id_number":"1000","callee_id_name":"Outbound Call","callee_id_number":"3000","display_direction":"inbound"})");
  expect_request(frames[2], "verto.clientReady", R"({"reattached_sessions":["c2","c1"]})");

  advance(5s);
  const auto reply = ask(d, "verto.attach", of_call("c1", R"("sdp":"mine",)"));
  ASSERT_EQ(reply.size(), 2u);
  EXPECT_EQ(reply[0], result(R"({"sessid":"s1"})"));
  EXPECT_NE(reply[1].find("verto.display"), std::string::npos);
  const auto attached = event<CallAttached>();
  EXPECT_EQ(attached.call, first);
  EXPECT_EQ(attached.sdp, "mine");
  // The other is never answered.
  advance(25s);
  EXPECT_EQ(event<CallEnded>().call, second);
  EXPECT_NE(take(d).at(0).find(R"("causeCode":58,"cause":"BEARERCAPABILITY_NOTAVAIL")"),
            std::string::npos);
  // And the first is no longer bound to the old timer.
  advance(300s);
  EXPECT_EQ(endpoint_->call_count(), 1u);
}

TEST_F(Recovery, ClientReadyDoesNotWaitForeverForOffers) {
  const CallId call = answered();
  lose(c_);
  const ConnId d = come_back();
  take(d);
  advance(1s);
  EXPECT_EQ(event<CallEnded>().call, call);
  const auto frames = take(d);
  ASSERT_EQ(frames.size(), 1u);  // the client does not know the call: no verto.bye
  expect_request(frames[0], "verto.clientReady", R"({"reattached_sessions":[]})");
}

TEST_F(Recovery, ClientReadyFollowsWhenTheOfferIsRefused) {
  const CallId call = answered();
  lose(c_);
  const ConnId d = come_back();
  take(d);
  endpoint_->bye(call, Cause::normal_clearing, now_);
  drain();
  const auto frames = take(d);
  ASSERT_EQ(frames.size(), 1u);
  expect_request(frames[0], "verto.clientReady", R"({"reattached_sessions":[]})");
}

TEST_F(Recovery, SecondTabTakesTheCallsOver) {
  const CallId kept = answered("c1");
  const CallId ringing = *endpoint_->invite(endpoint_->find_session("s1"), {}, now_);
  const ConnId d = come_back();
  EXPECT_EQ(event<CallEnded>().call, ringing);
  EXPECT_EQ(event<CallDetached>().call, kept);
  EXPECT_EQ(event<CallResuming>().call, kept);
  lose(c_);  // the old socket's end changes nothing any more
  endpoint_->attach(kept, "offer", now_);
  drain();
  EXPECT_EQ(take(d).size(), 3u);
  EXPECT_TRUE(events<CallEnded>().empty());
}

TEST_F(Recovery, LostAgainWhileReattaching) {
  const CallId call = answered();
  lose(c_);
  advance(100s);
  ConnId d = come_back();
  endpoint_->attach(call, "offer", now_);
  lose(d);
  advance(100s);
  EXPECT_TRUE(events<CallEnded>().empty());  // a new detach time began, the offer's has ended
  d = come_back();
  events_.clear();
  endpoint_->attach(call, "offer", now_);
  drain();
  EXPECT_EQ(ask(d, "verto.attach", of_call("c1", R"("sdp":"mine",)")).size(), 5u);
  EXPECT_EQ(event<CallAttached>().call, call);
}

TEST_F(Recovery, AttachWithoutOffer) {
  call_from(c_, "new");
  answered("c1");
  EXPECT_EQ(ask(c_, "verto.attach", of_call("nothing", R"("sdp":"x",)")).at(0),
            error(R"({"message":"CALL DOES NOT EXIST","code":-32002})"));
  EXPECT_EQ(
      ask(c_, "verto.attach", of_call("new", R"("sdp":"x",)")).at(0),
      error(R"({"message":"Cannot attach to a call that has not been answered.","code":-32002})"));
  EXPECT_EQ(ask(c_, "verto.attach", of_call("c1", R"("sdp":"x",)")).at(0),
            result(R"({"sessid":"s1"})"));
  EXPECT_TRUE(events<CallAttached>().empty());
}

TEST_F(Recovery, PuntedByTheOperator) {
  const CallId call = answered();
  endpoint_->punt(endpoint_->find_session("s1"), now_);
  drain();
  const auto frames = take(c_);
  ASSERT_EQ(frames.size(), 2u);
  expect_request(frames[0], "verto.punt", "{}");
  EXPECT_EQ(event<CallDetached>().call, call);
}

TEST_F(Recovery, NothingIsLeftBehind) {
  const ConnId d = log_in("1001", "s2");
  answered();
  lose(c_);
  lose(d);
  advance(200s);
  EXPECT_EQ(endpoint_->connection_count(), 0u);
  EXPECT_EQ(endpoint_->session_count(), 0u);
  EXPECT_EQ(endpoint_->call_count(), 0u);
  EXPECT_EQ(endpoint_->dump(), "connections 0 (not logged in 0) timers 0\n");
}

}  // namespace
}  // namespace viaduct::verto
