#include "media/audio/recording_encoder.h"

#include <gtest/gtest.h>

#include <cstring>

#include "media/audio/clip.h"
#include "media/audio/testing/tone_measure.h"

namespace viaduct::audio {
namespace {

using testing::sine;
using testing::strongest_tone;

void apply(std::vector<uint8_t>& file, RecordingEncoder& encoder) {
  for (const auto& patch : encoder.take()) {
    file.resize(std::max<size_t>(file.size(), patch.offset + patch.bytes.size()));
    std::memcpy(file.data() + patch.offset, patch.bytes.data(), patch.bytes.size());
  }
}

struct Kind {
  FileFormat format;
  uint32_t rate;
  uint8_t channels;
};

class Encoded : public ::testing::TestWithParam<Kind> {};

// Three seconds of a tone in blocks; what is read back is that tone. One channel is heard alone by
// leaving the other silent: a reader mixes them, so it is 6 dB down.
TEST_P(Encoded, IsReadBack) {
  const auto [format, rate, channels] = GetParam();
  auto encoder = RecordingEncoder::create(format, rate, channels).value();
  std::vector<uint8_t> file;
  const size_t block = rate / 2;
  for (size_t n = 0; n < 6; ++n) {
    const auto tone = sine(440, -10, rate, block, n * block);
    std::vector<int16_t> samples(block * channels);
    for (size_t i = 0; i < block; ++i) samples[i * channels] = tone[i];
    ASSERT_TRUE(encoder.write(samples));
    apply(file, encoder);
  }
  encoder.finish();
  apply(file, encoder);
  const auto clip = Clip::decode(file).value();
  const auto heard = clip->samples();
  EXPECT_NEAR(static_cast<double>(heard.size()) / clip->rate(), 3, 0.05);
  EXPECT_NEAR(strongest_tone(heard.subspan(clip->rate()), clip->rate()).hz, 440, 1);
  EXPECT_NEAR(level_dbov(heard.subspan(clip->rate(), clip->rate())), channels == 2 ? -16 : -10, 1);
}

std::vector<Kind> kinds() {
  std::vector<Kind> out;
  for (const auto format : {FileFormat::wav, FileFormat::flac, FileFormat::opus})
    for (const uint32_t rate : {8000u, 16000u, 48000u})
      for (const uint8_t channels : {1, 2}) out.push_back({format, rate, channels});
  return out;
}
INSTANTIATE_TEST_SUITE_P(Kinds, Encoded, ::testing::ValuesIn(kinds()));

// The program died without finish(): what is in the file so far is heard.
class Unfinished : public ::testing::TestWithParam<FileFormat> {};

TEST_P(Unfinished, IsStillAFile) {
  auto encoder = RecordingEncoder::create(GetParam(), 16000, 2).value();
  std::vector<uint8_t> file;
  for (int n = 0; n < 10; ++n) {
    ASSERT_TRUE(encoder.write(sine(440, -10, 16000, 16000)));
    apply(file, encoder);
  }
  const auto clip = Clip::decode(file);
  ASSERT_TRUE(clip);
  // Frames that wait in the encoder are lost: up to a second of Opus.
  EXPECT_GE(static_cast<double>((*clip)->samples().size()) / (*clip)->rate(), 3.9);
}

INSTANTIATE_TEST_SUITE_P(Formats, Unfinished,
                         ::testing::Values(FileFormat::wav, FileFormat::flac, FileFormat::opus));

// Music on hold of ten minutes: what it takes in memory is its samples.
TEST(RecordingEncoder, TenMinutesAreAClip) {
  auto encoder = RecordingEncoder::create(FileFormat::flac, 8000, 1).value();
  std::vector<uint8_t> file;
  const auto minute = sine(440, -10, 8000, 60 * 8000);
  for (int n = 0; n < 10; ++n) {
    ASSERT_TRUE(encoder.write(minute));
    apply(file, encoder);
  }
  encoder.finish();
  apply(file, encoder);
  const auto clip = Clip::decode(file).value();
  EXPECT_EQ(clip->samples().size_bytes(), 600u * 8000 * 2);
}

TEST(RecordingEncoder, RefusesWhatNoFileHolds) {
  EXPECT_FALSE(RecordingEncoder::create(FileFormat::wav, 11025, 1));
  EXPECT_FALSE(RecordingEncoder::create(FileFormat::wav, 8000, 3));
}

}  // namespace
}  // namespace viaduct::audio
