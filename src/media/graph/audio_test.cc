// Who hears what: relay and transcoding between parties, proven by tones.
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

const negotiation::Format kPcmu{0, negotiation::kPcmu, ""};
const negotiation::Format kPcma{8, negotiation::kPcma, ""};
const negotiation::Format kG722{9, negotiation::kG722, ""};
const negotiation::Format kOpus{111, negotiation::kOpus, "useinbandfec=1"};
const negotiation::Format kL16{97, {negotiation::Encoding::l16, 44100, 1}, ""};

TalkerOptions speaking(const negotiation::Format& format, double hz,
                       std::chrono::milliseconds ptime = 20ms) {
  TalkerOptions options;
  options.format = format;
  options.hz = hz;
  options.ptime = ptime;
  return options;
}

// From half a second in, when codecs have settled.
void expect_tone(const Party& listener, double hz, double dbov, double longest_gap = 20) {
  const uint32_t rate = listener.talker.rate();
  ASSERT_GT(listener.talker.heard().size(), rate);
  const auto heard = listener.talker.heard().subspan(rate / 2);
  const auto tone = audio::testing::strongest_tone(heard, rate);
  EXPECT_NEAR(tone.hz, hz, 3);
  EXPECT_NEAR(tone.dbov, dbov, 3);
  EXPECT_LE(audio::testing::longest_gap_ms(heard, rate, dbov - 12), longest_gap);
}

// One SSRC, sequence numbers without a hole, timestamps that never turn back.
void expect_one_line(const Party& listener) {
  const auto& headers = listener.talker.headers();
  for (size_t i = 1; i < headers.size(); ++i) {
    ASSERT_EQ(headers[i].ssrc, headers[0].ssrc);
    ASSERT_EQ(headers[i].sequence, static_cast<uint16_t>(headers[i - 1].sequence + 1)) << i;
    ASSERT_GE(headers[i].timestamp - headers[i - 1].timestamp, 0) << i;
  }
}

struct Codecs {
  negotiation::Format a, b;
};
class EveryPair : public ::testing::TestWithParam<Codecs> {};
INSTANTIATE_TEST_SUITE_P(Pairs, EveryPair,
                         ::testing::Values(Codecs{kPcmu, kPcmu}, Codecs{kOpus, kOpus},
                                           Codecs{kPcmu, kOpus}, Codecs{kPcma, kOpus},
                                           Codecs{kPcmu, kPcma}, Codecs{kG722, kOpus},
                                           Codecs{kG722, kPcmu}, Codecs{kL16, kPcmu}));

TEST_P(EveryPair, HearsTheOthersTone) {
  Rig rig;
  // L16 at 44.1 kHz fits a packet only at 10 ms.
  Party& a = rig.add_plain(speaking(GetParam().a, 500, GetParam().a == kL16 ? 10ms : 20ms));
  Party& b = rig.add_plain(speaking(GetParam().b, 800));
  rig.bridge(a, b);
  rig.run(3s);
  expect_tone(a, 800, -20);
  expect_tone(b, 500, -20);
  expect_one_line(a);
  expect_one_line(b);
  EXPECT_EQ(rig.misdelivered, 0u);
  rig.close_all();
}

TEST(Relay, RewritesTheHeaderAndNothingElse) {
  Rig rig;
  Party& a = rig.add_plain(speaking(kPcmu, 0));
  negotiation::Format other{101, negotiation::kPcmu, ""};
  Party& b = rig.add_plain(speaking(other, 0));
  rig.bridge(a, b);
  // Version 2, extension and one CSRC, padding of 4.
  std::vector<uint8_t> packet = {0xb1, 0x80, 0x12, 0x34, 0,    0,    0x10, 0, 1, 2,    3,
                                 4,    9,    9,    9,    9,    0xbe, 0xde, 0, 1, 0x10, 0xff,
                                 0,    0,    0xaa, 0xbb, 0xcc, 0,    0,    0, 4};
  rig.send(a, packet);
  ASSERT_EQ(b.talker.headers().size(), 1u);
  const auto& header = b.talker.headers()[0];
  EXPECT_EQ(header.payload_type, 101);
  EXPECT_TRUE(header.marker);
  EXPECT_NE(header.ssrc, 0x01020304u);
  EXPECT_EQ(std::vector<uint8_t>(b.talker.last_payload().begin(), b.talker.last_payload().end()),
            (std::vector<uint8_t>{0xaa, 0xbb, 0xcc}));
}

