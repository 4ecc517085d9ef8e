#include "media/codec/codec.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <numbers>
#include <vector>

namespace viaduct::codec {
namespace {

using Samples = std::vector<int16_t>;

Samples sine(double hz, uint32_t rate, size_t count, double amplitude = 8000) {
  Samples out(count);
  for (size_t i = 0; i < count; ++i)
    out[i] = static_cast<int16_t>(
        amplitude * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate));
  return out;
}

// Amplitude of one frequency over whole periods.
double amplitude_of(std::span<const int16_t> samples, double hz, uint32_t rate) {
  double re = 0, im = 0;
  for (size_t i = 0; i < samples.size(); ++i) {
    const double angle = 2 * std::numbers::pi * hz * static_cast<double>(i) / rate;
    re += samples[i] * std::cos(angle);
    im += samples[i] * std::sin(angle);
  }
  return 2 * std::sqrt(re * re + im * im) / static_cast<double>(samples.size());
}

double rms(std::span<const int16_t> samples) {
  double sum = 0;
  for (const int16_t s : samples) sum += static_cast<double>(s) * s;
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

struct Case {
  Kind kind;
  uint32_t rate;
};

class EveryCodec : public ::testing::TestWithParam<Case> {};

INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec,
                         ::testing::Values(Case{Kind::opus, 8000}, Case{Kind::opus, 16000},
                                           Case{Kind::opus, 48000}, Case{Kind::pcmu, 8000},
                                           Case{Kind::pcma, 8000}, Case{Kind::g722, 8000},
                                           Case{Kind::g722, 16000}, Case{Kind::l16, 16000}));

TEST_P(EveryCodec, CarriesAToneAtItsLevel) {
  const auto [kind, rate] = GetParam();
  auto encoder = make_encoder(kind, rate).value();
  auto decoder = make_decoder(kind, rate).value();
  const Samples in = sine(1000, rate, rate);
  const size_t frame = rate / 50;
  Samples heard;
  std::array<uint8_t, 4000> payload;
  std::array<int16_t, kMaxFrameSamples> out;
  for (size_t at = 0; at + frame <= in.size(); at += frame) {
    ASSERT_TRUE(encoder->accepts(frame));
    const size_t bytes = encoder->encode(std::span(in).subspan(at, frame), payload).value();
    ASSERT_EQ(decoder->samples_in(std::span(payload).first(bytes)), frame);
    const size_t samples = decoder->decode(std::span(payload).first(bytes), out).value();
    ASSERT_EQ(samples, frame);
    heard.insert(heard.end(), out.begin(), out.begin() + static_cast<ptrdiff_t>(samples));
  }
  const auto steady = std::span(heard).subspan(rate / 2, rate / 4);
  EXPECT_NEAR(20 * std::log10(amplitude_of(steady, 1000, rate) / 8000), 0, 1.0);
  EXPECT_NEAR(20 * std::log10(rms(steady) * std::numbers::sqrt2 / 8000), 0, 1.5);
}

TEST_P(EveryCodec, ConcealsALostFrameWithSound) {
  const auto [kind, rate] = GetParam();
  auto encoder = make_encoder(kind, rate).value();
  auto decoder = make_decoder(kind, rate).value();
  const Samples in = sine(440, rate, rate);
  const size_t frame = rate / 50;
  std::array<uint8_t, 4000> payload;
  std::array<int16_t, kMaxFrameSamples> out;
  for (size_t i = 0; i < 30; ++i) {
    const size_t bytes = encoder->encode(std::span(in).subspan(i * frame, frame), payload).value();
    if (i == 20) {
      decoder->conceal(std::span(out).first(frame), {});
      EXPECT_GT(rms(std::span(out).first(frame / 2)), 0.5 * 8000 / std::numbers::sqrt2);
    } else {
      ASSERT_TRUE(decoder->decode(std::span(payload).first(bytes), out).has_value());
    }
  }
  // Nothing for long: silence, not a buzz that never ends.
  for (size_t i = 0; i < 50; ++i) decoder->conceal(std::span(out).first(frame), {});
  EXPECT_LT(rms(std::span(out).first(frame)), 100);
}

TEST_P(EveryCodec, RefusesWhatIsNoFrame) {
  const auto [kind, rate] = GetParam();
  auto encoder = make_encoder(kind, rate).value();
  auto decoder = make_decoder(kind, rate).value();
  std::array<uint8_t, 4000> payload;
  std::array<int16_t, kMaxFrameSamples> out;
  EXPECT_TRUE(encoder->encode({}, payload).has_error());
  EXPECT_FALSE(encoder->accepts(0));
  EXPECT_TRUE(decoder->decode({}, out).has_error());
  EXPECT_EQ(decoder->samples_in({}), 0u);
  const Samples in = sine(440, rate, rate / 50);
  EXPECT_TRUE(encoder->encode(in, std::span(payload).first(1)).has_error() || kind == Kind::opus);
  const size_t bytes = encoder->encode(in, payload).value();
  EXPECT_TRUE(
      decoder->decode(std::span(payload).first(bytes), std::span(out).first(3)).has_error());
}

TEST(Codec, SupportsWhatItSays) {
  EXPECT_TRUE(make_decoder(Kind::pcmu, 16000).has_error());
  EXPECT_TRUE(make_encoder(Kind::opus, 44100).has_error());
  EXPECT_TRUE(make_decoder(Kind::g722, 48000).has_error());
  EXPECT_TRUE(make_decoder(Kind::l16, 44100).has_value());
  EXPECT_EQ(natural_rate(Kind::g722, 8000), 16000u);
  EXPECT_EQ(natural_rate(Kind::opus, 48000), 48000u);
  EXPECT_EQ(natural_rate(Kind::l16, 44100), 44100u);
}

TEST(Opus, DecodesAtANarrowRateWhatWasEncodedWide) {
  auto encoder = make_encoder(Kind::opus, 48000).value();
  auto decoder = make_decoder(Kind::opus, 8000).value();
  const Samples in = sine(1000, 48000, 48000);
  std::array<uint8_t, 1500> payload;
  std::array<int16_t, kMaxFrameSamples> out;
  Samples heard;
  for (size_t at = 0; at < in.size(); at += 960) {
    const size_t bytes = encoder->encode(std::span(in).subspan(at, 960), payload).value();
    const size_t samples = decoder->decode(std::span(payload).first(bytes), out).value();
    ASSERT_EQ(samples, 160u);
    heard.insert(heard.end(), out.begin(), out.begin() + 160);
  }
  EXPECT_NEAR(amplitude_of(std::span(heard).subspan(4000, 2000), 1000, 8000), 8000, 800);
}

// Something like a vowel: pulses of 125 Hz through a decaying 700 Hz resonance.
Samples vowel(size_t first, size_t count, double amplitude) {
  Samples out(count);
  for (size_t i = 0; i < count; ++i) {
    const auto t = static_cast<double>((first + i) % 128) / 16000;
    out[i] = static_cast<int16_t>(amplitude * std::exp(-t * 250) *
                                  std::sin(2 * std::numbers::pi * 700 * t));
  }
  return out;
}

TEST(Opus, TakesTheLostFrameFromTheRedundancyOfTheNext) {
  auto encoder = make_encoder(Kind::opus, 16000).value();
  encoder->expect_loss(30);
  auto with = make_decoder(Kind::opus, 16000).value();
  auto without = make_decoder(Kind::opus, 16000).value();
  std::array<uint8_t, 1500> payload;
  std::array<int16_t, kMaxFrameSamples> out;
  // Ten loud frames, ten quiet ones and again; the second loud one is lost, which nobody could
  // guess.
  double heard_with = 0, heard_without = 0;
  for (size_t i = 0; i < 200; ++i) {
    const bool loud = i / 10 % 2 == 0;
    const Samples frame = vowel(i * 320, 320, loud ? 12000 : 60);
    const size_t bytes = encoder->encode(frame, payload).value();
    const auto packet = std::span(payload).first(bytes);
    if (i > 100 && i % 20 <= 1) continue;
    if (i > 100 && i % 20 == 2) {
      with->conceal(std::span(out).first(640), packet);
      heard_with += rms(std::span(out).subspan(320, 320));
      without->conceal(std::span(out).first(640), {});
      heard_without += rms(std::span(out).subspan(320, 320));
    }
    ASSERT_TRUE(with->decode(packet, out).has_value());
    ASSERT_TRUE(without->decode(packet, out).has_value());
  }
  EXPECT_GT(heard_with, 1.6 * heard_without);
}

TEST(Opus, AcceptsOnlyItsFrameLengths) {
  auto encoder = make_encoder(Kind::opus, 48000).value();
  for (const size_t ms : {10u, 20u, 40u, 60u}) EXPECT_TRUE(encoder->accepts(48 * ms));
  EXPECT_TRUE(encoder->accepts(120));
  for (const size_t ms : {1u, 15u, 30u, 50u, 80u}) EXPECT_FALSE(encoder->accepts(48 * ms));
}

TEST(Opus, ReadsTheFarSidesParameters) {
  const OpusOptions options = with_fmtp({}, "minptime=10; maxaveragebitrate=16000;useinbandfec=0");
  EXPECT_EQ(options.max_bitrate, 16000);
  EXPECT_FALSE(options.fec);
  EXPECT_TRUE(with_fmtp({}, "USEINBANDFEC=1").fec);
  const OpusOptions odd = with_fmtp({}, "maxaveragebitrate=1;;=;useinbandfec;x=9999999999999");
  EXPECT_EQ(odd.max_bitrate, OpusOptions{}.max_bitrate);
  EXPECT_TRUE(odd.fec);
}

}  // namespace
}  // namespace viaduct::codec
