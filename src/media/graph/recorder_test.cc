#include "media/graph/recorder.h"

#include <gtest/gtest.h>

#include "media/audio/testing/tone_measure.h"
#include "media/graph/testing/rig.h"

namespace viaduct::graph {
namespace {

using namespace std::chrono_literals;
using audio::level_dbov;
using audio::testing::longest_gap_ms;
using audio::testing::strongest_tone;
using testing::Party;
using testing::Rig;
using testing::TalkerOptions;

constexpr RecordingId kRecording{1, 1};

TalkerOptions talker(double hz, const negotiation::Format& format = {0, negotiation::kPcmu, ""}) {
  TalkerOptions options;
  options.format = format;
  options.hz = hz;
  return options;
}

// What a recording holds, channel by channel.
struct Recording {
  std::vector<int16_t> channels[2];
  size_t ended = 0;
  uint64_t left_out = 0;

  Recording(const std::vector<Event>& events, size_t channel_count) {
    for (const Event& event : events) {
      if (const auto* audio = std::get_if<RecordedAudio>(&event)) {
        EXPECT_EQ(audio->block->position, channels[0].size());
        const auto& samples = audio->block->samples;
        for (size_t i = 0; i < samples.size(); ++i)
          channels[i % channel_count].push_back(samples[i]);
      } else if (const auto* end = std::get_if<RecordingEnded>(&event)) {
        ++ended;
        left_out = end->blocks_left_out;
      }
    }
  }
  // From `from` on, at 16 kHz.
  std::span<const int16_t> part(size_t channel, base::Duration from, base::Duration length) const {
    const auto samples = [](base::Duration d) { return static_cast<size_t>(d / 1us) * 16 / 1000; };
    EXPECT_GE(channels[channel].size(), samples(from + length));
    return std::span(channels[channel]).subspan(samples(from), samples(length));
  }
  double hz(size_t channel, base::Duration from, base::Duration length = 500ms) const {
    return strongest_tone(part(channel, from, length), 16000).hz;
  }
  double level(size_t channel, base::Duration from, base::Duration length = 500ms) const {
    return level_dbov(part(channel, from, length));
  }
};

class RecorderTest : public ::testing::Test {
 protected:
  void call(const TalkerOptions& a, const TalkerOptions& b) {
    a_ = &rig_.add_plain(a);
    b_ = &rig_.add_plain(b);
    rig_.bridge(*a_, *b_);
    a_->speaking = b_->speaking = true;
    rig_.run(100ms);
  }
  void start(bool stereo = true) {
    rig_.command(StartRecording{a_->id, b_->id, kRecording, stereo, 16000});
  }
  void stop() { rig_.command(StopRecording{a_->id, kRecording}); }
  Recording recording(size_t channels = 2) const { return {rig_.all_events, channels}; }
  ~RecorderTest() override { EXPECT_EQ(rig_.worker.counts().recordings, ended_ ? 0u : 1u); }

