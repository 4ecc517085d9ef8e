#include "base/encoding.h"
#include "signalling/verto/endpoint_fixture.h"

namespace viaduct::verto {
namespace {

using testing::Test;
using Login = EndpointTest;

constexpr const char* kRequired =
    R"({"jsonrpc":"2.0","id":7,"error":{"code":-32000,"message":"Authentication Required"}})";
constexpr const char* kFailure =
    R"({"jsonrpc":"2.0","id":7,"error":{"code":-32001,"message":"Authentication Failure"}})";

TEST_F(Login, TwoEmptyLoginsThenTheFullOne) {
  const ConnId c = open();
  EXPECT_EQ(ask(c, "login", R"({"sessid":"s1"})"), std::vector<std::string>{kRequired});
  EXPECT_EQ(ask(c, "login", R"({"sessid":"s1"})"), std::vector<std::string>{kRequired});
  EXPECT_EQ(directory_.checks, 0);
  const auto frames = ask(
      c, "login",
      R"({"login":"1000@example.net","passwd":"1234","loginParams":{"device":"kiosk","n":4,"b":true},"sessid":"s1"})");
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0], result(R"({"message":"logged in","sessid":"s1"})"));
  expect_request(frames[1], "verto.clientReady", R"({"reattached_sessions":[]})");
  EXPECT_EQ(directory_.last_params, (Variables{{"device", "kiosk"}, {"b", "true"}}));
  const auto up = event<SessionUp>();
  EXPECT_EQ(up.session_id, "s1");
  EXPECT_EQ(up.user.id, "1000@example.net");
}

TEST_F(Login, RefusalsNameWhatIsMissing) {
  const ConnId c = open();
  receive(c, R"({"jsonrpc":"2.0","id":7,"method":"login"})");
  EXPECT_EQ(take(c).at(0), error(R"({"code":-32001,"message":"Missing params"})"));
  EXPECT_EQ(ask(c, "login", R"({"login":""})").at(0), kRequired);
  EXPECT_EQ(ask(c, "login", R"({"login":"1000"})").at(0),
            error(R"({"code":-32001,"message":"Missing passwd"})"));
  EXPECT_EQ(ask(c, "login", R"({"login":"1000","passwd":""})").at(0),
            error(R"({"code":-32001,"message":"Missing passwd"})"));
  EXPECT_EQ(ask(c, "login", R"({"login":"1000@","passwd":"1234"})").at(0),
            error(R"({"code":-32001,"message":"Missing or improper credentials"})"));
  EXPECT_EQ(ask(c, "verto.subscribe", R"({"eventChannel":"demo"})").at(0), kRequired);
  EXPECT_EQ(endpoint_->session_count(), 0u);
}

TEST_F(Login, UnknownUserAndWrongPasswordLookTheSame) {
  const ConnId c = open();
  EXPECT_EQ(ask(c, "login", R"({"login":"1000","passwd":"wrong","sessid":"s1"})").at(0), kFailure);
  EXPECT_EQ(ask(c, "login", R"({"login":"nobody","passwd":"1234","sessid":"s1"})").at(0), kFailure);
  EXPECT_EQ(endpoint_->counters().login_failures, 2u);
}

TEST_F(Login, ClosesAfterTooManyFailures) {
  const ConnId c = open();
  for (int i = 0; i < 4; ++i) ask(c, "login", R"({"login":"1000","passwd":"wrong"})");
  EXPECT_EQ(ask(c, "login", R"({"login":"1000","passwd":"wrong"})"),
            (std::vector<std::string>{kFailure, "close 1008"}));
  EXPECT_EQ(endpoint_->connection_count(), 0u);
}

