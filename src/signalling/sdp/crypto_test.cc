#include "signalling/sdp/crypto.h"

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace viaduct::sdp {
namespace {

// RFC 4568 §4.1's example.
constexpr std::string_view kExample =
    "1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32";

TEST(SdpCrypto, ReadsTheExampleOfTheRfc) {
  const auto crypto = parse_crypto(kExample);
  ASSERT_TRUE(crypto);
  EXPECT_EQ(crypto->tag, 1u);
  EXPECT_EQ(crypto->suite, "AES_CM_128_HMAC_SHA1_80");
  ASSERT_EQ(crypto->keys.size(), 1u);
  EXPECT_EQ(base::base64_encode(crypto->keys[0].key_and_salt.reveal()),
            "PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR");
  EXPECT_EQ(crypto->keys[0].lifetime, 1u << 20);
  std::vector<uint8_t> mki(32);
  mki.back() = 1;
  EXPECT_EQ(crypto->keys[0].mki, mki);
  EXPECT_TRUE(crypto->parameters.empty());
}

TEST(SdpCrypto, LifetimeAndMkiMayEachBeMissing) {
  const auto key = [](std::string_view rest) {
    return parse_crypto("1 S inline:AAAA" + std::string(rest));
  };
  EXPECT_FALSE(key("")->keys[0].lifetime);
  EXPECT_TRUE(key("")->keys[0].mki.empty());
  EXPECT_EQ(key("|2^48")->keys[0].lifetime, uint64_t{1} << 48);
  EXPECT_EQ(key("|1234")->keys[0].lifetime, 1234u);
  EXPECT_EQ(key("|258:2")->keys[0].mki, (std::vector<uint8_t>{1, 2}));
  EXPECT_FALSE(key("|258:2")->keys[0].lifetime);
}

TEST(SdpCrypto, ReadsSeveralKeysAndParameters) {
  const auto crypto =
      parse_crypto("7  S  inline:AAAA|2^20|1:4;inline:BBBB|2^20|2:4  KDR=1 -x WSH=64");
  ASSERT_TRUE(crypto);
  EXPECT_EQ(crypto->keys.size(), 2u);
  EXPECT_EQ(crypto->keys[1].mki.back(), 2);
  EXPECT_EQ(crypto->parameters, (std::vector<std::string>{"KDR=1", "-x", "WSH=64"}));
  EXPECT_EQ(print(*crypto), "7 S inline:AAAA|1048576|1:4;inline:BBBB|1048576|2:4 KDR=1 -x WSH=64");
}

TEST(SdpCrypto, TakesAKeyWithoutItsPadding) {
  EXPECT_EQ(parse_crypto("1 S inline:AAAAAA")->keys[0].key_and_salt.reveal().size(), 4u);
}

TEST(SdpCrypto, RefusesWhatIsNoCryptoLine) {
  for (const char* wrong :
       {"", "1", "1 S", "x S inline:AAAA", "1234567890 S inline:AAAA", "1 S uri:AAAA",
        "1 S inline:", "1 S inline:A*AA", "1 S inline:AAAA|2^", "1 S inline:AAAA|2^49",
        "1 S inline:AAAA|0", "1 S inline:AAAA|1:0", "1 S inline:AAAA|1:129",
        "1 S inline:AAAA|256:1", "1 S inline:AAAA|2^20|2^20", "1 S inline:AAAA|1:4|2^20"})
    EXPECT_FALSE(parse_crypto(wrong)) << wrong;
  std::string many = "1 S inline:AAAA";
  for (int i = 0; i < 20; ++i) many += ";inline:AAAA";
  EXPECT_FALSE(parse_crypto(many));
}

}  // namespace
}  // namespace viaduct::sdp
