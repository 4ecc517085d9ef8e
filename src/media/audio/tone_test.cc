#include "media/audio/tone.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "media/audio/level.h"
#include "media/audio/testing/tone_measure.h"

namespace viaduct::audio {
namespace {

using namespace std::chrono_literals;

TEST(ToneGenerator, GivesBothFrequenciesAtTheirLevel) {
  const ToneStep step{440, 480, 1s};
  ToneGenerator tone(std::span(&step, 1), -16, true, 8000);
  std::vector<int16_t> out(8000);
  // Odd pieces must join without a seam.
  for (size_t at = 0; at < out.size();) {
    const size_t n = std::min<size_t>(37, out.size() - at);
    tone.generate(std::span(out).subspan(at, n));
    at += n;
  }
  // -16 dBm0 is 19.14 dB below a full-scale sine, which is -3.01 dBov.
  EXPECT_NEAR(testing::tone_level_dbov(out, 8000, 440), -22.15, 0.2);
  EXPECT_NEAR(testing::tone_level_dbov(out, 8000, 480), -22.15, 0.2);
  EXPECT_LT(testing::tone_level_dbov(out, 8000, 600), -60);
}

TEST(ToneGenerator, FollowsTheCadenceAndRepeats) {
  const ToneStep steps[] = {{440, 0, 200ms}, {0, 0, 300ms}};
  ToneGenerator tone(steps, -10, true, 8000);
  std::vector<int16_t> out(8000);
  tone.generate(out);
  for (size_t ms = 0; ms < 1000; ms += 20) {
    const bool sounds = ms % 500 < 200;
    EXPECT_EQ(level_dbov(std::span(out).subspan(ms * 8, 160)) > -40, sounds) << ms;
  }
}

TEST(ToneGenerator, AnEndlessToneHasNoSeam) {
  const ToneStep step{333, 0, 100ms};  // not a whole number of periods
  ToneGenerator tone(std::span(&step, 1), -6, true, 8000);
  std::vector<int16_t> out(8000);
  tone.generate(out);
  const auto expected = testing::sine(333, -12.15, 8000, 8000);
  for (size_t i = 0; i < out.size(); ++i) ASSERT_NEAR(out[i], expected[i], 40) << i;
}

TEST(ToneGenerator, EndsOnceAndHandlesNothing) {
  const ToneStep steps[] = {{500, 0, 10ms}};
  ToneGenerator once(steps, -10, false, 8000);
  std::vector<int16_t> out(160, 77);
  once.generate(out);
  EXPECT_TRUE(once.finished());
  EXPECT_EQ(out[100], 0);
  const ToneStep nothing[] = {{500, 0, 0ms}, {500, 0, -5ms}};
  ToneGenerator none(nothing, -10, true, 8000);
  EXPECT_TRUE(none.finished());
  none.generate(out);
  EXPECT_EQ(level_dbov(out), -127);
}

TEST(Level, CountsFromTheSquareWave) {
  EXPECT_NEAR(level_dbov(testing::sine(1000, -3.02, 8000, 8000)), -3.02, 0.05);
  EXPECT_EQ(level_dbov({}), -127);
  std::vector<int16_t> samples = testing::sine(1000, -20, 8000, 8000);
  apply_gain(samples, 6);
  EXPECT_NEAR(level_dbov(samples), -14, 0.05);
  apply_gain(samples, 100);
  EXPECT_EQ(*std::max_element(samples.begin(), samples.end()), 32767);
}

TEST(ToneMeasure, FindsToneAndGap) {
  auto samples = testing::sine(1234, -20, 16000, 16000);
  EXPECT_NEAR(testing::strongest_tone(samples, 16000).hz, 1234, 1.5);
  EXPECT_NEAR(testing::strongest_tone(samples, 16000).dbov, -20, 0.2);
  EXPECT_EQ(testing::longest_gap_ms(samples, 16000, -40), 0);
  std::fill(samples.begin() + 4000, samples.begin() + 5600, int16_t{0});
  EXPECT_EQ(testing::longest_gap_ms(samples, 16000, -40), 100);
}

}  // namespace
}  // namespace viaduct::audio