  Rig rig_;
  Party* a_ = nullptr;
  Party* b_ = nullptr;
  bool ended_ = true;
};

TEST_F(RecorderTest, EachPartyHasItsOwnSide) {
  call(talker(440), talker(1000));
  start();
  rig_.run(5s);
  stop();
  const auto heard = recording();
  EXPECT_EQ(heard.ended, 1u);
  EXPECT_NEAR(static_cast<double>(heard.channels[0].size()) / 16000, 5, 0.02);
  for (const auto from : {500ms, 4400ms}) {
    EXPECT_NEAR(heard.hz(0, from), 440, 1);
    EXPECT_NEAR(heard.hz(1, from), 1000, 1);
    EXPECT_NEAR(heard.level(0, from), -20, 0.5);
  }
  EXPECT_EQ(longest_gap_ms(heard.part(0, 100ms, 4800ms), 16000, -24), 0);
  EXPECT_LT(audio::testing::tone_level_dbov(heard.part(0, 1s, 1s), 16000, 1000), -60);
}

TEST_F(RecorderTest, BothMixedInOne) {
  call(talker(440), talker(1000, {111, negotiation::kOpus, ""}));
  start(false);
  rig_.run(3s);
  stop();
  const auto heard = recording(1);
  const auto part = heard.part(0, 1s, 1s);
  EXPECT_NEAR(audio::testing::tone_level_dbov(part, 16000, 440), -20, 1);
  EXPECT_NEAR(audio::testing::tone_level_dbov(part, 16000, 1000), -20, 1);
}

TEST_F(RecorderTest, SilenceIsWrittenWhereNothingCame) {
  call(talker(440), talker(1000));
  start();
  rig_.run(1s);
  a_->speaking = false;
  rig_.run(1s);
  a_->talker.pause(1000ms);
  a_->speaking = true;
  a_->next_word = rig_.now;
  rig_.run(1s);
  stop();
  const auto heard = recording();
  EXPECT_NEAR(heard.hz(0, 300ms), 440, 1);
  EXPECT_EQ(heard.level(0, 1300ms), -127);
  EXPECT_NEAR(heard.hz(0, 2300ms), 440, 1);
  EXPECT_NEAR(heard.hz(1, 1300ms), 1000, 1);
}

// A re-INVITE to hold, another codec after it, and another stream: one recording goes through.
TEST_F(RecorderTest, GoesOnThroughHoldAndAnotherCodec) {
  call(talker(440), talker(1000));
  start();
  rig_.run(1s);
  a_->agreement.direction = negotiation::Direction::sendonly;
  rig_.apply(*a_);
  rig_.run(1s);
  a_->agreement.direction = negotiation::Direction::sendrecv;
  rig_.apply(*a_);
  a_->talker.start_anew(77);
  rig_.run(1s);
  stop();
  const auto heard = recording();
  EXPECT_NEAR(heard.hz(0, 400ms), 440, 1);
  EXPECT_EQ(heard.level(0, 1300ms), -127);
  EXPECT_NEAR(heard.hz(0, 2400ms), 440, 1);
  EXPECT_LE(longest_gap_ms(heard.part(0, 100ms, 880ms), 16000, -30), 0);
  EXPECT_EQ(longest_gap_ms(heard.part(1, 100ms, 2800ms), 16000, -24), 0);
}

TEST_F(RecorderTest, EndsWhenTheLastPartyIsGone) {
  call(talker(440), talker(1000));
  start();
  rig_.run(1s);
  rig_.command(CloseSession{a_->id});
  rig_.run(1s);
  EXPECT_EQ(recording().ended, 0u);
  rig_.command(CloseSession{b_->id});
  rig_.run(100ms);
  const auto heard = recording();
  EXPECT_EQ(heard.ended, 1u);
  EXPECT_NEAR(heard.hz(0, 400ms), 440, 1);
  EXPECT_EQ(heard.level(0, 1400ms), -127);
  EXPECT_NEAR(heard.hz(1, 1400ms), 1000, 1);
  stop();  // too late, and harmless
  rig_.run(100ms);
  EXPECT_EQ(recording().ended, 1u);
}

TEST_F(RecorderTest, OneLegAlone) {
  call(talker(440), talker(1000));
  rig_.command(StartRecording{.id = b_->id, .recording = kRecording, .stereo = false});
  rig_.run(2s);
  stop();
  EXPECT_NEAR(recording(1).hz(0, 1s), 1000, 1);
}

TEST_F(RecorderTest, TheOtherPartyJoinsLater) {
  call(talker(440), talker(1000));
  rig_.command(StartRecording{.id = a_->id, .recording = kRecording});
  rig_.run(1s);
  start();
  rig_.run(2s);
  stop();
  const auto heard = recording();
  EXPECT_EQ(heard.level(1, 300ms), -127);
  EXPECT_NEAR(heard.hz(1, 2s), 1000, 1);
  EXPECT_NEAR(heard.hz(0, 300ms), 440, 1);
  EXPECT_EQ(longest_gap_ms(heard.part(0, 100ms, 2800ms), 16000, -24), 0);
}

// The first party transfers the second to a third: whoever stays keeps its side.
TEST_F(RecorderTest, WhoComesInsteadOfAnotherHasItsSide) {
  call(talker(440), talker(1000));
  Party& c = rig_.add_plain(talker(700));
  c.speaking = true;
  start();
  rig_.run(1s);
  rig_.command(StartRecording{.id = b_->id, .recording = kRecording});
  rig_.run(1s);
  rig_.command(StartRecording{.id = b_->id, .other = c.id, .recording = kRecording});
  rig_.run(1s);
  rig_.command(CloseSession{a_->id});
  rig_.run(1s);
  rig_.command(StopRecording{b_->id, kRecording});
  const auto heard = recording();
  EXPECT_NEAR(heard.hz(0, 300ms), 440, 1);
  EXPECT_EQ(heard.level(0, 1400ms), -127) << "nobody is at the other end";
  EXPECT_NEAR(heard.hz(0, 2400ms), 700, 1);
  EXPECT_NEAR(heard.hz(0, 3300ms), 700, 1) << "that the first one ends is of no effect";
  EXPECT_EQ(longest_gap_ms(heard.part(1, 100ms, 3800ms), 16000, -24), 0);
  EXPECT_NEAR(heard.hz(1, 3300ms), 1000, 1);
}

TEST_F(RecorderTest, ASessionThatIsNotThereEndsAtOnce) {
  call(talker(440), talker(1000));
  rig_.command(StartRecording{.id = {99, 99}, .recording = kRecording});
  EXPECT_EQ(recording().ended, 1u);
  EXPECT_EQ(rig_.worker.counters().refused_recordings, 1u);
}

// Nobody takes the blocks in: the events are kept by the rig.
TEST_F(RecorderTest, ASlowConsumerCostsBlocksAndNoMemory) {
  call(talker(440), talker(1000));
  start();
  rig_.run(30s);
  stop();
  size_t blocks = 0;
  uint64_t left_out = 0;
  for (const Event& event : rig_.all_events) {
    blocks += std::holds_alternative<RecordedAudio>(event);
    if (const auto* end = std::get_if<RecordingEnded>(&event)) left_out = end->blocks_left_out;
  }
  EXPECT_EQ(blocks, 40u);
  EXPECT_NEAR(static_cast<double>(left_out), 20, 1);
}

TEST_F(RecorderTest, LossIsConcealedAndBadPathsDoNotShiftTheTimeLine) {
  call(talker(440), talker(1000));
  a_->network = [](size_t n) -> std::optional<base::Duration> {
    if (n % 10 == 3) return std::nullopt;
    return (n * 37 % 5) * 40ms;
  };
  start();
  rig_.run(8s);
  stop();
  const auto heard = recording();
  EXPECT_NEAR(heard.hz(0, 4s), 440, 2);
  EXPECT_LE(longest_gap_ms(heard.part(0, 1s, 6s), 16000, -30), 10);
  EXPECT_NEAR(static_cast<double>(heard.channels[0].size()) / 16000, 8, 0.02);
}

// Two phones whose clocks run apart by 400 ppm, an hour long: 1.4 s without correction. Each beeps
// about once a minute; in the recording each beep is where it was said.
class RecorderTimeLine : public ::testing::Test {
 protected:
  static constexpr size_t kFrame = 480;  // 60 ms
  static constexpr base::TimePoint kStart{1h};

