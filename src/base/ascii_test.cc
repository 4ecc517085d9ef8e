#include "base/ascii.h"

#include <gtest/gtest.h>

namespace viaduct::base {
namespace {

TEST(Ascii, ComparesWithoutCaseOrLocale) {
  EXPECT_TRUE(iequals("Content-Length", "CONTENT-length"));
  EXPECT_FALSE(iequals("via", "vi"));
  EXPECT_FALSE(iequals("[", "{"));        // 32 apart, but no letters
  EXPECT_FALSE(iequals("\xc4", "\xe4"));  // no ASCII, so never folded
  EXPECT_EQ(lower("INVITE sip:Bob@\xc4"), "invite sip:bob@\xc4");
}

TEST(Ascii, TrimsSpacesAndTabsOnly) {
  EXPECT_EQ(trim(" \t a b\t "), "a b");
  EXPECT_EQ(trim("\ra\n"), "\ra\n");
  EXPECT_EQ(trim(" \t"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Ascii, TakeUntilCutsPieces) {
  std::string_view text = "a,,b";
  EXPECT_EQ(take_until(text, ','), "a");
  EXPECT_EQ(take_until(text, ','), "");
  EXPECT_EQ(take_until(text, ','), "b");
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(take_until(text, ','), "");
}

TEST(Ascii, ParseNumberTakesWholeNumbersThatFit) {
  EXPECT_EQ(parse_number<uint16_t>("65535"), 65535);
  EXPECT_EQ(parse_number<uint8_t>("007"), 7);
  EXPECT_EQ(parse_number<int>("-5"), -5);
  for (const char* text :
       {"", "65536", "-1", "+1", " 1", "1 ", "1x", "0x10", "99999999999999999999"})
    EXPECT_EQ(parse_number<uint16_t>(text), std::nullopt) << text;
}

}  // namespace
}  // namespace viaduct::base
