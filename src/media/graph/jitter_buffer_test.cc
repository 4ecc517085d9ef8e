#include "media/graph/jitter_buffer.h"

#include <gtest/gtest.h>

#include <array>

namespace viaduct::graph {
namespace {

using namespace std::chrono_literals;
using Action = JitterBuffer::Action;

constexpr std::array<uint8_t, 3> kPayload = {1, 2, 3};

// PCMU of 20 ms; a tick every 20 ms.
class JitterBufferTest : public ::testing::Test {
 protected:
  void push(int n) {
    const auto value = static_cast<uint8_t>(n);
    push(n, std::array<uint8_t, 1>{value});
  }
  void push(int n, std::span<const uint8_t> payload) {
    buffer_.push(static_cast<uint16_t>(first_sequence_ + n),
                 {first_timestamp_ + static_cast<uint32_t>(n) * 160}, payload, now_);
  }
  // One tick in letters: the packet's number, "c" concealed, "." silence.
  std::string tick() {
    const auto step = buffer_.next(now_, 20ms);
    now_ += 20ms;
    if (step.action == Action::silence) return ".";
    if (step.action == Action::conceal) return "c";
    buffer_.decoded(20ms);
    return std::to_string(step.payload[0]);
  }
  std::string ticks(int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += tick();
    return out;
  }
  // Packets 0..n-1 in time, a tick after each.
  std::string start(int n) {
    std::string out;
    for (int i = 0; i < n; ++i) push(i), out += tick();
    return out;
  }

  base::TimePoint now_{1h};
  uint16_t first_sequence_ = 65534;  // wraps
  uint32_t first_timestamp_ = 0xffffff00;
  JitterBuffer buffer_{8000, {.min_delay = 40ms, .arrival = {.expected = 0ms}}};
};

TEST_F(JitterBufferTest, PlaysInOrderAfterItsDelay) {
  EXPECT_EQ(start(6), "..0123");
  EXPECT_EQ(buffer_.counters().played, 4u);
  EXPECT_EQ(buffer_.size(), 2u);
}

TEST_F(JitterBufferTest, PutsPacketsInOrderAndDropsDoubles) {
  push(1), push(0), push(3), push(2), push(2);
  now_ += 40ms;
  push(4), push(5);
  EXPECT_EQ(ticks(6), "012345");
  EXPECT_EQ(buffer_.counters().duplicate, 1u);
  EXPECT_EQ(buffer_.counters().lost, 0u);
}

TEST_F(JitterBufferTest, ALostPacketIsConcealedOnceWithThePacketBehindIt) {
  EXPECT_EQ(start(4), "..01");
  push(5);
  EXPECT_EQ(tick(), "2");
  push(6);
  EXPECT_EQ(tick(), "3");
  push(7);
  const auto step = buffer_.next(now_, 20ms);
  EXPECT_EQ(step.action, Action::conceal);
  EXPECT_EQ(step.length, 20ms);
  ASSERT_EQ(step.payload.size(), 1u);
  EXPECT_EQ(step.payload[0], 5);
  now_ += 20ms;
  EXPECT_EQ(ticks(3), "567");
  EXPECT_EQ(buffer_.counters().lost, 1u);
}

TEST_F(JitterBufferTest, APacketAfterItsTurnIsCountedAndDropped) {
  start(4);
  push(5), push(6), push(7);
  EXPECT_EQ(ticks(4), "23c5");
  push(4);
  EXPECT_EQ(ticks(2), "67");
  EXPECT_EQ(buffer_.counters().late, 1u);
}

// A spike: nothing comes for 100 ms, then all at once. Time stands still meanwhile; nothing is
// lost.
TEST_F(JitterBufferTest, ASpikeMakesTheDelayGrowInsteadOfLosing) {
  start(4);
  EXPECT_EQ(ticks(5), "23ccc");
  for (int i = 4; i < 9; ++i) push(i);
  EXPECT_EQ(ticks(5), "45678");
  EXPECT_EQ(buffer_.counters().lost, 0u);
}

TEST_F(JitterBufferTest, ConcealmentEndsInSilence) {
  start(3);
  EXPECT_EQ(ticks(12), "12cccccc....");
}

// DTX: the sequence goes on, the timestamp has a hole: no concealment, and the delay is as wished.
TEST_F(JitterBufferTest, APauseOfTheSenderIsSilence) {
  start(3);
  EXPECT_EQ(ticks(2), "12");
  buffer_.push(first_sequence_ + 3, {first_timestamp_ + 25 * 160}, kPayload, now_);
  first_timestamp_ += 22 * 160;
  const std::string heard = ticks(40);
  EXPECT_EQ(heard.substr(0, 3).find('c'), std::string::npos) << heard;
  EXPECT_EQ(std::count(heard.begin(), heard.end(), '1'), 1) << heard;
}

// After comfort noise or a digit nothing is guessed.
TEST_F(JitterBufferTest, AfterAPacketWithoutAudioThereIsSilence) {
  start(3);
  push(3, {});
  EXPECT_EQ(ticks(4), "12..");
}

TEST_F(JitterBufferTest, AJumpOfTheTimestampIsANewLine) {
  start(4);
  first_timestamp_ += 123'456'789;
  for (int i = 4; i < 9; ++i) push(i), tick();
  EXPECT_EQ(buffer_.counters().restarts, 1u);
  EXPECT_EQ(buffer_.counters().played, 2u + 3u);
}

// The timestamp stood still while the far side was on hold: everything after it looks late.
TEST_F(JitterBufferTest, AStreamThatIsAlwaysLateIsPlayedAgainSoon) {
  start(4);
  ticks(40);
  int played = 0;
  for (int i = 4; i < 40; ++i) {
    push(i);
    const std::string heard = tick();
    played += heard != "." && heard != "c";
  }
  EXPECT_GT(played, 20);
}

TEST_F(JitterBufferTest, ASecondWithoutATickStaysBounded) {
  for (int i = 0; i < 10'000; ++i) push(i);
  EXPECT_LE(buffer_.size(), 128u);
}

TEST_F(JitterBufferTest, APacketThatCannotBeDecodedIsConcealed) {
  start(4);
  push(4), push(5);
  const auto step = buffer_.next(now_, 20ms);
  ASSERT_EQ(step.action, Action::decode);
  buffer_.decoded(0ms);
  EXPECT_EQ(buffer_.next(now_, 20ms).action, Action::conceal);
}

}  // namespace
}  // namespace viaduct::graph
