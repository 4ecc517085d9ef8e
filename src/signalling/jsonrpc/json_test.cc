#include "signalling/jsonrpc/json.h"

#include <gtest/gtest.h>

namespace viaduct::jsonrpc {
namespace {

Object object(std::string_view text) { return parse(text, 64).value().value.as_object(); }

TEST(Json, IgnoresByteOrderMarkAndTrailingText) {
  EXPECT_EQ(print(parse("\xEF\xBB\xBF{\"a\":1}", 64)->value), R"({"a":1})");
  EXPECT_EQ(parse(R"({"a":1} trailing)", 64)->text.substr(0, 7), R"({"a":1})");
  EXPECT_EQ(print(parse(R"({"a":1}{"b":2})", 64)->value), R"({"a":1})");
  EXPECT_EQ(print(parse("42", 64)->value), "42");
}

TEST(Json, RefusesWhatIsNoJson) {
  EXPECT_EQ(parse("", 64).error().code, base::Errc::truncated);
  EXPECT_EQ(parse("   ", 64).error().code, base::Errc::truncated);
  EXPECT_EQ(parse(R"({"a":)", 64).error().code, base::Errc::truncated);
  EXPECT_EQ(parse("{bad", 64).error().code, base::Errc::malformed);
  EXPECT_EQ(parse("\"\xff\xfe\"", 64).error().code, base::Errc::malformed);  // no UTF-8
  EXPECT_EQ(parse(R"("\ud800")", 64).error().code, base::Errc::malformed);   // half a character
}

TEST(Json, BoundsTheDepth) {
  const auto nested = [](size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  EXPECT_TRUE(parse(nested(64), 64));
  EXPECT_EQ(parse(nested(65), 64).error().code, base::Errc::too_large);
}

TEST(Json, FindsMembersInAnyCaseButPrefersTheExactOne) {
  EXPECT_EQ(find_string(object(R"({"CallID":"a"})"), "callID"), "a");
  EXPECT_EQ(find_string(object(R"({"callId":"a","callID":"b"})"), "callID"), "b");
  EXPECT_EQ(find(object(R"({"call":"a"})"), "callID"), nullptr);
  EXPECT_EQ(find_string(object(R"({"callID":5})"), "callID"), std::nullopt);
}

TEST(Json, ReadsFlagsAndNumbersFromTexts) {
  const Object o =
      object(R"({"a":true,"b":"Yes","c":"12","d":"0","e":"no","f":1,"g":"false","h":null})");
  for (const char* name : {"a", "b", "c"}) EXPECT_TRUE(is_true(o.at(name))) << name;
  for (const char* name : {"d", "e", "f", "g", "h"}) EXPECT_FALSE(is_true(o.at(name))) << name;
  EXPECT_TRUE(is_false(o.at("g")));
  EXPECT_FALSE(is_false(o.at("h")));
  EXPECT_EQ(as_integer(o.at("c")), 12);
  EXPECT_EQ(as_integer(o.at("f")), 1);
  EXPECT_EQ(as_integer(o.at("e")), std::nullopt);
}

TEST(Json, GivesTheTextOfAMemberUnchanged) {
  EXPECT_EQ(raw_member(R"({"x":[1,{"id":9}],"id":1.50,"y":{}})", "id"), "1.50");
  EXPECT_EQ(raw_member(R"({ "id" : "a\"b\\" , "z":0})", "id"), R"("a\"b\\")");
  EXPECT_EQ(raw_member(R"({"ID":12345678901234567890123})", "id"), "12345678901234567890123");
  EXPECT_EQ(raw_member(R"({"ID":1,"id":{"a":[]}})", "id"), R"({"a":[]})");
  EXPECT_EQ(raw_member("{\"\\u0069d\":-0}", "id"), "-0");
  EXPECT_EQ(raw_member(R"({"id":true})", "id"), "true");
  EXPECT_EQ(raw_member("{}", "id"), "");
}

TEST(Json, MakesTextsFromElsewhereValid) {
  EXPECT_EQ(valid_utf8("J\xC3\xB6rg \xE2\x82\xAC \xF0\x9F\x98\x80"),
            "J\xC3\xB6rg \xE2\x82\xAC \xF0\x9F\x98\x80");
  EXPECT_EQ(valid_utf8("J\xF6rg"), "J\xEF\xBF\xBDrg");  // Latin-1
  const std::string_view bad[] = {"\xC3",     "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                  "\xE2\x82", "\xFF\xFE", "\x80"};
  for (const auto text : bad) {
    const std::string valid = valid_utf8(text);
    EXPECT_NE(valid, text);
    EXPECT_TRUE(parse(print(Value(valid)), 1).has_value());
  }
}

TEST(Json, SplitsAnArrayIntoTexts) {
  const auto parts = raw_elements(R"( [ {"a":[1,2]} , 7,"x,]", [[]] ])");
  ASSERT_EQ(parts.size(), 4u);
  EXPECT_EQ(parts[0], R"({"a":[1,2]})");
  EXPECT_EQ(parts[1], "7");
  EXPECT_EQ(parts[2], R"("x,]")");
  EXPECT_EQ(parts[3], "[[]]");
  EXPECT_TRUE(raw_elements("[]").empty());
}

}  // namespace
}  // namespace viaduct::jsonrpc