TEST(Relay, PassesLossAndReorderingOnAsTheyAre) {
  Rig rig;
  Party& a = rig.add_plain(speaking(kPcmu, 500));
  Party& b = rig.add_plain(speaking(kPcmu, 0));
  a.network = [](size_t n) -> std::optional<base::Duration> {
    if (n == 10) return std::nullopt;
    return n == 20 ? base::Duration(25ms) : base::Duration(0);
  };
  rig.bridge(a, b);
  rig.run(1s);
  const auto& headers = b.talker.headers();
  ASSERT_GE(headers.size(), 40u);
  const auto first = headers[0].sequence;
  EXPECT_EQ(static_cast<uint16_t>(headers[10].sequence - first), 11);
  EXPECT_EQ(static_cast<uint16_t>(headers[19].sequence - first), 21);
  EXPECT_EQ(static_cast<uint16_t>(headers[20].sequence - first), 20);
}

TEST(Transcoding, SurvivesLossAndReordering) {
  for (const uint64_t seed : {1, 2, 3, 4, 5}) {
    SCOPED_TRACE(seed);
    Rig rig;
    base::SeededRng dice(seed);
    Party& a = rig.add_plain(speaking(kOpus, 600));
    Party& b = rig.add_plain(speaking(kPcmu, 900));
    const auto bad = [&dice](size_t) -> std::optional<base::Duration> {
      if (dice.below(100) < 5) return std::nullopt;
      return base::Duration(std::chrono::milliseconds(dice.below(30)));
    };
    a.network = b.network = bad;
    rig.bridge(a, b);
    rig.run(5s);
    expect_tone(a, 900, -20, 60);
    expect_tone(b, 600, -20, 60);
    expect_one_line(a);
    expect_one_line(b);
  }
}

TEST(Transcoding, FollowsThePtimeOfEachSide) {
  Rig rig;
  Party& a = rig.add_plain(speaking(kOpus, 600, 60ms));
  Party& b = rig.add_plain(speaking(kPcmu, 900, 30ms));
  rig.bridge(a, b);
  rig.run(3s);
  expect_tone(a, 900, -20);
  expect_tone(b, 600, -20);
  EXPECT_EQ(b.talker.last_payload().size(), 240u);
  const auto& headers = a.talker.headers();
  EXPECT_EQ(headers[10].timestamp - headers[9].timestamp, 60 * 48);
}

TEST(Transcoding, DoesNotDriftOverSilences) {
  Rig rig;
  Party& a = rig.add_plain(speaking(kOpus, 0));
  Party& b = rig.add_plain(speaking(kPcmu, 0));
  rig.bridge(a, b);
  const auto say = [&](int packets) {
    for (int i = 0; i < packets; ++i) {
      rig.run(20ms);
      rig.send(a, a.talker.speak());
    }
  };
  say(10);
  for (int i = 0; i < 20; ++i) {
    rig.run(333ms);
    a.talker.pause(333ms);
    say(5);
  }
  const auto& headers = b.talker.headers();
  const int32_t spoken = (10 + 20 * 5) * 20 + 20 * 333;
  EXPECT_NEAR((headers.back().timestamp - headers.front().timestamp) / 8, spoken - 20, 20);
}

TEST(Direction, IsRespectedBothWays) {
  Rig rig;
  Party& a = rig.add_plain(speaking(kPcmu, 500));
  Party& b = rig.add_plain(speaking(kPcmu, 800));
  rig.bridge(a, b);
  a.agreement.direction = negotiation::Direction::sendonly;  // a is on hold: it may only listen
  rig.apply(a);
  rig.run(1s);
  EXPECT_GT(a.talker.headers().size(), 40u);
  EXPECT_EQ(b.talker.headers().size(), 0u);
  a.agreement.direction = negotiation::Direction::inactive;
  rig.apply(a);
  a.talker.forget();
  rig.run(1s);
  EXPECT_EQ(a.talker.headers().size(), 0u);
  a.agreement.direction = negotiation::Direction::sendrecv;
  rig.apply(a);
  rig.run(2s);
  expect_tone(a, 800, -20);
  expect_tone(b, 500, -20);
}

