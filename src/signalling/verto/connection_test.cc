#include "signalling/verto/endpoint_fixture.h"

namespace viaduct::verto {
namespace {

using Connections = EndpointTest;

TEST_F(Connections, FramingErrors) {
  const ConnId c = log_in();
  const auto reply = [&](std::string_view text) {
    receive(c, text);
    const auto frames = take(c);
    return frames.empty() ? std::string() : frames.at(0);
  };
  const std::string invalid_request =
      R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request"}})";
  const std::string invalid_message =
      R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid message"}})";
  EXPECT_EQ(reply("{bad"), invalid_request);
  EXPECT_EQ(reply("   "), invalid_request);
  EXPECT_EQ(reply(""), "");
  EXPECT_EQ(reply("42"), invalid_message);
  EXPECT_EQ(reply("{}"), invalid_message);
  EXPECT_EQ(reply(std::string(900, '[')), invalid_request);
  EXPECT_EQ(reply(std::string(65, '[') + std::string(65, ']')), invalid_request);
  EXPECT_EQ(reply(R"({"jsonrpc":"2.0","id":8,"result":{}})"), "");
  EXPECT_EQ(reply(R"({"jsonrpc":"2.0","id":9,"error":{"code":1}})"), "");
  EXPECT_EQ(reply(R"({"jsonrpc":"2.0","id":"x","method":"verto.ping"} trailing)"),
            R"({"jsonrpc":"2.0","id":"x","result":{"message":"PONG","sessid":"s1"}})");
  EXPECT_EQ(reply(R"({"jsonrpc":"2.0","method":"verto.ping","params":[1]})"),
            R"({"jsonrpc":"2.0","id":null,"result":{"message":"PONG","sessid":"s1"}})");
  EXPECT_EQ(
      reply(R"({"jsonrpc":"2.0","id":6})"),
      R"({"jsonrpc":"2.0","id":6,"error":{"code":-32601,"message":"Invalid Method, Missing Method or Permission Denied"}})");
  EXPECT_GT(endpoint_->counters().malformed, 0u);
}

TEST_F(Connections, BatchIsAnsweredByOneArrayWithoutSessionIds) {
  const ConnId c = log_in();
  receive(
      c,
      R"([{"jsonrpc":"2.0","id":13,"method":"verto.ping","params":{}},{"jsonrpc":"2.0","id":14,"method":"nope"},{"jsonrpc":"2.0","id":15,"result":{}},7])");
  EXPECT_EQ(
      take(c),
      std::vector<std::string>{
          R"([{"jsonrpc":"2.0","id":13,"result":{"message":"PONG"}},)"
          R"({"jsonrpc":"2.0","id":14,"error":{"code":-32601,"message":"Invalid Method, Missing Method or Permission Denied"}},)"
          R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid message"}}])"});
  receive(c, "[]");
  EXPECT_EQ(take(c), std::vector<std::string>{"[]"});
}

TEST_F(Connections, LoginInABatchAnswersBeforeItsConsequences) {
  const ConnId c = open();
  receive(
      c,
      R"([{"jsonrpc":"2.0","id":1,"method":"login","params":{"login":"1000","passwd":"1234"}}])");
  const auto frames = take(c);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0], R"([{"jsonrpc":"2.0","id":1,"result":{"message":"logged in"}}])");
  expect_request(frames[1], "verto.clientReady", R"({"reattached_sessions":[]})");
}

TEST_F(Connections, EchoParams) {
  const ConnId c = log_in();
  EXPECT_EQ(
      ask(c, "echo", R"({"hello":"there","echoParams":"tag-9"})").at(0),
      result(R"({"hello":"there","echoParams":"tag-9","requestParams":"tag-9","sessid":"s1"})"));
  EXPECT_EQ(
      ask(c, "verto.ping", R"({"echoParams":true,"n":1})").at(0),
      result(R"({"message":"PONG","requestParams":{"echoParams":true,"n":1},"sessid":"s1"})"));
  EXPECT_EQ(ask(c, "echo", R"({"sessid":"forged"})").at(0), result(R"({"sessid":"s1"})"));
  receive(c, R"({"jsonrpc":"2.0","id":7,"method":"echo"})");
  EXPECT_EQ(take(c).at(0), error(R"({"message":"Params data missing","code":-32002})"));
}

