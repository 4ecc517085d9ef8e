// verto.info and the event channels.
#include "signalling/verto/endpoint_fixture.h"

namespace viaduct::verto {
namespace {

class Messages : public EndpointTest {
 protected:
  Messages() : c_(log_in()) {}
  ConnId c_;
};

TEST_F(Messages, DigitsReachTheCall) {
  const CallId call = call_from(c_);
  const std::string sent = result(R"({"message":"SENT","sessid":"s1"})");
  const std::string silent = result(R"({"sessid":"s1"})");
  EXPECT_EQ(ask(c_, "verto.info", of_call("c1", R"("dtmf":"12@200+#",)")).at(0), sent);
  const auto digits = event<CallDtmf>();
  EXPECT_EQ(digits.call, call);
  EXPECT_EQ(digits.digits, "12#");
  EXPECT_EQ(ask(c_, "verto.info", of_call("c1", R"("dtmf":"",)")).at(0), sent);
  EXPECT_EQ(ask(c_, "verto.info", of_call("c1", R"("dtmf":"zz",)")).at(0), sent);
  EXPECT_EQ(ask(c_, "verto.info", of_call("c1", R"("dtmf":5,)")).at(0), silent);
  EXPECT_EQ(ask(c_, "verto.info", of_call("none", R"("dtmf":"1",)")).at(0), silent);
  EXPECT_EQ(ask(c_, "verto.info", of_call("c1", R"("txt":{"chars":"hel"},"type":"mediaSettings",)"))
                .at(0),
            silent);
  EXPECT_TRUE(events<CallDtmf>().empty());
  receive(c_, R"({"jsonrpc":"2.0","id":7,"method":"verto.info"})");
  EXPECT_EQ(take(c_).at(0), error(R"({"message":"Params data missing","code":-32002})"));
}

TEST_F(Messages, DigitsOfTheFarSideReachTheClient) {
  endpoint_->dtmf(call_from(c_), "42#", now_);
  drain();
  expect_request(take(c_).at(0), "verto.info", R"({"dtmf":"42#","callID":"c1"})");
}

TEST_F(Messages, ChatReachesEverySocketOfTheRecipient) {
  const ConnId a = log_in("1001", "a");
  const ConnId b = log_in("1001", "b");
  EXPECT_EQ(
      ask(c_, "verto.info",
          R"({"msg":{"to":"1001","body":"Lunch?","from":"forged","from_msg_name":"Ines","from_user":"forged"}})")
          .at(0),
      result(R"({"message":"SENT","sessid":"s1"})"));
  for (const ConnId id : {a, b})
    expect_request(
        take(id).at(0), "verto.info",
        R"({"msg":{"from":"1000@example.net","to":"1001@example.net","body":"Lunch?","from_user":"1000","from_host":"example.net","from_full":"1000","from_msg_name":"Ines"}})");
}

TEST_F(Messages, ChatErrors) {
  EXPECT_EQ(ask(c_, "verto.info", R"({"msg":{"to":"1001"}})").at(0),
            error(R"({"message":"INVALID MESSAGE to and body params required","code":-32002})"));
  EXPECT_EQ(ask(c_, "verto.info", R"({"msg":{"to":"1005@example.net","body":"x"}})").at(0),
            error(R"({"message":"RECIPIENT NOT CONNECTED","code":-32002})"));
}

TEST_F(Messages, Subscriptions) {
  directory_.templates["1001"].permissions.event_channels = {"presence", "lobby.7"};
  const ConnId d = log_in("1001", "d");
  EXPECT_EQ(
      ask(d, "verto.subscribe", R"({"eventChannel":["presence.1000",5,"lobby.8"]})").at(0),
      result(
          R"({"subscribedChannels":["presence.1000"],"unauthorizedChannels":["lobby.8"],"sessid":"d"})"));
  EXPECT_EQ(
      ask(d, "verto.subscribe", R"({"eventChannel":"presence.1000"})").at(0),
      result(
          R"({"subscribedChannels":["presence.1000"],"alreadySubscribedChannels":["presence.1000"],"sessid":"d"})"));
  EXPECT_EQ(
      ask(c_, "verto.subscribe", R"({"eventChannel":"presence"})").at(0),
      error(
          R"({"unauthorizedChannels":["presence"],"message":"Permission Denied","code":-32002})"));
  EXPECT_EQ(ask(c_, "verto.subscribe", "{}").at(0),
            error(R"({"message":"Permission Denied","code":-32002})"));
  EXPECT_EQ(
      ask(d, "verto.unsubscribe", R"({"eventChannel":["presence.1000","x"]})").at(0),
      result(
          R"({"unsubscribedChannels":["presence.1000"],"notSubscribedChannels":["x"],"sessid":"d"})"));
  EXPECT_EQ(ask(d, "verto.unsubscribe", R"({"eventChannel":"x"})").at(0),
            error(R"({"notSubscribedChannels":["x"],"message":"Not subscribed","code":-32002})"));
  EXPECT_EQ(ask(d, "verto.unsubscribe", "{}").at(0), result(R"({"sessid":"d"})"));
}

TEST_F(Messages, ASessionMaySubscribeToItsOwnCall) {
  call_from(c_);
  EXPECT_EQ(ask(c_, "verto.subscribe", R"({"eventChannel":"c1"})").at(0),
            result(R"({"subscribedChannels":["c1"],"sessid":"s1"})"));
  EXPECT_NE(ask(log_in("1001", "d"), "verto.subscribe", R"({"eventChannel":"c1"})")
                .at(0)
                .find("unauthorized"),
            std::string::npos);
}

TEST_F(Messages, SubscriptionsAreBounded) {
  directory_.templates["1001"].permissions.event_channels = {"__ANY__"};
  const ConnId d = log_in("1001", "d");
  std::string names = "[\"x0\"";
  for (int i = 1; i < 70; ++i) names += ",\"x" + std::to_string(i) + "\"";
  const std::string reply = ask(d, "verto.subscribe", "{\"eventChannel\":" + names + "]}").at(0);
  EXPECT_NE(reply.find(R"("unauthorizedChannels":["x64","x65",)"), std::string::npos);
}

TEST_F(Messages, Broadcast) {
  directory_.templates["1001"].permissions.event_channels = {"lobby-7"};
  const ConnId d = log_in("1001", "d");
  EXPECT_EQ(ask(d, "verto.broadcast", "{}").at(0),
            result(R"({"message":"eventChannel not specified.","code":-32002,"sessid":"d"})"));
  EXPECT_EQ(ask(c_, "verto.broadcast", R"({"eventChannel":"lobby-7"})").at(0),
            result(R"({"message":"Permission Denied.","code":-32002,"sessid":"s1"})"));
  ask(d, "verto.subscribe", R"({"eventChannel":"lobby-7"})");
  EXPECT_EQ(ask(d, "verto.broadcast", R"({"eventChannel":"lobby-7","data":1})").size(), 1u);
  const auto frames = ask(
      d, "verto.broadcast",
      R"({"localBroadcast":true,"eventChannel":"lobby-7","eventData":"x","sessid":"d","userid":"forged"})");
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0], result(R"({"sessid":"d"})"));
  expect_request(
      frames[1], "verto.event",
      R"({"localBroadcast":true,"eventChannel":"lobby-7","eventData":"x","sessid":"d","userid":"1001@example.net","fromDisplay":"Extension 1001","eventSerno":0,"subscribedChannel":"lobby-7"})");
  EXPECT_TRUE(take(c_).empty());
}

}  // namespace
}  // namespace viaduct::verto
