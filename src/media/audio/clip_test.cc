#include "media/audio/clip.h"

#include <gtest/gtest.h>

#include <string>

#include "base/encoding.h"
#include "media/audio/testing/tone_measure.h"

namespace viaduct::audio {
namespace {

void put(std::string& out, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
}

// A canonical RIFF file: 16-bit PCM, interleaved.
std::string wav(std::span<const int16_t> samples, uint32_t rate, uint16_t channels) {
  std::string out = "RIFF";
  const auto size = static_cast<uint32_t>(samples.size() * 2);
  put(out, 36 + size, 4);
  out += "WAVEfmt ";
  put(out, 16, 4);
  put(out, 1, 2);
  put(out, channels, 2);
  put(out, rate, 4);
  put(out, rate * channels * 2, 4);
  put(out, channels * 2u, 2);
  put(out, 16, 2);
  out += "data";
  put(out, size, 4);
  for (const int16_t s : samples) put(out, static_cast<uint16_t>(s), 2);
  return out;
}

TEST(Clip, ReadsAWavFileAsMono) {
  const auto tone = testing::sine(700, -12, 44100, 44100);
  std::vector<int16_t> stereo;
  for (const int16_t s : tone) stereo.push_back(s), stereo.push_back(0);
  const auto clip = Clip::decode(base::as_bytes(wav(stereo, 44100, 2))).value();
  EXPECT_EQ(clip->rate(), 44100u);
  ASSERT_EQ(clip->samples().size(), 44100u);
  const auto heard = testing::strongest_tone(clip->samples(), 44100);
  EXPECT_NEAR(heard.hz, 700, 2);
  EXPECT_NEAR(heard.dbov, -18, 0.2);  // one channel of two
}

TEST(Clip, RefusesWhatIsNoSound) {
  EXPECT_EQ(Clip::decode({}).error().code, base::Errc::malformed);
  EXPECT_EQ(Clip::decode(base::as_bytes("RIFF....WAVE")).error().code, base::Errc::malformed);
  EXPECT_EQ(Clip::decode(base::as_bytes(wav({}, 8000, 1))).error().code, base::Errc::malformed);
  const std::vector<int16_t> samples(100, 5);
  EXPECT_EQ(Clip::decode(base::as_bytes(wav(samples, 4000, 1))).error().code,
            base::Errc::unsupported);
}

TEST(Clip, IsBounded) {
  const std::string file = wav(std::vector<int16_t>(1000, 5), 8000, 1);
  ClipLimits limits;
  limits.max_samples = 999;
  EXPECT_EQ(Clip::decode(base::as_bytes(file), limits).error().code, base::Errc::too_large);
  limits = {};
  limits.max_file_bytes = 100;
  EXPECT_EQ(Clip::decode(base::as_bytes(file), limits).error().code, base::Errc::too_large);
}

TEST(ClipReader, PlaysOnceAtAnotherRate) {
  const auto clip = std::make_shared<const Clip>(testing::sine(500, -12, 48000, 48000), 48000);
  ClipReader reader(clip, 8000, false);
  std::vector<int16_t> out(160), all;
  size_t from_clip = 0;
  for (int i = 0; i < 60; ++i) {
    from_clip += reader.read(out);
    all.insert(all.end(), out.begin(), out.end());
  }
  EXPECT_TRUE(reader.finished());
  EXPECT_NEAR(static_cast<double>(from_clip), 8000, 40);
  EXPECT_NEAR(testing::strongest_tone(std::span(all).first(7000), 8000).hz, 500, 2);
  EXPECT_EQ(level_dbov(std::span(all).last(1000)), -127);
}

TEST(ClipReader, RepeatsWithoutAGap) {
  const auto clip = std::make_shared<const Clip>(testing::sine(500, -12, 8000, 800), 8000);
  ClipReader reader(clip, 16000, true);
  std::vector<int16_t> out(32000);
  EXPECT_EQ(reader.read(out), out.size());
  EXPECT_FALSE(reader.finished());
  EXPECT_EQ(testing::longest_gap_ms(std::span(out).subspan(200), 16000, -30), 0);
  EXPECT_NEAR(testing::strongest_tone(out, 16000).hz, 500, 2);
}

}  // namespace
}  // namespace viaduct::audio