TEST_F(Connections, MessageSizeIsBoundedBeforeAndAfterLogin) {
  const auto ping_of = [](size_t size) {
    std::string text = R"({"jsonrpc":"2.0","id":7,"method":"verto.ping","params":{"x":")";
    return text + std::string(size - text.size() - 3, 'x') + "\"}}";
  };
  const ConnId c = log_in();
  EXPECT_EQ(endpoint_->message_limit(c), 1'000'000u);
  receive(c, ping_of(1'000'000));
  EXPECT_EQ(take(c).at(0), result(R"({"message":"PONG","sessid":"s1"})"));
  receive(c, ping_of(1'000'001));
  EXPECT_EQ(take(c), std::vector<std::string>{"close 1009"});

  const ConnId d = open();
  EXPECT_EQ(endpoint_->message_limit(d), 16'384u);
  receive(d, ping_of(16'384));
  EXPECT_NE(take(d).at(0).find("-32000"), std::string::npos);
  receive(d, ping_of(16'385));
  EXPECT_EQ(take(d), std::vector<std::string>{"close 1009"});
}

TEST_F(Connections, PingsASilentClientAndNeverDropsIt) {
  const ConnId c = log_in();
  advance(24s);
  EXPECT_TRUE(take(c).empty());
  advance(1s);
  auto frames = take(c);
  ASSERT_EQ(frames.size(), 1u);
  expect_request(frames[0], "verto.ping", R"({"serno":1767225625})");
  advance(600s);
  EXPECT_EQ(take(c).size(), 24u);
  EXPECT_EQ(endpoint_->connection_count(), 1u);
}

TEST_F(Connections, PingsWhenOnlyTheClientIsSilent) {
  const ConnId c = log_in();
  const CallId call = call_from(c);
  endpoint_->answer(call, "sdp", now_);
  for (int i = 0; i < 3; ++i) {
    advance(10s);
    endpoint_->dtmf(call, "1", now_);
  }
  drain();
  const auto frames = take(c);
  EXPECT_NE(frames.at(frames.size() - 2).find("verto.ping"), std::string::npos);
}

TEST_F(Connections, AnswersPingAndPongOfClients) {
  const ConnId c = log_in();
  EXPECT_EQ(ask(c, "verto.ping", "{}").at(0), result(R"({"message":"PONG","sessid":"s1"})"));
  EXPECT_EQ(ask(c, "verto.pong", "{}").at(0), result(R"({"sessid":"s1"})"));
}

TEST_F(Connections, SpeedTestGoesOnAsTheSocketDrains) {
  const ConnId c = log_in();
  receive(c, "#SPU 262144");
  for (int i = 0; i < 256; ++i) receive(c, "#SPB " + std::string(1023, '.'));
  now_ += 40ms;
  receive(c, "#SPE");
  auto frames = take(c);
  EXPECT_EQ(frames.front(), "#SPU 40");
  size_t data = frames.size() - 1;
  while (data < 2560) {
    now_ += 10ms;
    endpoint_->drained(c, now_);
    drain();
    data += take(c).size();
  }
  now_ += 10ms;
  endpoint_->drained(c, now_);
  drain();
  EXPECT_EQ(take(c), std::vector<std::string>{"#SPD 40"});
  endpoint_->drained(c, now_);
  drain();
  EXPECT_TRUE(take(c).empty());
}

TEST_F(Connections, SpeedTestEndsWithoutDrainedAndWithJson) {
  const ConnId c = log_in();
  receive(c, "#SPU 262144");
  receive(c, "#SPE");
  take(c);
  advance(10s);
  EXPECT_EQ(take(c), std::vector<std::string>{"#SPD 1000"});

  receive(c, "#SPU 2048");
  EXPECT_EQ(ask(c, "verto.ping", "{}").size(), 1u);
  receive(c, "#SPE");
  EXPECT_TRUE(take(c).empty());
}

TEST_F(Connections, SpeedTestNeedsLogin) {
  const ConnId c = open();
  receive(c, "#SPU 4096");
  EXPECT_EQ(take(c), std::vector<std::string>{"close 1008"});
}

TEST_F(Connections, OneCounterNumbersTheRequestsToAllClients) {
  const ConnId c = log_in("1000", "s1");
  const ConnId d = log_in("1001", "s2");
  const auto id_of = [](const std::string& frame) {
    return jsonrpc::parse(frame, 64)->value.at("id").as_int64();
  };
  advance(25s);
  EXPECT_EQ(id_of(take(c).back()) + 1, id_of(take(d).back()));
}

}  // namespace
}  // namespace viaduct::verto