TEST(Sources, ChangeWithoutABreakInTheLine) {
  Rig rig;
  Party& a = rig.add_plain(speaking(kPcmu, 0));
  Party& b = rig.add_plain(speaking(kPcmu, 500));
  Party& c = rig.add_plain(speaking(kOpus, 700));
  Tone ringback{{{440, 480, 2s}, {0, 0, 4s}}, -16, true};
  rig.set_source(a, ringback);
  rig.run(1s);
  rig.set_source(a, FromSession{b.id});
  rig.run(1s);
  rig.set_source(a, FromSession{c.id});
  rig.run(1s);
  b.talker.start_anew(0xabcdef01);
  rig.set_source(a, FromSession{b.id});
  rig.run(1s);
  rig.set_source(a, NoSource{});
  rig.run(1s);
  rig.set_source(a, ringback);
  rig.run(1s);
  expect_one_line(a);
  // In step with the clock: six seconds have passed on the line too.
  const auto& headers = a.talker.headers();
  EXPECT_NEAR((headers.back().timestamp - headers.front().timestamp) / 8, 5980, 100);
  size_t markers = 0;
  for (const auto& header : headers) markers += header.marker;
  EXPECT_EQ(markers, 5u);
  const auto heard = a.talker.heard();
  EXPECT_NEAR(audio::testing::strongest_tone(heard.subspan(8800, 6000), 8000).hz, 500, 3);
  EXPECT_NEAR(audio::testing::strongest_tone(heard.subspan(16800, 6000), 8000).hz, 700, 3);
  EXPECT_NEAR(audio::testing::strongest_tone(heard.subspan(24800, 6000), 8000).hz, 500, 3);
}

TEST(Sources, ASourceThatBeginsAnewGoesOn) {
  Rig rig;
  Party& a = rig.add_plain(speaking(kPcmu, 0));
  Party& b = rig.add_plain(speaking(kPcma, 500));
  rig.bridge(a, b);
  rig.run(2s);
  b.talker.start_anew(77);
  rig.run(2s);
  expect_one_line(a);
  expect_tone(a, 500, -20, 25);
  EXPECT_NEAR(static_cast<double>(a.talker.headers().size()), 200, 4);
}

TEST(Sources, AnotherCodecAfterReInvite) {
  Rig rig;
  Party& a = rig.add_plain(speaking(kPcmu, 0));
  Party& b = rig.add_plain(speaking(kPcmu, 500));
  rig.bridge(a, b);
  rig.run(1s);
  a.agreement.send = kOpus;
  rig.apply(a);
  rig.run(1s);
  const auto& headers = a.talker.headers();
  EXPECT_EQ(headers.front().payload_type, 0);
  EXPECT_EQ(headers.back().payload_type, 111);
  EXPECT_EQ(headers.back().timestamp - headers[headers.size() - 2].timestamp, 960);
  expect_one_line(a);
}

TEST(Sources, EchoComesBack) {
  Rig rig;
  Party& a = rig.add_plain(speaking(kPcmu, 500));
  rig.set_source(a, FromSession{a.id});
  rig.run(2s);
  expect_tone(a, 500, -20);
  EXPECT_NEAR(static_cast<double>(a.talker.headers().size()), 100, 2);
}

TEST(Sources, SeveralMayListenToOne) {
  Rig rig;
  Party& a = rig.add_plain(speaking(kPcmu, 500));
  Party& b = rig.add_plain(speaking(kPcmu, 0));
  Party& c = rig.add_plain(speaking(kOpus, 0));
  rig.set_source(b, FromSession{a.id});
  rig.set_source(c, FromSession{a.id});
  rig.set_source(a, FromSession{a.id});
  rig.run(2s);
  for (const Party* listener : {&a, &b, &c}) expect_tone(*listener, 500, -20);
}

