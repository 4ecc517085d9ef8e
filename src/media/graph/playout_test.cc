#include "media/graph/playout.h"

#include <gtest/gtest.h>

#include "media/audio/testing/tone_measure.h"
#include "media/graph/testing/jittery_path.h"

namespace viaduct::graph {
namespace {

using namespace std::chrono_literals;
using testing::JitteryPath;
using testing::walk;

class PlayoutOver : public ::testing::TestWithParam<int> {};

// The delay is what the path needs and little more, and next to nothing is late.
TEST_P(PlayoutOver, Jitter) {
  const auto result = walk({.jitter = std::chrono::milliseconds(GetParam())});
  EXPECT_LT(result.mean_delay_ms, GetParam() + 45);
  EXPECT_LT(result.late_percent, 1);
  EXPECT_LT(result.concealed_percent, 1);
  EXPECT_LT(result.stretched_percent, 1);
}

TEST_P(PlayoutOver, JitterAndLoss) {
  const auto result = walk({.jitter = std::chrono::milliseconds(GetParam()), .loss_percent = 10});
  EXPECT_LT(result.mean_delay_ms, GetParam() + 60);
  EXPECT_LT(result.late_percent, 1);
  EXPECT_NEAR(result.concealed_percent, 10, 2);
}

INSTANTIATE_TEST_SUITE_P(Milliseconds, PlayoutOver, ::testing::Values(0, 20, 50, 100, 200));

class PlayoutSkew : public ::testing::TestWithParam<int> {};

// Without correction 200 ppm are 240 ms in 20 minutes.
TEST_P(PlayoutSkew, DelayStays) {
  const auto result = walk({.jitter = 30ms, .skew_ppm = GetParam(), .length = 1200s});
  EXPECT_LT(result.most_delay_ms - result.least_delay_ms, 40);
  EXPECT_LT(result.mean_delay_ms, 90);
  EXPECT_EQ(result.counters.lost, 0u);
  EXPECT_LT(result.concealed_percent, 0.1);
}

INSTANTIATE_TEST_SUITE_P(Ppm, PlayoutSkew, ::testing::Values(-200, 200));

TEST(Playout, AnyPacketLengthAtAnyTick) {
  for (const auto ptime : {10ms, 20ms, 30ms, 60ms})
    for (const auto tick : {10ms, 20ms}) {
      const auto result = walk({.jitter = 20ms, .ptime = ptime, .tick = tick, .length = 20s});
      EXPECT_LT(result.mean_delay_ms, 75) << ptime.count() << " " << tick.count();
      EXPECT_LT(result.concealed_percent, 1) << ptime.count() << " " << tick.count();
    }
}

// Speaks tones to a playout in 20 ms packets without a network.
class PlayoutTest : public ::testing::Test {
 protected:
  void speak(const negotiation::Codec& codec, codec::Kind kind, uint32_t rate, double hz,
             int packets) {
    const auto encoder = codec::make_encoder(kind, rate).value();
    for (int i = 0; i < packets; ++i) {
      std::array<uint8_t, 1500> payload;
      const size_t frame = rate / 50;
      const auto sound = audio::testing::sine(hz, -20, rate, frame, frame * static_cast<size_t>(i));
      const size_t size = encoder->encode(sound, payload).value();
      Heard heard;
      heard.packet.header.sequence = sequence_++;
      heard.packet.header.timestamp.value = timestamp_ += codec.clock_rate / 50;
      heard.packet.payload = std::span(payload).first(size);
      heard.codec = &codec;
      playout_.push(heard, now_);
      tick();
    }
  }
  void tick() {
    std::array<int16_t, 320> out;
    playout_.pull(out, now_);
    heard_.insert(heard_.end(), out.begin(), out.end());
    now_ += 20ms;
  }
  std::span<const int16_t> heard(size_t from_ms, size_t length_ms) {
    return std::span(heard_).subspan(from_ms * 16, length_ms * 16);
  }

  base::TimePoint now_{1h};
  Playout playout_{16000};
  uint16_t sequence_ = 7;
  uint32_t timestamp_ = 99;
  std::vector<int16_t> heard_;
};

TEST_F(PlayoutTest, ANarrowCodecIsHeardAtTheWiderRate) {
  speak(negotiation::kPcma, codec::Kind::pcma, 8000, 1000, 100);
  EXPECT_NEAR(audio::testing::strongest_tone(heard(500, 1000), 16000).hz, 1000, 2);
  EXPECT_NEAR(audio::level_dbov(heard(500, 1000)), -20, 0.5);
  EXPECT_EQ(audio::testing::longest_gap_ms(heard(500, 1000), 16000, -25), 0);
}

TEST_F(PlayoutTest, AnotherCodecFollowsWithoutLosingTheRestOfTheFirst) {
  speak(negotiation::kPcmu, codec::Kind::pcmu, 8000, 1000, 100);
  timestamp_ = 5;
  speak(negotiation::kOpus, codec::Kind::opus, 16000, 440, 100);
  EXPECT_NEAR(audio::testing::strongest_tone(heard(1500, 500), 16000).hz, 1000, 2);
  EXPECT_NEAR(audio::testing::strongest_tone(heard(2500, 1000), 16000).hz, 440, 2);
  EXPECT_LE(audio::testing::longest_gap_ms(heard(500, 3000), 16000, -30), 60);
}

TEST_F(PlayoutTest, BeforeTheFirstPacketThereIsSilence) {
  tick();
  EXPECT_EQ(audio::level_dbov(heard_), -127);
}

}  // namespace
}  // namespace viaduct::graph
