#include "media/graph/transcoder.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "media/graph/testing/talker.h"

namespace viaduct::graph {
namespace {

using namespace std::chrono_literals;
using testing::Talker;
using testing::TalkerOptions;

const negotiation::Format kPcmuFormat{0, negotiation::kPcmu, ""};
const negotiation::Format kOpusFormat{111, negotiation::kOpus, "useinbandfec=1"};

// Feeds a talker's packets to a transcoder and keeps the frames that come out.
struct Chain {
  Chain(const negotiation::Format& from, const negotiation::Format& to,
        std::chrono::milliseconds ptime = 20ms)
      : talker(options(from)),
        transcoder(Transcoder::create(from.codec, to, ptime, TranscoderOptions{})) {}

  static TalkerOptions options(const negotiation::Format& format) {
    TalkerOptions out;
    out.format = format;
    return out;
  }
  void push(std::span<const uint8_t> bytes) {
    const auto packet = rtp::Packet::parse(bytes).value();
    transcoder->push(packet.header.sequence, packet.header.timestamp, packet.payload, now);
    std::array<uint8_t, kMaxPayload> out;
    while (const auto frame = transcoder->pop(out, now)) frames.push_back(*frame);
  }
  void speak(int packets) {
    for (int i = 0; i < packets; ++i) push(talker.speak()), now += 20ms;
  }