TEST_F(Login, AnyMethodWithCredentialsLogsInAndIsExecuted) {
  const ConnId c = open();
  const auto frames = ask(c, "verto.ping", R"({"login":"1000","passwd":"1234","sessid":"s1"})");
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0], result(R"({"message":"PONG","sessid":"s1"})"));
  expect_request(frames[1], "verto.clientReady", R"({"reattached_sessions":[]})");

  const ConnId d = open();
  const auto call =
      ask(d, "verto.invite",
          R"({"login":"1001","passwd":"1234","sdp":"o","dialogParams":{"callID":"x"}})");
  EXPECT_NE(call.at(0).find("CALL CREATED"), std::string::npos);
  EXPECT_EQ(event<IncomingCall>().destination, "service");
}

TEST_F(Login, AliasWithPrefixSucceeds) {
  const ConnId c = open();
  EXPECT_EQ(ask(c, "verto.login", R"({"login":"1000","passwd":"1234","sessid":"s1"})").at(0),
            result(R"({"message":"logged in","sessid":"s1"})"));
}

TEST_F(Login, SessionIdIsMadeCutAndKept) {
  const ConnId c = open();
  ask(c, "login", R"({"login":"1000","passwd":"1234"})");
  const std::string made = event<SessionUp>().session_id;
  EXPECT_EQ(made.size(), 36u);
  EXPECT_EQ(ask(c, "verto.ping", R"({"sessid":"other"})").at(0),
            result(R"({"message":"PONG","sessid":")" + made + "\"}"));
  // A second login with another session id keeps the first.
  EXPECT_EQ(
      ask(c, "login", R"({"login":"1000","passwd":"1234","sessid":"other"})"),
      std::vector<std::string>{result(R"({"message":"logged in","sessid":")" + made + "\"}")});

  ask(open(), "login",
      R"({"login":"1000","passwd":"1234","sessid":")" + std::string(254, 'x') + "\xC3\xA9\"}");
  EXPECT_EQ(event<SessionUp>().session_id, std::string(254, 'x'));  // never half a character
}

TEST_F(Login, WrongPasswordOnALoggedInSocketChangesNothing) {
  const ConnId c = log_in();
  EXPECT_EQ(ask(c, "login", R"({"login":"1000","passwd":"wrong"})").at(0), kFailure);
  EXPECT_EQ(ask(c, "verto.ping", "{}").at(0), result(R"({"message":"PONG","sessid":"s1"})"));
}

TEST_F(Login, AnotherUserOnTheSameSocketOnlyWithoutCalls) {
  const ConnId c = log_in();
  const CallId call = call_from(c);
  EXPECT_EQ(ask(c, "login", R"({"login":"1001","passwd":"1234"})").at(0),
            error(R"({"code":-32001,"message":"Session in use"})"));
  endpoint_->bye(call, Cause::normal_clearing, now_);
  drain();
  take(c);
  events_.clear();
  EXPECT_EQ(ask(c, "login", R"({"login":"1001","passwd":"1234"})"),
            std::vector<std::string>{result(R"({"message":"logged in","sessid":"s1"})")});
  EXPECT_EQ(event<SessionDown>().user, "1000@example.net");
  EXPECT_EQ(event<SessionUp>().user.id, "1001@example.net");
}

TEST_F(Login, SecondTabPuntsTheFirst) {
  const ConnId a = log_in("1000", "s1");
  const ConnId b = open();
  // Before the password was found right nothing happens to the first.
  EXPECT_EQ(ask(b, "login", R"({"sessid":"s1"})").at(0), kRequired);
  ask(b, "login", R"({"login":"1000","passwd":"wrong","sessid":"s1"})");
  EXPECT_TRUE(take(a).empty());
  const auto frames = ask(b, "login", R"({"login":"1000","passwd":"1234","sessid":"s1"})");
  EXPECT_EQ(frames.size(), 2u);
  const auto punted = take(a);
  ASSERT_EQ(punted.size(), 2u);
  expect_request(punted[0], "verto.punt", "{}");
  EXPECT_EQ(punted[1], "close 1000");
  EXPECT_EQ(endpoint_->session_count(), 1u);
  EXPECT_EQ(endpoint_->connection_count(), 1u);
  lose(a);  // the shell may still tell; nothing happens to the session
  EXPECT_EQ(ask(b, "verto.ping", "{}").at(0), result(R"({"message":"PONG","sessid":"s1"})"));
}

