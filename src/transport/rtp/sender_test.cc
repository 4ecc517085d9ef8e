#include "transport/rtp/sender.h"

#include <gtest/gtest.h>

#include "transport/rtp/ntp.h"

namespace viaduct::rtp {
namespace {

using namespace std::chrono_literals;
using base::RtpTime;
using base::TimePoint;

class SenderLine : public ::testing::Test {
 protected:
  // One 20 ms packet of a source at `now_`.
  std::optional<Header> stamp(uint16_t sequence, uint32_t timestamp, bool marker = false) {
    return sender_.stamp({sequence, {timestamp}, marker}, 0, 160, now_);
  }
  void pass(base::Duration time) { now_ += time; }

  base::SeededRng rng_{1};
  TimePoint now_{50s};
  Sender sender_{{.clock_rate = 8000}, rng_};
};

TEST_F(SenderLine, FollowsASourceWithItsGapsAndReorderings) {
  const auto first = stamp(100, 5000);
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->marker);
  EXPECT_EQ(first->ssrc, sender_.ssrc());
  EXPECT_LE(first->sequence, 0x8000);
  pass(60ms);
  const auto third = stamp(103, 5480);
  EXPECT_EQ(third->sequence, static_cast<uint16_t>(first->sequence + 3));
  EXPECT_EQ(third->timestamp - first->timestamp, 480);
  EXPECT_FALSE(third->marker);
  const auto second = stamp(101, 5160);
  EXPECT_EQ(second->sequence, static_cast<uint16_t>(first->sequence + 1));
  EXPECT_EQ(second->timestamp - first->timestamp, 160);
  EXPECT_TRUE(stamp(104, 5640, true)->marker);
  EXPECT_EQ(sender_.packets(), 4u);
  EXPECT_EQ(sender_.octets(), 640u);
}

TEST_F(SenderLine, GoesOnAcrossAChangeOfSource) {
  const auto a = stamp(100, 5000);
  pass(20ms);
  const auto b = stamp(101, 5160);
  sender_.change_source();
  pass(1s);
  const auto c = stamp(60000, 4'000'000'000, false);
  EXPECT_EQ(c->sequence, static_cast<uint16_t>(b->sequence + 1));
  EXPECT_EQ(c->timestamp - b->timestamp, 8000);
  EXPECT_TRUE(c->marker);
  EXPECT_EQ(c->ssrc, a->ssrc);
  pass(20ms);
  EXPECT_EQ(stamp(60001, 4'000'000'160)->timestamp - c->timestamp, 160);
}

TEST_F(SenderLine, ChangeAtOnceStillMovesTheTimestamp) {
  const auto a = stamp(100, 5000);
  sender_.change_source();
  EXPECT_GT(stamp(7, 7)->timestamp - a->timestamp, 0);
}

TEST_F(SenderLine, PacketsFromBeforeAChangeAreDropped) {
  stamp(100, 5000);
  sender_.change_source();
  stamp(200, 9000);
  EXPECT_FALSE(stamp(199, 8840));
  EXPECT_TRUE(stamp(201, 9160));
}

TEST_F(SenderLine, JumpOfTheSourceIsAChangeOfItsOwn) {
  const auto a = stamp(100, 5000);
  pass(20ms);
  const auto b = stamp(20000, 77);
  EXPECT_EQ(b->sequence, static_cast<uint16_t>(a->sequence + 1));
  EXPECT_EQ(b->timestamp - a->timestamp, 160);
  EXPECT_TRUE(b->marker);
}

TEST_F(SenderLine, SequenceWraps) {
  auto last = stamp(0, 0);
  for (uint32_t i = 1; i < 140000; ++i) {
    const auto next = stamp(static_cast<uint16_t>(i), i * 160);
    ASSERT_TRUE(next);
    ASSERT_EQ(next->sequence, static_cast<uint16_t>(last->sequence + 1));
    ASSERT_EQ(next->timestamp - last->timestamp, 160);
    last = next;
  }
}

TEST_F(SenderLine, InjectedPacketsTakeTheirOwnNumbers) {
  const auto a = stamp(100, 5000);
  const Header event = sender_.inject(101, sender_.timestamp_at(now_), true, 4, now_);
  EXPECT_EQ(event.sequence, static_cast<uint16_t>(a->sequence + 1));
  EXPECT_EQ(event.payload_type, 101);
  const auto b = stamp(101, 5160);
  EXPECT_EQ(b->sequence, static_cast<uint16_t>(a->sequence + 2));
  EXPECT_EQ(b->timestamp - a->timestamp, 160);
}

TEST_F(SenderLine, LatePacketNeverTakesTheNumberOfAnInjectedOne) {
  stamp(100, 5000);
  stamp(102, 5320);
  sender_.inject(101, sender_.timestamp_at(now_), true, 4, now_);
  EXPECT_FALSE(stamp(101, 5160));
}

TEST_F(SenderLine, SkippedPacketsLeaveNoGap) {
  const auto a = stamp(100, 5000);
  Header event;
  for (uint16_t i = 0; i < 5; ++i) {
    event = sender_.inject(101, a->timestamp, i == 0, 4, now_);
    sender_.skip({static_cast<uint16_t>(101 + i), {5160 + 160u * i}, false});
    pass(20ms);
  }
  EXPECT_EQ(event.sequence, static_cast<uint16_t>(a->sequence + 5));
  const auto b = stamp(106, 5960);
  EXPECT_EQ(b->sequence, static_cast<uint16_t>(event.sequence + 1));
  EXPECT_EQ(b->timestamp - a->timestamp, 960);
  EXPECT_FALSE(stamp(105, 5800));
}

TEST_F(SenderLine, EventBeforeAnySoundStartsTheLine) {
  const Header event = sender_.inject(101, sender_.timestamp_at(now_), true, 4, now_);
  pass(100ms);
  const auto a = stamp(100, 5000);
  EXPECT_EQ(a->sequence, static_cast<uint16_t>(event.sequence + 1));
  EXPECT_EQ(a->timestamp - event.timestamp, 800);
}

TEST_F(SenderLine, ClockRateChangesBetweenPackets) {
  const auto a = stamp(100, 5000);
  pass(1s);
  sender_.set_clock_rate(48000, now_);
  pass(1s);
  const auto b = stamp(101, 99);
  EXPECT_EQ(b->timestamp - a->timestamp, 8000 + 48000);
}

TEST_F(SenderLine, SenderReportMapsNowToTheLine) {
  const auto a = stamp(100, 5000);
  pass(250ms);
  const base::WallTime wall(1'700'000'000s);
  const SenderInfo info = sender_.sender_info(now_, wall);
  EXPECT_EQ(info.ntp, to_ntp(wall));
  EXPECT_EQ(info.timestamp - a->timestamp, 2000);
  EXPECT_EQ(info.packets, 1u);
  EXPECT_EQ(info.octets, 160u);
}

TEST_F(SenderLine, LongSilenceCountsInFull) {
  const auto a = stamp(100, 5000);
  sender_.change_source();
  pass(240h);
  const auto b = stamp(1, 1);
  EXPECT_EQ(b->timestamp.value, static_cast<uint32_t>(a->timestamp.value + 240ull * 3600 * 8000));
}

}  // namespace
}  // namespace viaduct::rtp