  Talker talker;
  std::unique_ptr<Transcoder> transcoder;
  base::TimePoint now{1h};
  std::vector<EncodedFrame> frames;
};

TEST(Transcoder, FollowsTheInputStepByStep) {
  Chain chain(kPcmuFormat, kOpusFormat);
  chain.speak(10);
  ASSERT_EQ(chain.frames.size(), 10u);
  for (size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(chain.frames[i].sequence, i);
    EXPECT_EQ(chain.frames[i].timestamp.value, i * 960);
    EXPECT_EQ(chain.frames[i].marker, i == 0);
  }
}

TEST(Transcoder, CutsFramesOfAnotherLength) {
  Chain chain(kPcmuFormat, kPcmuFormat, 30ms);
  chain.speak(6);
  ASSERT_EQ(chain.frames.size(), 4u);
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(chain.frames[i].size, 240u);
    EXPECT_EQ(chain.frames[i].timestamp.value, i * 240);
  }
}

TEST(Transcoder, PutsPacketsInOrder) {
  Chain chain(kPcmuFormat, kOpusFormat);
  chain.speak(1);
  auto a = chain.talker.speak(), b = chain.talker.speak(), c = chain.talker.speak();
  chain.push(b);
  chain.push(c);
  EXPECT_EQ(chain.frames.size(), 1u);
  chain.push(a);
  EXPECT_EQ(chain.frames.size(), 4u);
  EXPECT_EQ(chain.transcoder->counters().lost, 0u);
  EXPECT_EQ(chain.transcoder->counters().late, 0u);
}

TEST(Transcoder, GivesUpALostPacketAndKeepsItsTime) {
  Chain chain(kOpusFormat, kPcmuFormat);
  chain.speak(5);
  (void)chain.talker.speak();
  chain.speak(2);
  EXPECT_EQ(chain.frames.size(), 5u);
  chain.speak(1);  // the third behind the hole
  ASSERT_EQ(chain.frames.size(), 9u);
  for (size_t i = 0; i < 9; ++i) {
    EXPECT_EQ(chain.frames[i].sequence, i);
    EXPECT_EQ(chain.frames[i].timestamp.value, i * 160);
    EXPECT_EQ(chain.frames[i].marker, i == 0);
  }
  EXPECT_EQ(chain.transcoder->counters().lost, 1u);
}

TEST(Transcoder, DoesNotWaitLongForAHole) {
  Chain chain(kPcmuFormat, kOpusFormat);
  chain.speak(1);
  (void)chain.talker.speak();
  chain.push(chain.talker.speak());
  chain.now += 61ms;
  chain.push(chain.talker.speak());
  EXPECT_EQ(chain.frames.size(), 4u);
}

TEST(Transcoder, DropsWhatComesTooLate) {
  Chain chain(kPcmuFormat, kOpusFormat);
  chain.speak(1);
  const auto late = chain.talker.speak();
  chain.speak(4);
  const size_t before = chain.frames.size();
  chain.push(late);
  EXPECT_EQ(chain.frames.size(), before);
  EXPECT_EQ(chain.transcoder->counters().late, 1u);
}

TEST(Transcoder, SilenceIsATimestampJumpAndAMarker) {
  Chain chain(kPcmuFormat, kOpusFormat);
  chain.speak(3);
  chain.talker.pause(500ms);
  chain.now += 500ms;
  chain.speak(2);
  ASSERT_EQ(chain.frames.size(), 5u);
  EXPECT_EQ(chain.frames[3].timestamp.value, (3 * 20 + 500) * 48u);
  EXPECT_TRUE(chain.frames[3].marker);
  EXPECT_FALSE(chain.frames[4].marker);
  EXPECT_FALSE(chain.frames[3].restarted);
}

TEST(Transcoder, SilenceInsideAFrameFillsIt) {
  Chain chain(kPcmuFormat, kPcmuFormat, 60ms);
  chain.speak(1);  // 20 of 60 ms
  chain.talker.pause(500ms);
  chain.speak(3);
  ASSERT_EQ(chain.frames.size(), 2u);
  EXPECT_EQ(chain.frames[0].timestamp.value, 0u);
  EXPECT_EQ(chain.frames[1].timestamp.value, 520u * 8);
  EXPECT_TRUE(chain.frames[1].marker);
}

TEST(Transcoder, ALongHoleIsConcealedAtItsBeginningOnly) {
  Chain chain(kPcmuFormat, kPcmuFormat);
  chain.speak(3);
  for (int i = 0; i < 50; ++i) (void)chain.talker.speak();
  chain.now += 1s;
  chain.speak(3);
  // 120 ms of guesses, then nothing until the audio goes on.
  ASSERT_EQ(chain.frames.size(), 3u + 6 + 3);
  EXPECT_EQ(chain.frames[8].timestamp.value, 8u * 160);
  EXPECT_EQ(chain.frames[9].timestamp.value, 53u * 160);
  EXPECT_TRUE(chain.frames[9].marker);
}

TEST(Transcoder, AClockThatJumpsIsARestart) {
  Chain chain(kPcmuFormat, kPcmuFormat);
  chain.speak(3);
  chain.talker.pause(-30s);
  chain.speak(2);
  ASSERT_EQ(chain.frames.size(), 5u);
  EXPECT_TRUE(chain.frames[3].restarted);
  EXPECT_EQ(chain.frames[3].sequence, 3);
  EXPECT_FALSE(chain.frames[4].restarted);
}

TEST(Transcoder, APacketWithoutAudioIsNoLoss) {
  Chain chain(kPcmuFormat, kOpusFormat);
  chain.speak(2);
  chain.transcoder->push(65502, {}, {}, chain.now);  // the talker's third number
  auto next = chain.talker.speak();
  next[3] += 1;
  chain.push(next);
  EXPECT_EQ(chain.frames.size(), 3u);
  EXPECT_EQ(chain.transcoder->counters().lost, 0u);
}

TEST(Transcoder, SurvivesWhatIsNoPayload) {
  Chain chain(kOpusFormat, kPcmuFormat);
  chain.speak(3);
  auto broken = chain.talker.speak();
  broken.resize(12);
  broken.push_back(0xff);  // code 3 without a count
  chain.push(broken);
  chain.speak(3);
  EXPECT_EQ(chain.transcoder->counters().malformed, 1u);
  ASSERT_EQ(chain.frames.size(), 7u);
  EXPECT_EQ(chain.frames[6].timestamp.value, 6u * 160);
}

// Talk, a second of digital silence, talk: with DTX nearly nothing is sent in between, no number is
// missing, and the timestamps go on as the samples do.
TEST(Transcoder, SendsNoSilenceWithDtx) {
  TranscoderOptions options;
  options.opus.dtx = true;
  Chain chain(kPcmuFormat, kOpusFormat);
  chain.transcoder = Transcoder::create(kPcmuFormat.codec, kOpusFormat, 20ms, options);
  TalkerOptions silent = Chain::options(kPcmuFormat);
  silent.dbov = -120;
  Talker quiet(silent);
  chain.speak(25);
  const size_t talked = chain.frames.size();
  const auto last = rtp::Packet::parse(chain.talker.speak()).value().header;
  for (uint16_t i = 0; i < 100; ++i) {
    auto bytes = quiet.speak();
    const auto header = rtp::encode(rtp::Header{false, 0, static_cast<uint16_t>(last.sequence + i),
                                                last.timestamp + 160u * i, last.ssrc});
    std::copy(header.begin(), header.end(), bytes.begin());
    chain.push(bytes);
    chain.now += 20ms;
  }
  const size_t during = chain.frames.size() - talked;
  EXPECT_LT(during, 40u);
  for (size_t i = 1; i < chain.frames.size(); ++i) {
    const auto& before = chain.frames[i - 1];
    const auto& after = chain.frames[i];
    EXPECT_EQ(static_cast<uint16_t>(after.sequence - before.sequence), 1);
    EXPECT_EQ((after.timestamp - before.timestamp) % 960, 0);
    EXPECT_EQ(after.marker, after.timestamp - before.timestamp > 960);
  }
}

TEST(Transcoder, KnowsOnlyAudio) {
  const negotiation::Codec event{negotiation::Encoding::telephone_event, 8000, 1};
  EXPECT_EQ(Transcoder::create(event, kPcmuFormat, 20ms, {}), nullptr);
  const negotiation::Codec stereo{negotiation::Encoding::l16, 44100, 2};
  EXPECT_EQ(Transcoder::create(negotiation::kPcmu, {96, stereo, ""}, 20ms, {}), nullptr);
  EXPECT_NE(Transcoder::create({negotiation::Encoding::l16, 44100, 1}, kPcmuFormat, 20ms, {}),
            nullptr);
}

}  // namespace
}  // namespace viaduct::graph
