#include "media/audio/resampler.h"

#include <gtest/gtest.h>

#include "media/audio/testing/tone_measure.h"

namespace viaduct::audio {
namespace {

struct Ratio {
  uint32_t from, to;
};
class EveryRatio : public ::testing::TestWithParam<Ratio> {};
INSTANTIATE_TEST_SUITE_P(Ratios, EveryRatio,
                         ::testing::Values(Ratio{8000, 16000}, Ratio{16000, 8000},
                                           Ratio{8000, 48000}, Ratio{48000, 8000},
                                           Ratio{48000, 16000}, Ratio{44100, 8000},
                                           Ratio{44100, 48000}, Ratio{11025, 48000},
                                           Ratio{192000, 8000}, Ratio{16000, 16000}));

TEST_P(EveryRatio, KeepsAToneAndLosesNoSample) {
  const auto [from, to] = GetParam();
  Resampler resampler(from, to);
  const auto in = testing::sine(1000, -12, from, from);
  std::vector<int16_t> out;
  for (size_t at = 0; at < in.size();) {  // in uneven pieces
    const size_t n = std::min<size_t>(at % 7 + 100, in.size() - at);
    resampler.process(std::span(in).subspan(at, n), out);
    at += n;
  }
  EXPECT_NEAR(static_cast<double>(out.size()), to, 1.0 + 34.0 * to / std::min(from, to));
  const auto tone = testing::strongest_tone(out, to);
  EXPECT_NEAR(tone.hz, 1000, 2);
  EXPECT_NEAR(tone.dbov, -12, 0.3);
}

TEST(Resampler, KeepsWhatFitsAndDropsWhatWouldFold) {
  const auto level_after = [](double hz) {
    Resampler resampler(48000, 8000);
    std::vector<int16_t> out;
    resampler.process(testing::sine(hz, -6, 48000, 48000), out);
    return level_dbov(std::span(out).subspan(1000, 4000));
  };
  EXPECT_NEAR(level_after(3000), -6, 0.5);
  EXPECT_LT(level_after(5000), -55);
  EXPECT_LT(level_after(9000), -60);
}

TEST(Resampler, SaysWhatItSupports) {
  EXPECT_TRUE(Resampler::supports(44100, 8000));
  EXPECT_FALSE(Resampler::supports(7999, 8000));
  EXPECT_FALSE(Resampler::supports(0, 8000));
  EXPECT_FALSE(Resampler::supports(8001, 48000));
}

}  // namespace
}  // namespace viaduct::audio
