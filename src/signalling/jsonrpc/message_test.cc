#include "signalling/jsonrpc/message.h"

#include <gtest/gtest.h>

namespace viaduct::jsonrpc {
namespace {

Frame read(std::string_view text) { return read_frame(text, {}).value(); }
template <class T>
T only(std::string_view text) {
  const Frame frame = read(text);
  EXPECT_FALSE(frame.batch);
  EXPECT_EQ(frame.messages.size(), 1u);
  return std::get<T>(frame.messages.at(0));
}

TEST(Message, ReadsARequest) {
  const auto request =
      only<Request>(R"({"jsonrpc":"2.0","method":"login","id":1,"params":{"sessid":"s"}})");
  EXPECT_EQ(request.id, "1");
  EXPECT_EQ(request.method, "login");
  EXPECT_TRUE(request.has_params);
  EXPECT_EQ(find_string(request.params, "sessid"), "s");
}

TEST(Message, AcceptsMembersInAnyCase) {
  const auto request =
      only<Request>(R"({"JSONRPC":"2.0","ID":19,"Method":"verto.ping","Params":{"a":1}})");
  EXPECT_EQ(request.id, "19");
  EXPECT_EQ(request.method, "verto.ping");
  EXPECT_EQ(request.params.size(), 1u);
}

TEST(Message, KeepsTheTextOfEveryKindOfId) {
  for (const char* id : {"1", "-7", "1.50", "\"abc\"", "null", "true", "{\"a\":1}", "[1, 2]",
                         "99999999999999999999999"}) {
    const std::string text = std::string(R"({"jsonrpc":"2.0","method":"m","id":)") + id + "}";
    EXPECT_EQ(only<Request>(text).id, id);
  }
  EXPECT_EQ(only<Request>(R"({"jsonrpc":"2.0","method":"m"})").id, "null");
}

TEST(Message, TreatsParamsOfAnotherTypeAsEmpty) {
  for (const char* params : {"[1]", "\"s\"", "null", "5"}) {
    const auto request = only<Request>(
        std::string(R"({"jsonrpc":"2.0","method":"m","id":1,"params":)") + params + "}");
    EXPECT_TRUE(request.has_params);
    EXPECT_TRUE(request.params.empty());
  }
  EXPECT_FALSE(only<Request>(R"({"jsonrpc":"2.0","method":"m","id":1})").has_params);
}

TEST(Message, TellsResponsesFromRequests) {
  EXPECT_FALSE(only<Response>(R"({"jsonrpc":"2.0","id":8,"result":{}})").is_error);
  EXPECT_TRUE(only<Response>(R"({"jsonrpc":"2.0","id":9,"error":{"code":1}})").is_error);
  EXPECT_EQ(only<Request>(R"({"jsonrpc":"2.0","id":6})").method, "");
  EXPECT_EQ(only<Request>(R"({"jsonrpc":"2.0","id":7,"method":5})").method, "");
}

TEST(Message, RefusesOtherVersionsAndScalars) {
  EXPECT_EQ(only<Invalid>(R"({"jsonrpc":"1.0","id":5,"method":"m"})").id, "5");
  EXPECT_EQ(only<Invalid>(R"({"jsonrpc":2,"id":5,"method":"m"})").id, "5");
  EXPECT_EQ(only<Invalid>("{}").id, "null");
  for (const char* scalar : {"null", "42", "\"str\"", "true"})
    EXPECT_EQ(only<Invalid>(scalar).id, "null");
}

TEST(Message, ReadsABatch) {
  const Frame frame = read(
      R"([{"jsonrpc":"2.0","id":13,"method":"m"},7,[[]],{"jsonrpc":"2.0","id":1,"result":{}}])");
  EXPECT_TRUE(frame.batch);
  ASSERT_EQ(frame.messages.size(), 4u);
  EXPECT_EQ(std::get<Request>(frame.messages[0]).id, "13");
  EXPECT_TRUE(std::holds_alternative<Invalid>(frame.messages[1]));
  EXPECT_TRUE(std::holds_alternative<Invalid>(frame.messages[2]));
  EXPECT_TRUE(std::holds_alternative<Response>(frame.messages[3]));
  EXPECT_TRUE(read("[]").messages.empty());
}

TEST(Message, BoundsABatch) {
  std::string text = "[0";
  for (int i = 0; i < 32; ++i) text += ",0";
  EXPECT_EQ(read_frame(text + "]", {}).error().code, base::Errc::too_large);
}

TEST(Message, Prints) {
  EXPECT_EQ(success("\"x\"", {{"message", "PONG"}}),
            R"({"jsonrpc":"2.0","id":"x","result":{"message":"PONG"}})");
  EXPECT_EQ(failure("null", kInvalidRequest, "Invalid Request"),
            R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid Request"}})");
  EXPECT_EQ(request(1000000104, "verto.punt", {}),
            R"({"jsonrpc":"2.0","id":1000000104,"method":"verto.punt","params":{}})");
  EXPECT_EQ(batch({"1", "2"}), "[1,2]");
  EXPECT_EQ(batch({}), "[]");
}

}  // namespace
}  // namespace viaduct::jsonrpc
