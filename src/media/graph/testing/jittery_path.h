// A talker, a bad path and a Playout at the end, in virtual time: what one hears of it in numbers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "base/rng.h"
#include "media/graph/playout.h"

namespace viaduct::graph::testing {

struct JitteryPath {
  // Each packet on its own is late by anything up to this, so that packets overtake each other.
  std::chrono::milliseconds jitter{0};
  int loss_percent = 0;
  int skew_ppm = 0;  // of the sender's clock: above 0 it is fast
  std::chrono::milliseconds ptime{20};
  std::chrono::milliseconds tick{20};  // of the playout
  std::chrono::seconds length{60};
  JitterBufferOptions options{};
  uint64_t seed = 1;
};

struct PathResult {
  double mean_delay_ms = 0;   // from the sender's mouth, the packet's own length not counted
  double least_delay_ms = 0;  // of the second half: does it settle?
  double most_delay_ms = 0;
  double late_percent = 0;       // of the packets that came
  double concealed_percent = 0;  // of the time
  double stretched_percent = 0;
  JitterBufferCounters counters;
};

// The sound says its own time: the sample of n/16000 s is n/32, so that delay is read off what is
// heard.
inline PathResult walk(const JitteryPath& path) {
  constexpr uint32_t kRate = 16000;
  constexpr double kMsPerValue = 2;
  const negotiation::Codec l16{negotiation::Encoding::l16, kRate, 1};
  base::SeededRng rng(path.seed);
  Playout playout(kRate, path.options);
  const base::TimePoint start{std::chrono::hours(1)};
  const auto words = static_cast<size_t>(path.length / path.ptime);
  const size_t samples = static_cast<size_t>(path.ptime.count()) * kRate / 1000;
  std::multimap<base::TimePoint, size_t> arrivals;
  for (size_t i = 0; i < words; ++i) {
    const double apart = 1e6 * static_cast<double>(path.ptime.count()) / (1 + 1e-6 * path.skew_ppm);
    const base::TimePoint spoken =
        start + base::Duration(static_cast<int64_t>(apart * static_cast<double>(i)));
    if (rng.below(100) < static_cast<uint32_t>(path.loss_percent)) continue;
    const auto most = static_cast<uint32_t>(path.jitter / std::chrono::microseconds(1));
    arrivals.emplace(spoken + std::chrono::microseconds(most ? rng.below(most) : 0), i);
  }
  const auto sent = static_cast<double>(arrivals.size());
  std::vector<uint8_t> payload(samples * 2);
  std::vector<int16_t> out(static_cast<size_t>(path.tick.count()) * kRate / 1000);
  std::vector<double> delays;
  for (base::TimePoint now = start; now < start + path.length; now += path.tick) {
    for (; !arrivals.empty() && arrivals.begin()->first <= now; arrivals.erase(arrivals.begin())) {
      const size_t word = arrivals.begin()->second;
      for (size_t s = 0; s < samples; ++s) {
        const size_t value = (word * samples + s) / 32 % 32768;
        payload[2 * s] = static_cast<uint8_t>(value >> 8);
        payload[2 * s + 1] = static_cast<uint8_t>(value);
      }
      Heard heard;
      heard.packet.header.sequence = static_cast<uint16_t>(65000 + word);
      heard.packet.header.timestamp.value = static_cast<uint32_t>(0xffff0000 + word * samples);
      heard.packet.payload = payload;
      heard.codec = &l16;
      playout.push(heard, arrivals.begin()->first);
    }
    const uint64_t concealed = playout.counters().concealed;
    if (!playout.pull(out, now) || playout.counters().concealed != concealed) continue;
    const double wrap = 32768 * kMsPerValue;
    const double elapsed = std::chrono::duration<double, std::milli>(now - start).count();
    const double heard_at = elapsed + static_cast<double>(path.tick.count()) / 2;
    const double sender_clock = heard_at * (1 + 1e-6 * path.skew_ppm);
    double delay = sender_clock - std::abs(out[out.size() / 2]) * kMsPerValue;
    while (delay < -wrap / 2) delay += wrap;
    while (delay > wrap / 2) delay -= wrap;
    // A blend of two times at a joint says nothing.
    if (std::abs(delay) < 500) delays.push_back(delay);
  }
  PathResult result;
  if (const JitterBuffer* buffer = playout.buffer()) result.counters = buffer->counters();
  const auto half = delays.begin() + static_cast<ptrdiff_t>(delays.size() / 2);
  for (const double delay : delays) result.mean_delay_ms += delay;
  result.mean_delay_ms /= std::max<double>(1, static_cast<double>(delays.size()));
  if (half != delays.end()) {
    result.least_delay_ms = *std::min_element(half, delays.end());
    result.most_delay_ms = *std::max_element(half, delays.end());
  }
  const auto percent = [&](uint64_t part) {
    return 100.0 * static_cast<double>(part) / kRate / static_cast<double>(path.length.count());
  };
  result.late_percent = 100 * static_cast<double>(result.counters.late) / std::max(1.0, sent);
  result.concealed_percent = percent(playout.counters().concealed);
  result.stretched_percent = percent(playout.counters().shortened + playout.counters().lengthened);
  return result;
}

}  // namespace viaduct::graph::testing
