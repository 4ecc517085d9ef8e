#include "signalling/verto/causes.h"

#include <gtest/gtest.h>

namespace viaduct::verto {
namespace {

TEST(Causes, NamesAndNumbersBelongTogether) {
  EXPECT_EQ(cause_name(Cause::normal_clearing), "NORMAL_CLEARING");
  EXPECT_EQ(cause_name(Cause::user_not_registered), "USER_NOT_REGISTERED");
  EXPECT_EQ(cause_name(static_cast<Cause>(825)), "REJECT_ALL");
  EXPECT_EQ(cause_name(static_cast<Cause>(486)), "");
  EXPECT_EQ(cause_from_code(487), Cause::originator_cancel);
  EXPECT_EQ(cause_from_code(-1), std::nullopt);
  EXPECT_EQ(cause_from_code(65536 + 16), std::nullopt);
  EXPECT_EQ(cause_from_name("user_busy"), Cause::user_busy);
  EXPECT_EQ(cause_from_name("busy"), std::nullopt);
}

TEST(Causes, ReadsWhatClientsSendInBye) {
  const auto read = [](const char* json) {
    const auto params = jsonrpc::parse(json, 4).value().value.as_object();
    return static_cast<int>(
        read_bye_cause(jsonrpc::find(params, "cause"), jsonrpc::find(params, "causeCode")));
  };
  EXPECT_EQ(read(R"({})"), 16);
  EXPECT_EQ(read(R"({"cause":"CALL_REJECTED","causeCode":16})"), 21);
  EXPECT_EQ(read(R"({"cause":"user_busy"})"), 17);
  EXPECT_EQ(read(R"({"cause":"21"})"), 21);
  EXPECT_EQ(read(R"({"causeCode":21})"), 21);
  EXPECT_EQ(read(R"({"causeCode":"17"})"), 17);
  EXPECT_EQ(read(R"({"cause":"NONE","causeCode":17})"), 17);
  EXPECT_EQ(read(R"({"cause":"0","causeCode":17})"), 17);
  EXPECT_EQ(read(R"({"cause":"Device or Permission Error","causeCode":17})"), 16);
  EXPECT_EQ(read(R"({"causeCode":486})"), 16);
  EXPECT_EQ(read(R"({"cause":"9999"})"), 16);
  EXPECT_EQ(read(R"({"cause":"99999999999999999999999"})"), 16);
  EXPECT_EQ(read(R"({"cause":17,"causeCode":{}})"), 16);
}

}  // namespace
}  // namespace viaduct::verto
