#include "transport/rtp/telephone_event.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/encoding.h"

namespace viaduct::rtp {
namespace {

using namespace std::chrono_literals;
using base::RtpTime;
using base::TimePoint;

TEST(TelephoneEvent, Bytes) {
  const std::array<uint8_t, 4> bytes{0x0b, 0x8a, 0x03, 0x20};
  const auto event = parse_telephone_event(bytes);
  ASSERT_TRUE(event);
  EXPECT_EQ(*event, (TelephoneEvent{11, true, 10, 800}));
  EXPECT_EQ(encode(*event), bytes);
  EXPECT_FALSE(parse_telephone_event(std::span(bytes).first(3)));
}

TEST(TelephoneEvent, Digits) {
  for (const char digit : std::string_view("0123456789*#ABCD"))
    EXPECT_EQ(digit_of_event(event_of_digit(digit).value()), digit);
  EXPECT_EQ(event_of_digit('d'), 15);
  EXPECT_EQ(event_of_digit('*'), 10);
  EXPECT_FALSE(event_of_digit('x'));
  EXPECT_FALSE(event_of_digit('\0'));
  EXPECT_FALSE(digit_of_event(16));
}

struct Sent {
  base::Duration at{};
  TelephoneEventSender::Output output;
};

// Runs the sender till it is idle; its line counts from 1000.
std::vector<Sent> run(TelephoneEventSender& sender, TimePoint start, uint32_t rate) {
  std::vector<Sent> sent;
  for (TimePoint now = start; !sender.idle(); now = sender.next_timeout()) {
    const base::Duration at = now - start;
    const RtpTime line{1000 + static_cast<uint32_t>(at.count() / 1000 * rate / 1'000'000)};
    while (const auto output = sender.poll(now, line)) sent.push_back({at, *output});
  }
  return sent;
}

TEST(EventSender, OneDigit) {
  TelephoneEventSender sender;
  const TimePoint start{5s};
  EXPECT_EQ(sender.next_timeout(), base::kNever);
  ASSERT_TRUE(sender.enqueue('5', 100ms, start));
  const auto sent = run(sender, start, 8000);
  ASSERT_EQ(sent.size(), 7u);
  for (size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(sent[i].at, 20ms * i);
    EXPECT_EQ(sent[i].output.timestamp.value, 1000u);
    EXPECT_EQ(sent[i].output.marker, i == 0);
    EXPECT_EQ(sent[i].output.event.event, 5);
    EXPECT_EQ(sent[i].output.event.duration, std::min<size_t>(160 * (i + 1), 800));
    EXPECT_EQ(sent[i].output.event.end, i >= 4);
  }
  EXPECT_FALSE(sender.sending());
}

TEST(EventSender, DigitsQueueWithAPause) {
  TelephoneEventSender sender;
  const TimePoint start{5s};
  sender.enqueue('1', 40ms, start);
  sender.enqueue('#', 40ms, start);
  const auto sent = run(sender, start, 8000);
  ASSERT_EQ(sent.size(), 8u);
  EXPECT_EQ(sent[3].at, 60ms);
  EXPECT_TRUE(sent[3].output.event.end);
  EXPECT_EQ(sent[4].at, 120ms);
  EXPECT_TRUE(sent[4].output.marker);
  EXPECT_EQ(sent[4].output.event.event, 11);
  EXPECT_EQ(sent[4].output.timestamp.value, 1000u + 960);
}

TEST(EventSender, DigitSoonAfterTheLastOneStillWaitsForThePause) {
  TelephoneEventSender sender;
  sender.enqueue('1', 40ms, TimePoint(5s));
  run(sender, TimePoint(5s), 8000);
  sender.enqueue('1', 40ms, TimePoint(5s + 61ms));
  EXPECT_EQ(sender.next_timeout(), TimePoint(5s + 120ms));
}

TEST(EventSender, LengthsAreHeldInBounds) {
  TelephoneEventSender sender;
  sender.enqueue('1', 1ms, TimePoint(5s));
  EXPECT_EQ(run(sender, TimePoint(5s), 8000).back().output.event.duration, 320);
}

TEST(EventSender, LongDigitGoesInSegments) {
  TelephoneEventSender sender({.clock_rate = 48000});
  sender.enqueue('1', 3s, TimePoint(5s));
  const auto sent = run(sender, TimePoint(5s), 48000);
  const auto& last = sent.back().output;
  EXPECT_EQ(last.timestamp.value, 1000u + 2 * 0xffff);
  EXPECT_EQ(last.event.duration, 144000 - 2 * 0xffff);
  EXPECT_TRUE(last.event.end);
  TelephoneEventReceiver receiver(48000);
  std::vector<ReceivedEvent> events;
  for (const Sent& s : sent) {
    receiver.receive(s.output.event, s.output.timestamp, TimePoint(s.at));
    while (const auto event = receiver.poll()) events.push_back(*event);
  }
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(std::get<EventEnded>(events[1]).length, 3s);
}

TEST(EventSender, RefusesNoDigitAndTooMany) {
  TelephoneEventSender sender({.max_queued = 2});
  const TimePoint now{5s};
  EXPECT_FALSE(sender.enqueue('x', 100ms, now));
  EXPECT_TRUE(sender.enqueue('1', 100ms, now));
  EXPECT_TRUE(sender.enqueue('2', 100ms, now));
  EXPECT_FALSE(sender.enqueue('3', 100ms, now));
  sender.clear();
  EXPECT_TRUE(sender.idle());
  EXPECT_EQ(sender.next_timeout(), base::kNever);
}

class Receiving : public ::testing::Test {
 protected:
  void receive(uint8_t event, uint32_t timestamp, uint16_t duration, bool end = false) {
    receiver_.receive({event, end, 10, duration}, {timestamp}, now_);
    now_ += 20ms;
  }
  // "+5" a start, "-5:100" an end after 100 ms.
  std::string events() {
    std::string out;
    while (const auto event = receiver_.poll()) {
      if (const auto* start = std::get_if<EventStarted>(&*event))
        out += "+" + std::to_string(start->event) + " ";
      if (const auto* end = std::get_if<EventEnded>(&*event))
        out += "-" + std::to_string(end->event) + ":" + std::to_string(end->length / 1ms) + " ";
    }
    return out;
  }
  TimePoint now_{5s};
  TelephoneEventReceiver receiver_{8000};
};

TEST_F(Receiving, OneDigitOnce) {
  receive(5, 1000, 160);
  EXPECT_EQ(events(), "+5 ");
  receive(5, 1000, 320);
  for (int i = 0; i < 3; ++i) receive(5, 1000, 800, true);
  EXPECT_EQ(events(), "-5:100 ");
  EXPECT_EQ(receiver_.next_timeout(), base::kNever);
}

TEST_F(Receiving, OnlyAnEndArrives) {
  receive(5, 1000, 800, true);
  receive(5, 1000, 800, true);
  EXPECT_EQ(events(), "+5 -5:100 ");
}

TEST_F(Receiving, SameDigitTwice) {
  receive(5, 1000, 800, true);
  receive(5, 3000, 800, true);
  EXPECT_EQ(events(), "+5 -5:100 +5 -5:100 ");
}

TEST_F(Receiving, LostEndIsFoundByTheNextEvent) {
  receive(5, 1000, 400);
  receive(6, 3000, 160);
  EXPECT_EQ(events(), "+5 -5:50 +6 ");
}

TEST_F(Receiving, LostEndIsFoundByTime) {
  receive(5, 1000, 400);
  events();
  receiver_.handle_timeout(receiver_.next_timeout() - 1ms);
  EXPECT_EQ(events(), "");
  receiver_.handle_timeout(receiver_.next_timeout());
  EXPECT_EQ(events(), "-5:50 ");
  receive(5, 1000, 800, true);  // comes after all
  EXPECT_EQ(events(), "");
}

TEST_F(Receiving, LatePacketsOfTheEventBeforeAreIgnored) {
  receive(5, 1000, 800, true);
  receive(6, 3000, 160);
  receive(5, 1000, 800, true);
  receive(6, 3000, 320, true);
  receive(6, 3000, 160);
  receive(5, 1000, 640);
  EXPECT_EQ(events(), "+5 -5:100 +6 -6:40 ");
}

TEST_F(Receiving, OtherEventUnderTheSameTimestampIsIgnored) {
  receive(5, 1000, 160);
  receive(6, 1000, 800, true);
  EXPECT_EQ(events(), "+5 ");
}

TEST_F(Receiving, RestartOfTheStreamEndsAndForgets) {
  receive(5, 100000, 160);
  receiver_.restart();
  receive(6, 50000, 160, true);
  EXPECT_EQ(events(), "+5 -5:20 +6 -6:20 ");
}

TEST_F(Receiving, TimestampsWrap) {
  receive(5, 0xffffff00, 800, true);
  receive(6, 0x00000800, 800, true);
  EXPECT_EQ(events(), "+5 -5:100 +6 -6:100 ");
}

}  // namespace
}  // namespace viaduct::rtp
