#include "media/codec/g711.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace viaduct::codec {
namespace {

TEST(G711, KnowsTheStandardsLandmarks) {
  // ITU-T G.711 tables 1a and 2a: the extremes and both zeros, scaled to 16 bits.
  EXPECT_EQ(linear_from_ulaw(0x80), 32124);
  EXPECT_EQ(linear_from_ulaw(0x00), -32124);
  EXPECT_EQ(linear_from_ulaw(0xff), 0);
  EXPECT_EQ(linear_from_ulaw(0x7f), 0);
  EXPECT_EQ(linear_from_alaw(0xaa), 32256);
  EXPECT_EQ(linear_from_alaw(0x2a), -32256);
  EXPECT_EQ(linear_from_alaw(0xd5), 8);
  EXPECT_EQ(linear_from_alaw(0x55), -8);
  EXPECT_EQ(ulaw_from_linear(0), 0xff);
  EXPECT_EQ(alaw_from_linear(0), 0xd5);
}

TEST(G711, EveryCodeComesBack) {
  for (int code = 0; code < 256; ++code) {
    const auto c = static_cast<uint8_t>(code);
    EXPECT_EQ(alaw_from_linear(linear_from_alaw(c)), c);
    // 0x7f is µ-law's negative zero.
    EXPECT_EQ(ulaw_from_linear(linear_from_ulaw(c)), c == 0x7f ? 0xff : c);
  }
}

TEST(G711, EverySampleIsWithinHalfAStep) {
  for (int sample = -32768; sample <= 32767; ++sample) {
    const auto s = static_cast<int16_t>(sample);
    const int u = linear_from_ulaw(ulaw_from_linear(s)), a = linear_from_alaw(alaw_from_linear(s));
    EXPECT_LE(std::abs(u - sample), (std::abs(sample) + 132) / 31 + 1) << sample;
    EXPECT_LE(std::abs(a - sample), std::max(8, std::abs(sample) / 31 + 1)) << sample;
  }
}

}  // namespace
}  // namespace viaduct::codec