  RecorderTimeLine() {
    const auto encoder = codec::make_encoder(codec::Kind::pcmu, 8000).value();
    (void)encoder->encode(audio::testing::sine(1000, -10, 8000, kFrame), beep_);
    (void)encoder->encode(audio::testing::sine(1000, -70, 8000, kFrame), quiet_);
  }
  base::TimePoint said_at(size_t party, size_t frame) const {
    const double factor = 1 + (party == 0 ? 200 : -200) * 1e-6;
    return kStart +
           base::Duration(static_cast<int64_t>(60e6 * static_cast<double>(frame) / factor));
  }
  // A packet leaves when its last word has been said.
  void speak(size_t party, base::TimePoint now) {
    for (size_t& n = frames_[party]; said_at(party, n + 1) <= now; ++n) {
      const bool beep = n % 1000 == 0;
      if (beep) beeps_[party].push_back(said_at(party, n + 1) - kStart);
      Heard heard;
      heard.packet.header.sequence = static_cast<uint16_t>(n);
      heard.packet.header.timestamp.value = static_cast<uint32_t>(n * kFrame);
      heard.packet.payload = beep ? beep_ : quiet_;
      heard.codec = &negotiation::kPcmu;
      recorder_.parties()[party]->playout.push(heard, said_at(party, n + 1));
    }
  }
  void drain() {
    while (const auto event = recorder_.poll())
      if (const auto* audio = std::get_if<RecordedAudio>(&*event))
        for (size_t i = 0; i < audio->block->samples.size(); ++i)
          channels_[i % 2].push_back(audio->block->samples[i]);
  }
  std::vector<base::Duration> beeps_in(size_t party) const {
    std::vector<base::Duration> out;
    bool before = false;
    for (size_t at = 0; at + 40 <= channels_[party].size(); at += 40) {
      const bool loud = level_dbov(std::span(channels_[party]).subspan(at, 40)) > -25;
      if (loud && !before) out.push_back(at * 125us);
      before = loud;
    }
    return out;
  }

  std::array<uint8_t, kFrame> beep_, quiet_;
  Recorder recorder_{{MediaId{1, 1}, MediaId{2, 1}, kRecording, true, 8000}, kStart};
  size_t frames_[2] = {0, 0};
  std::vector<base::Duration> beeps_[2];
  std::vector<int16_t> channels_[2];
};

TEST_F(RecorderTimeLine, HoldsForAnHour) {
  for (base::TimePoint now = kStart; now < kStart + 1h; now += 20ms) {
    speak(0, now), speak(1, now);
    recorder_.handle_timeout(now);
    drain();
  }
  recorder_.stop(kStart + 1h);
  drain();
  for (size_t party = 0; party < 2; ++party) {
    EXPECT_EQ(channels_[party].size(), 3600u * 8000);
    const auto heard = beeps_in(party);
    ASSERT_EQ(heard.size(), beeps_[party].size());
    for (size_t i = 0; i < heard.size(); ++i) {
      EXPECT_LT(heard[i] - beeps_[party][i], 40ms) << "party " << party << " beep " << i;
      EXPECT_GT(heard[i] - beeps_[party][i], -40ms) << "party " << party << " beep " << i;
    }
  }
}

}  // namespace
}  // namespace viaduct::graph
