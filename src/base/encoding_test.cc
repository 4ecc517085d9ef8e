#include "base/encoding.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace viaduct::base {
namespace {

TEST(Hex, BothWays) {
  EXPECT_EQ(hex_encode(std::vector<uint8_t>{0x00, 0x9f, 0xff}), "009fff");
  EXPECT_EQ(hex_decode("009fFF").value(), (std::vector<uint8_t>{0x00, 0x9f, 0xff}));
  EXPECT_TRUE(hex_decode("").value().empty());
  for (const char* text : {"0", "0g", "g0", "0x", " 00", "00 "})
    EXPECT_FALSE(hex_decode(text)) << text;
}

// RFC 4648 §10.
TEST(Base64, VectorsOfTheRfc) {
  static constexpr std::pair<const char*, const char*> kTable[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, encoded] : kTable) {
    EXPECT_EQ(base64_encode(as_bytes(plain)), encoded);
    const auto decoded = base64_decode(encoded);
    ASSERT_TRUE(decoded) << encoded;
    EXPECT_EQ(as_text(*decoded), plain);
  }
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text :
       {"Zg", "Zg=", "Zg===", "====", "Z===", "Zm9v\n", "Zm 9", "Zm-_", "=Zg=", "Zg=a"})
    EXPECT_FALSE(base64_decode(text)) << text;
}

TEST(Base64, EveryByteAndLengthSurvives) {
  SeededRng rng(7);
  for (size_t length = 0; length < 300; ++length) {
    std::vector<uint8_t> bytes(length);
    rng.fill(bytes);
    EXPECT_EQ(base64_decode(base64_encode(bytes)).value(), bytes);
    EXPECT_EQ(hex_decode(hex_encode(bytes)).value(), bytes);
  }
}

}  // namespace
}  // namespace viaduct::base
