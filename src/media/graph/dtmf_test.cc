// Digits: an event inside, packets of RFC 4733 only on the wire.
#include <gtest/gtest.h>

#include <set>

#include "media/audio/testing/tone_measure.h"
#include "media/graph/testing/rig.h"

namespace viaduct::graph {
namespace {

using namespace std::chrono_literals;
using testing::Party;
using testing::Rig;
using testing::TalkerOptions;

const negotiation::Codec kEvent8{negotiation::Encoding::telephone_event, 8000, 1};
const negotiation::Codec kEvent48{negotiation::Encoding::telephone_event, 48000, 1};

TalkerOptions phone(double hz) {
  TalkerOptions options;
  options.hz = hz;
  options.dtmf = negotiation::Format{101, kEvent8, "0-16"};
  return options;
}
TalkerOptions browser(double hz) {
  TalkerOptions options;
  options.hz = hz;
  options.format = {111, negotiation::kOpus, ""};
  options.dtmf = negotiation::Format{110, kEvent48, ""};
  return options;
}

TEST(Dtmf, ReceivedDigitsAreEventsAndNeverPackets) {
  for (const bool same_codec : {true, false}) {
    SCOPED_TRACE(same_codec);
    Rig rig;
    Party& a = rig.add_plain(phone(0));
    Party& b = rig.add_plain(same_codec ? phone(0) : browser(0));
    rig.bridge(a, b);
    const auto speak = [&](int packets) {
      for (int i = 0; i < packets; ++i) rig.run(20ms), rig.send(a, a.talker.speak());
    };
    speak(5);
    for (int i = 1; i <= 5; ++i) {
      rig.run(20ms);
      rig.send(a, a.talker.event_packet(5, i == 5, static_cast<uint16_t>(160 * i), i == 1));
    }
    for (int i = 0; i < 2; ++i) rig.send(a, a.talker.event_packet(5, true, 800, false));
    a.talker.pause(100ms);
    speak(10);
    const auto digits = rig.events<DtmfReceived>();
    ASSERT_EQ(digits.size(), 1u);
    EXPECT_EQ(digits[0].digit, '5');
    EXPECT_EQ(digits[0].length, 100ms);
    EXPECT_EQ(digits[0].id, a.id);
    // The audio around it, and nothing in its place: no packet, no hole in the numbers.
    const auto& headers = b.talker.headers();
    EXPECT_EQ(headers.size(), 15u);
    for (size_t i = 1; i < headers.size(); ++i) {
      EXPECT_EQ(headers[i].payload_type, b.agreement.send.payload_type);
      EXPECT_EQ(headers[i].sequence, static_cast<uint16_t>(headers[i - 1].sequence + 1));
    }
    const int32_t clock = static_cast<int32_t>(b.agreement.send.codec.clock_rate);
    EXPECT_EQ(headers[5].timestamp - headers[4].timestamp, clock / 1000 * 120);
  }
}

TEST(Dtmf, ADigitWhoseEndIsLostStillEnds) {
  Rig rig;
  Party& a = rig.add_plain(phone(0));
  for (int i = 1; i <= 4; ++i)
    rig.send(a, a.talker.event_packet(11, false, static_cast<uint16_t>(160 * i), i == 1));
  EXPECT_TRUE(rig.events<DtmfReceived>().empty());
  rig.run(2s);
  ASSERT_EQ(rig.events<DtmfReceived>().size(), 1u);
  EXPECT_EQ(rig.events<DtmfReceived>()[0].digit, '#');
}

TEST(Dtmf, SentDigitsHaveTheLegsOwnFormatAndHoldAudioBack) {
  for (const bool opus : {false, true}) {
    SCOPED_TRACE(opus);
    Rig rig;
    Party& a = rig.add_plain(opus ? browser(0) : phone(0));
    Party& b = rig.add_plain(phone(500));
    rig.bridge(a, b);
    rig.run(1s);
    rig.command(SendDtmf{a.id, "1#", 100ms});
    rig.run(1s);
    std::vector<uint8_t> digits;
    std::set<uint32_t> starts;
    const auto& headers = a.talker.headers();
    size_t at = 0;
    for (size_t i = 0; i < headers.size(); ++i) {
      if (i > 0) {
        EXPECT_EQ(headers[i].ssrc, headers[0].ssrc);
        EXPECT_EQ(headers[i].sequence, static_cast<uint16_t>(headers[i - 1].sequence + 1));
      }
      if (headers[i].payload_type != a.agreement.dtmf_send->payload_type) continue;
      const auto& payload = a.talker.events().at(at++);
      if (starts.insert(headers[i].timestamp.value).second) {
        EXPECT_TRUE(headers[i].marker);
        digits.push_back(payload[0]);
      }
    }
    EXPECT_EQ(digits, (std::vector<uint8_t>{1, 11}));
    const auto& last = a.talker.events().back();
    EXPECT_TRUE(last[1] & 0x80);
    EXPECT_NEAR(last[2] << 8 | last[3], opus ? 4800 : 800, opus ? 960 : 160);
    // Audio before, and audio after.
    EXPECT_NE(headers.back().payload_type, a.agreement.dtmf_send->payload_type);
    EXPECT_LT(headers.size() - at, 95u);
  }
}

TEST(Dtmf, WithoutAnAgreedFormatDigitsAreDropped) {
  Rig rig;
  TalkerOptions options = phone(0);
  options.dtmf.reset();
  Party& a = rig.add_plain(options);
  rig.command(SendDtmf{a.id, "123", 100ms});
  rig.run(1s);
  EXPECT_TRUE(a.talker.headers().empty());
  EXPECT_EQ(rig.worker.counters().dropped_digits, 3u);
}

TEST(Dtmf, TheQueueIsBounded) {
  Rig rig;
  Party& a = rig.add_plain(phone(0));
  rig.command(SendDtmf{a.id, std::string(10'000, '1') + "x", 100ms});
  EXPECT_GE(rig.worker.counters().dropped_digits, 9900u);
}

}  // namespace
}  // namespace viaduct::graph
