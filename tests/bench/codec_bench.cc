// What the codec calls alone cost for one 20 ms frame of something like speech: the floor under
// every transcoded call.
#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <vector>

#include "media/codec/codec.h"

namespace {

using namespace viaduct::codec;

// Pulses of a changing pitch through a resonance, with pauses: neither silence nor a steady tone,
// which Opus encodes faster than speech.
std::vector<int16_t> voice(uint32_t rate) {
  std::vector<int16_t> out(rate * 2);
  double phase = 0, since = 0;
  for (size_t i = 0; i < out.size(); ++i) {
    const double t = static_cast<double>(i) / rate;
    phase += (120 + 40 * std::sin(t * 7)) / rate;
    since += 1.0 / rate;
    if (phase >= 1) phase -= 1, since = 0;
    const double loud = std::max(0.05, std::sin(t * 9));
    out[i] = static_cast<int16_t>(9000 * loud * std::exp(-since * 300) *
                                  std::sin(6.28318 * (600 + 500 * std::sin(t * 3)) * since));
  }
  return out;
}

void encode(benchmark::State& state, Kind kind, uint32_t rate, int complexity) {
  OpusOptions options;
  options.complexity = complexity;
  const auto encoder = make_encoder(kind, rate, options).value();
  const auto sound = voice(rate);
  const size_t frame = rate / 50;
  std::array<uint8_t, 1500> payload;
  size_t at = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(encoder->encode(std::span(sound).subspan(at, frame), payload));
    at = at + 2 * frame <= sound.size() ? at + frame : 0;
  }
}

// `rate`: of decoding; the packets were encoded at `sent_rate`.
void decode(benchmark::State& state, Kind kind, uint32_t rate, uint32_t sent_rate) {
  const auto encoder = make_encoder(kind, sent_rate).value();
  const auto decoder = make_decoder(kind, rate).value();
  const auto sound = voice(sent_rate);
  const size_t frame = sent_rate / 50;
  std::vector<std::vector<uint8_t>> packets;
  std::array<uint8_t, 1500> payload;
  for (size_t at = 0; at + frame <= sound.size(); at += frame) {
    const size_t size = encoder->encode(std::span(sound).subspan(at, frame), payload).value();
    packets.emplace_back(payload.begin(), payload.begin() + static_cast<ptrdiff_t>(size));
  }
  std::array<int16_t, kMaxFrameSamples> out;
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(decoder->decode(packets[next], out));
    if (++next == packets.size()) next = 0;
  }
}

}  // namespace

BENCHMARK_CAPTURE(encode, opus_8k_complexity_0, Kind::opus, 8000, 0);
BENCHMARK_CAPTURE(encode, opus_8k, Kind::opus, 8000, 5);
BENCHMARK_CAPTURE(encode, opus_8k_complexity_10, Kind::opus, 8000, 10);
BENCHMARK_CAPTURE(encode, opus_16k, Kind::opus, 16000, 5);
BENCHMARK_CAPTURE(encode, opus_48k, Kind::opus, 48000, 5);
BENCHMARK_CAPTURE(encode, pcmu, Kind::pcmu, 8000, 5);
BENCHMARK_CAPTURE(encode, pcma, Kind::pcma, 8000, 5);
BENCHMARK_CAPTURE(encode, g722, Kind::g722, 16000, 5);
BENCHMARK_CAPTURE(decode, opus_48k_at_8k, Kind::opus, 8000, 48000);
BENCHMARK_CAPTURE(decode, opus_48k_at_48k, Kind::opus, 48000, 48000);
BENCHMARK_CAPTURE(decode, pcmu, Kind::pcmu, 8000, 8000);
BENCHMARK_CAPTURE(decode, pcma, Kind::pcma, 8000, 8000);
BENCHMARK_CAPTURE(decode, g722, Kind::g722, 16000, 16000);
