// Digits as tones in the audio: sent in place of it, found in it.
#include "media/graph/inband_digits.h"

#include <gtest/gtest.h>

#include "media/audio/testing/tone_measure.h"
#include "media/graph/digit_filter.h"
#include "media/graph/testing/rig.h"

namespace viaduct::graph {
namespace {

using namespace std::chrono_literals;
using testing::Party;
using testing::Rig;
using testing::TalkerOptions;

const negotiation::Format kPcmu{0, negotiation::kPcmu, ""};
const negotiation::Format kPcma{8, negotiation::kPcma, ""};
const negotiation::Format kOpus{111, negotiation::kOpus, ""};
const negotiation::Format kG722{9, negotiation::kG722, ""};

TalkerOptions talker(const negotiation::Format& format, double hz = 300) {
  TalkerOptions options;
  options.format = format;
  options.hz = hz;
  return options;
}

std::string digits(const Rig& rig, const Party& of) {
  std::string out;
  for (const auto& event : rig.events<DtmfReceived>())
    if (event.id == of.id) out += event.digit;
  return out;
}

class InbandDigitsOver : public ::testing::TestWithParam<negotiation::Format> {};

// A loop: what is sent to the phone as tones comes back from it, and is received as digits.
TEST_P(InbandDigitsOver, AreSentAndFound) {
  Rig rig;
  Party& a = rig.add_plain(talker(GetParam(), 0));
  Party& b = rig.add_plain(talker(GetParam(), 0));
  rig.bridge(a, b);
  rig.command(SendDtmf{.id = a.id, .digits = "159D*0#", .length = 100ms, .inband = true});
  rig.run(3s);
  std::string heard;
  ASSERT_FALSE(a.talker.heard().empty());
  codec::DtmfDetector detector;
  audio::Resampler resampler(a.talker.rate(), 8000);
  std::vector<int16_t> narrow;
  resampler.process(a.talker.heard(), narrow);
  detector.process(narrow);
  while (const auto digit = detector.poll()) {
    heard += digit->digit;
    EXPECT_NEAR(static_cast<double>(digit->length / 1ms), 100, 20);
  }
  EXPECT_EQ(heard, "159D*0#");
}

INSTANTIATE_TEST_SUITE_P(Codecs, InbandDigitsOver, ::testing::Values(kPcmu, kPcma, kG722, kOpus));

class InbandDigitsTest : public ::testing::Test {
 protected:
  // The digits as tones from `from`, in its own codec.
  void press(Party& from, std::string_view keys) {
    const auto& format = from.talker.options().format;
    const auto encoder = codec::make_encoder(codec::Kind::pcmu, 8000).value();
    ASSERT_EQ(format, kPcmu);
    for (const char key : keys) {
      constexpr double kLow[] = {697, 770, 852, 941}, kHigh[] = {1209, 1336, 1477};
      const size_t at = std::string_view("123456789*0#").find(key);
      for (int frame = 0; frame < 8; ++frame) {
        auto samples = audio::testing::sine(kLow[at / 3], -13, 8000, 160, frame * 160u);
        const auto high = audio::testing::sine(kHigh[at % 3], -13, 8000, 160, frame * 160u);
        for (size_t i = 0; i < samples.size(); ++i)
          samples[i] = frame < 5 ? static_cast<int16_t>(samples[i] + high[i]) : int16_t{0};
        auto packet = from.talker.speak();
        std::array<uint8_t, 160> payload;
        (void)encoder->encode(samples, payload);
        std::copy(payload.begin(), payload.end(), packet.end() - 160);
        rig_.send(from, std::move(packet));
        rig_.run(20ms);
      }
    }
  }
  Rig rig_;
};

TEST_F(InbandDigitsTest, AreFoundInARelayedCallOnlyWhenAskedFor) {
  Party& trunk = rig_.add_plain(talker(kPcmu));
  Party& phone = rig_.add_plain(talker(kPcmu));
  trunk.speaking = phone.speaking = false;
  rig_.bridge(trunk, phone);
  press(trunk, "12");
  EXPECT_EQ(digits(rig_, trunk), "");
  rig_.command(ListenForTones{trunk.id});
  press(trunk, "34");
  EXPECT_EQ(digits(rig_, trunk), "34");
  rig_.command(ListenForTones{trunk.id, false});
  press(trunk, "56");
  EXPECT_EQ(digits(rig_, trunk), "34");
  EXPECT_EQ(phone.talker.undecodable(), 0u) << "it is relayed all the while";
}

// While a tone sounds the caller's voice is not heard; after it, it is, without a gap.
TEST_F(InbandDigitsTest, ATonePausesTheVoiceAndNothingElse) {
  Party& a = rig_.add_plain(talker(kPcmu, 300));
  Party& b = rig_.add_plain(talker(kPcmu, 300));
  rig_.bridge(a, b);
  a.speaking = b.speaking = true;
  rig_.run(1s);
  rig_.command(SendDtmf{.id = b.id, .digits = "5", .length = 200ms, .inband = true});
  rig_.run(1s);
  const auto heard = b.talker.heard();
  const auto during = heard.subspan(heard.size() - 8000 + 400, 1000);
  EXPECT_GT(audio::testing::tone_level_dbov(during, 8000, 770), -18);
  EXPECT_GT(audio::testing::tone_level_dbov(during, 8000, 1336), -18);
  EXPECT_LT(audio::testing::tone_level_dbov(during, 8000, 300), -40);
  const auto after = heard.last(4000);
  EXPECT_NEAR(audio::testing::strongest_tone(after, 8000).hz, 300, 2);
  uint16_t expected = b.talker.headers().front().sequence;
  for (const auto& header : b.talker.headers()) EXPECT_EQ(header.sequence, expected++);
}

TEST_F(InbandDigitsTest, DigitsForAPartyThatMayNotHearAreDropped) {
  Party& a = rig_.add_plain(talker(kPcmu));
  a.agreement.direction = negotiation::Direction::inactive;
  rig_.apply(a);
  rig_.command(SendDtmf{.id = a.id, .digits = "12", .inband = true});
  rig_.run(100ms);
  EXPECT_EQ(rig_.worker.counters().dropped_digits, 2u);
}

TEST(DigitFilter, OneKeyOnTwoWaysIsOneDigit) {
  using Way = DigitFilter::Way;
  DigitFilter filter;
  base::TimePoint now{1h};
  const auto count = [&] {
    size_t n = 0;
    while (filter.poll()) ++n;
    return n;
  };
  filter.add({'5', 100ms}, Way::tone, now);
  filter.add({'5', 100ms}, Way::event, now + 30ms);
  EXPECT_EQ(count(), 1u);
  filter.add({'5', 100ms}, Way::event, now + 200ms);
  filter.add({'5', 100ms}, Way::tone, now + 220ms);
  EXPECT_EQ(count(), 1u) << "the key was pressed again";
  filter.add({'6', 100ms}, Way::tone, now + 400ms);
  filter.add({'6', 100ms}, Way::tone, now + 550ms);
  EXPECT_EQ(count(), 2u) << "twice on one way";
  filter.add({'7', 100ms}, Way::tone, now + 700ms);
  filter.add({'7', 100ms}, Way::event, now + 1200ms);
  EXPECT_EQ(count(), 2u) << "long after";
}

}  // namespace
}  // namespace viaduct::graph
