#include "transport/rtp/receiver.h"

#include <gtest/gtest.h>

#include "transport/rtp/ntp.h"

namespace viaduct::rtp {
namespace {

using namespace std::chrono_literals;
using base::TimePoint;

constexpr std::array<uint8_t, 160> kSound{};

class ReceiverLine : public ::testing::Test {
 protected:
  Arrival receive(uint16_t sequence, uint32_t ssrc = 1) {
    Packet packet;
    packet.header.sequence = sequence;
    packet.header.ssrc = ssrc;
    packet.header.timestamp = {sequence * 160u};
    packet.payload = kSound;
    return receiver_.receive(packet, now_);
  }
  TimePoint now_{10s};
  Receiver receiver_;
};

TEST_F(ReceiverLine, NothingKnownNothingToReport) {
  EXPECT_FALSE(receiver_.ssrc());
  EXPECT_FALSE(receiver_.take_report(now_));
}

TEST_F(ReceiverLine, CountsLossOverAWrap) {
  for (const uint16_t sequence : {65533, 65534, 0, 1, 3})
    EXPECT_EQ(receive(sequence), Arrival::in_order);
  EXPECT_EQ(receiver_.highest_sequence(), 65536u + 3);
  const auto block = receiver_.take_report(now_).value();
  EXPECT_EQ(block.ssrc, 1u);
  EXPECT_EQ(block.cumulative_lost, 2);
  EXPECT_EQ(block.fraction_lost, 2 * 256 / 7);
  EXPECT_EQ(block.highest_sequence, 65536u + 3);
  EXPECT_EQ(receiver_.stats().lost, 2u);
  EXPECT_EQ(receiver_.stats().packets, 5u);
  EXPECT_EQ(receiver_.stats().bytes, 800u);
}

TEST_F(ReceiverLine, FractionSpeaksOfTheInterval) {
  receive(1);
  receive(3);
  EXPECT_EQ(receiver_.take_report(now_)->fraction_lost, 85);
  receive(4);
  const auto block = receiver_.take_report(now_).value();
  EXPECT_EQ(block.fraction_lost, 0);
  EXPECT_EQ(block.cumulative_lost, 1);
  EXPECT_FALSE(receiver_.take_report(now_));  // nothing heard since
}

TEST_F(ReceiverLine, LateFillsItsGapOnce) {
  receive(10);
  receive(12);
  EXPECT_EQ(receive(11), Arrival::late);
  EXPECT_EQ(receive(11), Arrival::duplicate);
  EXPECT_EQ(receive(12), Arrival::duplicate);
  EXPECT_EQ(receive(10), Arrival::duplicate);
  EXPECT_EQ(receiver_.stats().lost, 0u);
  EXPECT_EQ(receiver_.stats().duplicates, 3u);
  EXPECT_EQ(receiver_.stats().late, 1u);
}

TEST_F(ReceiverLine, TooLateToTellFromADuplicate) {
  receive(10);
  receive(12);
  receive(75);
  EXPECT_EQ(receive(11), Arrival::duplicate);
  EXPECT_EQ(receive(13), Arrival::late);
}

TEST_F(ReceiverLine, LateAcrossAWrap) {
  receive(65535);
  receive(1);
  EXPECT_EQ(receive(0), Arrival::late);
  EXPECT_EQ(receive(65535), Arrival::duplicate);
  EXPECT_EQ(receiver_.highest_sequence(), 65537u);
}

TEST_F(ReceiverLine, OneStrayDoesNotTurnTheLineTwoDo) {
  receive(100);
  EXPECT_EQ(receive(30000), Arrival::unproven);
  EXPECT_EQ(receive(101), Arrival::in_order);
  EXPECT_EQ(receive(30000), Arrival::unproven);
  EXPECT_EQ(receive(30001), Arrival::restarted);
  EXPECT_EQ(receive(30002), Arrival::in_order);
  EXPECT_EQ(receiver_.stats().restarts, 1u);
  EXPECT_EQ(receiver_.stats().lost, 0u);
}

TEST_F(ReceiverLine, AnotherSsrcIsANewSourceAndOldLossIsKept) {
  receive(1);
  receive(4);
  EXPECT_EQ(receive(500, 2), Arrival::restarted);
  EXPECT_EQ(receiver_.ssrc(), 2u);
  EXPECT_EQ(receiver_.take_report(now_)->cumulative_lost, 0);
  EXPECT_EQ(receiver_.stats().lost, 2u);
}

TEST_F(ReceiverLine, ProbationWhereAsked) {
  receiver_ = Receiver({.probation = 2});
  EXPECT_EQ(receive(1), Arrival::unproven);
  EXPECT_EQ(receive(9), Arrival::unproven);
  EXPECT_EQ(receive(10), Arrival::unproven);
  EXPECT_FALSE(receiver_.ssrc());
  EXPECT_EQ(receive(11), Arrival::restarted);
  EXPECT_EQ(receiver_.ssrc(), 1u);
  EXPECT_EQ(receive(12), Arrival::in_order);
  EXPECT_EQ(receiver_.stats().packets, 2u);
  EXPECT_EQ(receiver_.stats().restarts, 0u);
}

TEST_F(ReceiverLine, SteadyStreamHasNoJitter) {
  for (uint16_t i = 0; i < 100; ++i) {
    receive(i);
    now_ += 20ms;
  }
  EXPECT_EQ(receiver_.jitter(), 0ns);
}

TEST_F(ReceiverLine, JitterApproachesTheMeanStep) {
  // Every other packet is 10 ms late: each step of the transit time is 10 ms.
  for (uint16_t i = 0; i < 200; ++i) {
    receive(i);
    now_ += i % 2 ? 10ms : 30ms;
  }
  EXPECT_NEAR(static_cast<double>(receiver_.jitter().count()), 10e6, 0.5e6);
  EXPECT_NEAR(receiver_.take_report(now_)->jitter, 80, 4);
}

TEST_F(ReceiverLine, BreakInTimestampsIsNoJitter) {
  receive(1);
  now_ += 1h;
  receive(2);
  EXPECT_EQ(receiver_.jitter(), 0ns);
}

TEST_F(ReceiverLine, SenderReportComesBackInTheBlock) {
  receive(1);
  SenderReport report;
  report.ssrc = 1;
  report.info.ntp = 0x1122334455667788;
  receiver_.receive_report(report, now_);
  report.ssrc = 99;
  report.info.ntp = 0;
  receiver_.receive_report(report, now_);
  now_ += 2s;
  const auto block = receiver_.take_report(now_).value();
  EXPECT_EQ(block.last_sr, 0x33445566u);
  EXPECT_EQ(block.delay_since_last_sr, 2u << 16);
}

}  // namespace
}  // namespace viaduct::rtp