TEST_F(Login, ForeignSessionIdIsRefused) {
  log_in("1000", "s1");
  const ConnId b = open();
  EXPECT_EQ(ask(b, "login", R"({"login":"1001","passwd":"1234","sessid":"s1"})"),
            (std::vector<std::string>{error(R"({"code":-32001,"message":"Session in use"})"),
                                      "close 1000"}));
}

TEST_F(Login, ForeignSessionIdIsRefusedWhileDetachedToo) {
  const ConnId a = log_in("1000", "s1");
  endpoint_->answer(call_from(a), "sdp", now_);
  lose(a);
  const ConnId b = open();
  EXPECT_EQ(ask(b, "login", R"({"login":"1001","passwd":"1234","sessid":"s1"})").at(1),
            "close 1000");
}

TEST_F(Login, TellsAndKeepsTheExpiry) {
  directory_.templates["1004"].expires = base::WallTime(1767225600s + 90s);
  directory_.templates["1004"].moderator = true;
  const ConnId c = open();
  EXPECT_EQ(
      ask(c, "login", R"({"login":"1004","passwd":"1234","sessid":"s1"})").at(0),
      result(
          R"({"message":"logged in","moderator":true,"auth-expires":1767225690,"sessid":"s1"})"));
  EXPECT_EQ(ask(c, "verto.ping", "{}").at(0),
            result(R"({"auth-expires":1767225690,"message":"PONG","sessid":"s1"})"));
  endpoint_->answer(call_from(c), "sdp", now_);
  advance(89s);
  take(c);
  advance(1s);
  EXPECT_EQ(take(c), std::vector<std::string>{"close 1000"});
  advance(120s);
  EXPECT_EQ(event<CallEnded>().cause, Cause::bearer_capability_not_authorised);
}

TEST_F(Login, DeadlineForLoggingIn) {
  const ConnId c = open();
  const ConnId d = log_in();
  advance(59s);
  EXPECT_TRUE(take(c).empty());
  advance(1s);
  EXPECT_EQ(take(c), std::vector<std::string>{"close 1008"});
  EXPECT_NE(endpoint_->connection_count(), 0u);
  lose(d);
  EXPECT_EQ(endpoint_->next_timeout(), base::kNever);
}

TEST_F(Login, ConnectionsAndSessionsAreBounded) {
  Options options;
  options.max_unauthenticated = 2;
  options.max_sessions_per_user = 2;
  restart(options);
  log_in("1000", "a");
  log_in("1000", "b");
  const ConnId c = open();
  EXPECT_EQ(ask(c, "login", R"({"login":"1000","passwd":"1234","sessid":"c"})"),
            (std::vector<std::string>{error(R"({"code":-32001,"message":"Session limit reached"})"),
                                      "close 1000"}));
  open();
  open();
  EXPECT_EQ(take(open()), std::vector<std::string>{"close 1013"});
  EXPECT_EQ(endpoint_->counters().refused, 2u);
}

TEST_F(Login, MethodsNeedPermission) {
  directory_.templates["1001"].permissions.methods = {"verto.ping"};
  const ConnId c = log_in("1001", "s");
  const std::string refused =
      error(R"({"code":-32601,"message":"Invalid Method, Missing Method or Permission Denied"})");
  EXPECT_EQ(ask(c, "verto.invite", invite_params("x")).at(0), refused);
  EXPECT_EQ(ask(c, "verto.ping", "{}").at(0), result(R"({"message":"PONG","sessid":"s"})"));
  EXPECT_EQ(ask(c, "echo", R"({"a":1})").at(0), result(R"({"a":1,"sessid":"s"})"));
  EXPECT_EQ(ask(c, "jsapi", "{}").at(0), refused);
  EXPECT_EQ(ask(c, "nope", "{}").at(0), refused);
}

}  // namespace
}  // namespace viaduct::verto
