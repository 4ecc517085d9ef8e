#include "media/codec/dtmf_detector.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

namespace viaduct::codec {
namespace {

constexpr double kLow[] = {697, 770, 852, 941}, kHigh[] = {1209, 1336, 1477, 1633};
constexpr char kKeys[] = "123A456B789C*0#D";

struct Key {
  char digit = '5';
  int on_ms = 60, off_ms = 60;
  double low_dbm0 = -10, high_dbm0 = -10;
  double detune = 0;  // of both frequencies
};

void press(const Key& key, std::vector<int16_t>& out) {
  const size_t at = std::string(kKeys).find(key.digit);
  const double full = 32767 / std::pow(10, 3.14 / 20);
  for (int i = 0; i < key.on_ms * 8; ++i) {
    const double t = 2 * std::numbers::pi * (1 + key.detune) * i / 8000;
    out.push_back(static_cast<int16_t>(
        full * (std::pow(10, key.low_dbm0 / 20) * std::sin(kLow[at / 4] * t) +
                std::pow(10, key.high_dbm0 / 20) * std::sin(kHigh[at % 4] * t))));
  }
  out.insert(out.end(), static_cast<size_t>(key.off_ms) * 8, int16_t{0});
}

std::string heard(std::span<const int16_t> samples) {
  DtmfDetector detector;
  std::string out;
  while (!samples.empty()) {
    const auto frame = samples.first(std::min<size_t>(160, samples.size()));
    detector.process(frame);
    while (const auto digit = detector.poll()) out += digit->digit;
    samples = samples.subspan(frame.size());
  }
  return out;
}
// The key pressed three times.
std::string heard(const Key& key) {
  std::vector<int16_t> samples;
  for (int i = 0; i < 3; ++i) press(key, samples);
  return heard(samples);
}

TEST(DtmfDetector, HearsEveryKey) {
  std::vector<int16_t> samples;
  for (const char digit : std::string(kKeys)) press({.digit = digit}, samples);
  EXPECT_EQ(heard(samples), kKeys);
}

TEST(DtmfDetector, TellsHowLongAKeyWasPressed) {
  std::vector<int16_t> samples;
  press({.on_ms = 200}, samples);
  DtmfDetector detector;
  detector.process(samples);
  const auto digit = detector.poll();
  ASSERT_TRUE(digit);
  EXPECT_NEAR(static_cast<double>(digit->length / std::chrono::milliseconds(1)), 200, 15);
}

// Q.24: 40 ms must be heard, 20 ms must not.
TEST(DtmfDetector, LengthsOfTheStandard) {
  EXPECT_EQ(heard({.on_ms = 40, .off_ms = 40}), "555");
  EXPECT_EQ(heard({.on_ms = 20}), "");
}

// The high tone may be 4 dB louder or 8 dB quieter than the low one (TIA-464), short of the edge.
TEST(DtmfDetector, TwistOfTheStandard) {
  EXPECT_EQ(heard({.low_dbm0 = -15, .high_dbm0 = -12}), "555");
  EXPECT_EQ(heard({.low_dbm0 = -10, .high_dbm0 = -17}), "555");
  EXPECT_EQ(heard({.low_dbm0 = -16, .high_dbm0 = -10}), "");
  EXPECT_EQ(heard({.low_dbm0 = -8, .high_dbm0 = -18}), "");
}

TEST(DtmfDetector, LevelsOfTheStandard) {
  EXPECT_EQ(heard({.low_dbm0 = -3, .high_dbm0 = -3}), "555");
  EXPECT_EQ(heard({.low_dbm0 = -29, .high_dbm0 = -29}), "555");
  EXPECT_EQ(heard({.low_dbm0 = -42, .high_dbm0 = -42}), "");
}

// Q.24: 1.5 % off must be heard, 3.5 % must not.
TEST(DtmfDetector, FrequenciesOfTheStandard) {
  for (const double sign : {-1.0, 1.0}) {
    EXPECT_EQ(heard({.detune = sign * 0.015}), "555");
    EXPECT_EQ(heard({.detune = sign * 0.035}), "");
  }
}

// Ten minutes of vowels: glottal pulses of a wandering pitch through wandering resonances. A digit
// heard in it is one that nobody pressed.
TEST(DtmfDetector, SpeechIsNoDigit) {
  std::vector<int16_t> voice(600 * 8000);
  double phase = 0, y1[3] = {}, y2[3] = {};
  uint32_t noise = 1;
  for (size_t i = 0; i < voice.size(); ++i) {
    const double t = static_cast<double>(i) / 8000;
    phase += (140 + 60 * std::sin(t * 1.3) + 25 * std::sin(t * 7.1)) / 8000;
    noise = noise * 1664525 + 1013904223;
    double x = static_cast<double>(noise >> 16) / 65536 * 0.02;
    if (phase >= 1) phase -= 1, x += 1;
    const double formants[] = {500 + 250 * std::sin(t * 3.7), 1400 + 500 * std::sin(t * 2.9),
                               2500 + 300 * std::sin(t * 1.7)};
    double sum = 0;
    for (int f = 0; f < 3; ++f) {
      const double radius = 0.97, angle = 2 * std::numbers::pi * formants[f] / 8000;
      const double y = x + 2 * radius * std::cos(angle) * y1[f] - radius * radius * y2[f];
      y2[f] = y1[f];
      y1[f] = y;
      sum += y;
    }
    const double loud = std::max(0.0, std::sin(t * 9));
    voice[i] = static_cast<int16_t>(std::clamp(2500 * loud * sum, -32768.0, 32767.0));
  }
  EXPECT_EQ(heard(voice), "");
}

}  // namespace
}  // namespace viaduct::codec
