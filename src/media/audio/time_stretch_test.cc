#include "media/audio/time_stretch.h"

#include <gtest/gtest.h>

#include "media/audio/testing/tone_measure.h"

namespace viaduct::audio {
namespace {

using testing::longest_gap_ms;
using testing::sine;
using testing::strongest_tone;

class TimeStretch : public ::testing::TestWithParam<uint32_t> {};

// A second of a tone, every other frame of it changed by `change`.
template <class Change>
std::vector<int16_t> changed(uint32_t rate, double hz, Change change) {
  std::vector<int16_t> out;
  const size_t frame = rate / 50;
  for (size_t at = 0; at < rate; at += frame) {
    auto part = sine(hz, -20, rate, frame, at);
    if (at / frame % 2) change(part);
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

TEST_P(TimeStretch, ShorterKeepsPitchAndLevel) {
  const uint32_t rate = GetParam();
  size_t taken = 0;
  const auto out =
      changed(rate, 440, [&](std::vector<int16_t>& part) { taken += shorten(part, rate); });
  EXPECT_EQ(out.size() + taken, rate);
  EXPECT_GT(taken, rate / 10);
  EXPECT_NEAR(strongest_tone(out, rate).hz, 440, 4);
  EXPECT_NEAR(level_dbov(out), -20, 0.5);
  EXPECT_EQ(longest_gap_ms(out, rate, -24), 0);
}

TEST_P(TimeStretch, LongerKeepsPitchAndLevel) {
  const uint32_t rate = GetParam();
  size_t added = 0;
  const auto out =
      changed(rate, 440, [&](std::vector<int16_t>& part) { added += lengthen(part, rate); });
  EXPECT_EQ(out.size(), rate + added);
  EXPECT_GT(added, rate / 10);
  EXPECT_NEAR(strongest_tone(out, rate).hz, 440, 4);
  EXPECT_NEAR(level_dbov(out), -20, 0.5);
  EXPECT_EQ(longest_gap_ms(out, rate, -24), 0);
}

INSTANTIATE_TEST_SUITE_P(Rates, TimeStretch, ::testing::Values(8000u, 16000u, 48000u));

TEST(TimeStretchOf, SilenceIsCutFreely) {
  std::vector<int16_t> silence(160);
  EXPECT_EQ(shorten(silence, 8000), 80u);
  EXPECT_EQ(silence.size(), 80u);
  EXPECT_EQ(lengthen(silence, 8000), 40u);
  EXPECT_EQ(silence.size(), 120u);
}

TEST(TimeStretchOf, NoiseIsLeftAlone) {
  std::vector<int16_t> noise(160);
  uint32_t state = 1;
  for (int16_t& sample : noise) sample = static_cast<int16_t>((state = state * 1664525 + 7) >> 16);
  const auto before = noise;
  EXPECT_EQ(shorten(noise, 8000), 0u);
  EXPECT_EQ(lengthen(noise, 8000), 0u);
  EXPECT_EQ(noise, before);
}

TEST(TimeStretchOf, TooLittleIsLeftAlone) {
  std::vector<int16_t> few(79, 100);
  EXPECT_EQ(shorten(few, 8000), 0u);
  std::vector<int16_t> none;
  EXPECT_EQ(lengthen(none, 8000), 0u);
}

}  // namespace
}  // namespace viaduct::audio