TEST(Sources, MayBeNamedBeforeTheyExist) {
  Rig rig;
  Party& a = rig.add_plain(speaking(kPcmu, 0));
  rig.set_source(a, FromSession{{2, 1}});
  Party& b = rig.add_plain(speaking(kPcmu, 500));
  ASSERT_EQ(b.id, (MediaId{2, 1}));
  rig.run(2s);
  expect_tone(a, 500, -20);
}

class LocalSound : public ::testing::TestWithParam<negotiation::Format> {};
INSTANTIATE_TEST_SUITE_P(Formats, LocalSound, ::testing::Values(kPcmu, kPcma, kG722, kOpus));

TEST_P(LocalSound, ToneFollowsItsCadence) {
  Rig rig;
  Party& a = rig.add_plain(speaking(GetParam(), 0));
  rig.set_source(a, Tone{{{425, 0, 1s}, {0, 0, 500ms}}, -13, true});
  rig.run(4s);
  const uint32_t rate = a.talker.rate();
  const auto tone = audio::testing::strongest_tone(a.talker.heard().subspan(rate / 10), rate);
  EXPECT_NEAR(tone.hz, 425, 3);
  EXPECT_NEAR(tone.dbov, -13 - 3.14 - 3.01, 3);
  EXPECT_NEAR(audio::testing::longest_gap_ms(a.talker.heard(), rate, -45), 500, 30);
  EXPECT_NEAR(static_cast<double>(a.talker.headers().size()), 200, 1);
  expect_one_line(a);
}

TEST_P(LocalSound, ClipIsPlayedOnceAndSaysSo) {
  Rig rig;
  Party& a = rig.add_plain(speaking(GetParam(), 0));
  const auto clip =
      std::make_shared<const audio::Clip>(audio::testing::sine(620, -18, 44100, 2 * 44100), 44100);
  rig.set_source(a, Play{clip, false});
  rig.run(1900ms);
  EXPECT_EQ(rig.events<PlayFinished>().size(), 0u);
  rig.run(3s);
  ASSERT_EQ(rig.events<PlayFinished>().size(), 1u);
  EXPECT_EQ(rig.events<PlayFinished>()[0].id, a.id);
  EXPECT_NEAR(static_cast<double>(a.talker.headers().size()), 100, 1);
  const auto heard = a.talker.heard();
  const auto tone =
      audio::testing::strongest_tone(heard.subspan(a.talker.rate() / 2), a.talker.rate());
  EXPECT_NEAR(tone.hz, 620, 3);
  EXPECT_NEAR(tone.dbov, -18, 3);
}

TEST(LocalSound, RepeatsUntilChanged) {
  Rig rig;
  Party& a = rig.add_plain(speaking(kPcmu, 0));
  const auto clip =
      std::make_shared<const audio::Clip>(audio::testing::sine(600, -18, 8000, 4000), 8000);
  rig.set_source(a, Play{clip, true});
  rig.run(5s);
  expect_tone(a, 600, -18);
  EXPECT_TRUE(rig.events<PlayFinished>().empty());
}

TEST(LocalSound, WithoutAClipIsFinishedAtOnce) {
  Rig rig;
  Party& a = rig.add_plain(speaking(kPcmu, 0));
  rig.set_source(a, Play{nullptr, true});
  EXPECT_EQ(rig.events<PlayFinished>().size(), 1u);
}

TEST(LocalSound, AStalledLoopLeavesSoundOutInsteadOfABurst) {
  Rig rig;
  Party& a = rig.add_plain(speaking(kPcmu, 0));
  rig.set_source(a, Tone{{{425, 0, 1s}}, -13, true});
  rig.run(1s);
  const size_t before = a.talker.headers().size();
  rig.now += 2s;
  rig.run(0s);
  EXPECT_LE(a.talker.headers().size(), before + 1);
  rig.run(1s);
  EXPECT_NEAR(static_cast<double>(a.talker.headers().size() - before), 50, 2);
  const auto& headers = a.talker.headers();
  EXPECT_NEAR((headers.back().timestamp - headers.front().timestamp) / 8, 4000, 60);
  expect_one_line(a);
}

}  // namespace
}  // namespace viaduct::graph
