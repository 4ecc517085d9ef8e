// What is left of a tone after networks of every badness, for what leaves a worker at once (relay,
// transcoding) and for what is played out (a recording). In virtual time, seeded. Prints a table:
//
//   viaduct_graph_test --gtest_filter='*NetworkMatrix*'
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <numbers>

#include "media/audio/testing/tone_measure.h"
#include "media/graph/playout.h"
#include "media/graph/testing/rig.h"

namespace viaduct::graph {
namespace {

using namespace std::chrono_literals;
using testing::Party;
using testing::Rig;
using testing::Talker;
using testing::TalkerOptions;

struct Network {
  const char* name;
  double loss = 0, reorder = 0, duplicate = 0;  // parts of the packets
  int jitter_ms = 0;
  double slow_ppm = 0;
};
constexpr Network kNetworks[] = {
    {"clean"},
    {"loss 1 %", 0.01},
    {"loss 5 %", 0.05},
    {"loss 20 %", 0.20},
    {"reorder 5 %", 0, 0.05},
    {"duplicate 5 %", 0, 0, 0.05},
    {"jitter 20 ms", 0, 0, 0, 20},
    {"jitter 50 ms", 0, 0, 0, 50},
    {"jitter 200 ms", 0, 0, 0, 200},
    {"slow 200 ppm", 0, 0, 0, 0, 200},
    {"fast 200 ppm", 0, 0, 0, 0, -200},
    {"5 %, jitter 50 ms", 0.05, 0.02, 0.02, 50, 200},
    {"20 %, jitter 200 ms", 0.20, 0.05, 0.05, 200, -200},
};

enum class Path : uint8_t { relay, to_opus, to_pcmu, playout_pcmu, playout_opus };
struct PathName {
  Path path;
  const char* name;
};
constexpr PathName kPaths[] = {{Path::relay, "relay PCMU"},
                               {Path::to_opus, "PCMU to Opus"},
                               {Path::to_pcmu, "Opus to PCMU"},
                               {Path::playout_pcmu, "playout PCMU"},
                               {Path::playout_opus, "playout Opus"}};

constexpr double kHz = 600, kDbov = -20;
constexpr auto kTalk = 8s;
constexpr size_t kUndisturbed = 25;  // packets from which the time lines are read

const negotiation::Format kPcmuFormat{0, negotiation::kPcmu, ""};
const negotiation::Format kOpusFormat{111, negotiation::kOpus, "useinbandfec=1"};

TalkerOptions speaking(const negotiation::Format& format, double loss = 0) {
  TalkerOptions out;
  out.told_loss = static_cast<int>(100 * loss);
  out.format = format;
  out.hz = kHz;
  out.dbov = kDbov;
  return out;
}

// The fate of each packet, the same for every path.
class Fates {
 public:
  explicit Fates(const Network& network) : network_(network) {}
  std::optional<base::Duration> first(size_t n) {
    if (n < kUndisturbed) return 0ms;
    const double lot = draw();
    const auto late =
        std::chrono::microseconds(static_cast<int>(draw() * 1000 * network_.jitter_ms));
    if (lot < network_.loss) return std::nullopt;
    if (lot < network_.loss + network_.reorder) return late + 25ms;  // behind the next
    return late;
  }
  std::optional<base::Duration> copy(size_t n) {
    if (n < kUndisturbed || draw() >= network_.duplicate) return std::nullopt;
    return 3ms;
  }

 private:
  double draw() { return static_cast<double>(rng_.u32()) / 4294967296.0; }
  const Network& network_;
  base::SeededRng rng_{2026};
};

struct Quality {
  double snr_db = 0;    // median of 100 ms windows
  double worst_db = 0;  // the tenth part's
  int gaps = 0;         // silences over 10 ms
  double longest_ms = 0;
  double delay_ms = -1, late_ms = -1;  // added by us: mean and longest; -1: not measured
};

// Power of the tone against everything else, by least squares over one window.
double snr_of(std::span<const int16_t> window, uint32_t rate) {
  double cc = 0, ss = 0, cs = 0, xc = 0, xs = 0, xx = 0;
  for (size_t i = 0; i < window.size(); ++i) {
    const double angle = 2 * std::numbers::pi * kHz * static_cast<double>(i) / rate;
    const double c = std::cos(angle), s = std::sin(angle), x = window[i];
    cc += c * c, ss += s * s, cs += c * s, xc += x * c, xs += x * s, xx += x * x;
  }
  const double determinant = cc * ss - cs * cs;
  const double a = (xc * ss - xs * cs) / determinant, b = (xs * cc - xc * cs) / determinant;
  const double tone = a * xc + b * xs;
  return 10 * std::log10(std::max(tone, 1e-3) / std::max(xx - tone, 1e-3));
}

Quality judge(std::span<const int16_t> heard, uint32_t rate) {
  Quality out;
  const size_t skip = rate;  // codecs and buffers have settled
  if (heard.size() < 3 * skip) return out;
  heard = heard.subspan(skip, heard.size() - 2 * skip);
  std::vector<double> windows;
  for (size_t at = 0; at + rate / 10 <= heard.size(); at += rate / 10)
    windows.push_back(snr_of(heard.subspan(at, rate / 10), rate));
  std::ranges::sort(windows);
  out.snr_db = windows[windows.size() / 2];
  out.worst_db = windows[windows.size() / 10];
  const size_t block = rate / 200;
  size_t run = 0;
  const auto end_run = [&] {
    if (run > 2) ++out.gaps;
    out.longest_ms = std::max(out.longest_ms, static_cast<double>(run) * 5);
    run = 0;
  };
  for (; heard.size() >= block; heard = heard.subspan(block)) {
    if (audio::level_dbov(heard.first(block)) < kDbov - 20) ++run;
    else end_run();
  }
  end_run();
  return out;
}

// --- relay and transcoding, through a worker -----------------------------------------------------

// When the packet with each timestamp came, and when ours with the same sound went out.
struct Delays {
  std::map<int64_t, base::TimePoint> in;  // by packet number
  double sum = 0, longest = 0;
  size_t count = 0;
  void out(int64_t number, base::TimePoint at) {
    const auto it = in.find(number);
    if (it == in.end() || number < static_cast<int64_t>(kUndisturbed)) return;
    const double ms = std::chrono::duration<double, std::milli>(at - it->second).count();
    sum += std::max(ms, 0.0);
    longest = std::max(longest, ms);
    ++count;
  }
};

Quality through_worker(const Network& network, const negotiation::Format& from,
                       const negotiation::Format& to) {
  Rig rig;
  TalkerOptions silent = speaking(to);
  silent.hz = 0;
  Party& a = rig.add_plain(speaking(from, network.loss));
  Party& b = rig.add_plain(silent);
  rig.bridge(a, b);
  Fates fates(network);
  Delays delays;
  a.slow_ppm = network.slow_ppm;
  a.network = [&](size_t n) {
    const auto fate = fates.first(n);
    if (fate) delays.in[static_cast<int64_t>(n)] = rig.now + *fate;
    return fate;
  };
  a.copies = [&](size_t n) { return fates.copy(n); };
  const uint32_t step = to.codec.clock_rate / 50;
  for (size_t seen = 0; rig.now < base::TimePoint(1h) + kTalk;) {
    rig.run(1ms);
    for (const auto& headers = b.talker.headers(); seen < headers.size(); ++seen)
      delays.out((headers[seen].timestamp - headers[0].timestamp) / static_cast<int32_t>(step),
                 rig.now - 1ms);
  }
  Quality out = judge(b.talker.heard(), b.talker.rate());
  out.delay_ms = delays.count ? delays.sum / static_cast<double>(delays.count) : -1;
  out.late_ms = delays.longest;
  rig.close_all();
  return out;
}

// --- playout, as a recording has it --------------------------------------------------------------

Quality through_playout(const Network& network, const negotiation::Format& format) {
  constexpr uint32_t kRate = 8000;
  constexpr auto kTick = 20ms;
  Rig rig;
  Party& a = rig.add_plain(speaking(format, network.loss));
  Fates fates(network);
  Incoming incoming{ReceptionWatchOptions{}};
  incoming.apply(a.agreement);
  Playout playout(kRate);
  std::multimap<base::TimePoint, std::vector<uint8_t>> wire;
  std::vector<int16_t> heard, tick(kRate / 50);
  const base::TimePoint start{1h};
  base::TimePoint word = start;
  size_t words = 0;
  for (base::TimePoint now = start; now < start + kTalk; now += kTick) {
    for (; word <= now;
         word += std::chrono::duration_cast<base::Duration>(20ms * (1 + network.slow_ppm / 1e6))) {
      const auto fate = fates.first(words), copy = fates.copy(words);
      ++words;
      const auto packet = a.talker.speak();
      if (fate) wire.emplace(word + *fate, packet);
      if (copy) wire.emplace(word + *copy, packet);
    }
    while (!wire.empty() && wire.begin()->first <= now) {
      auto node = wire.extract(wire.begin());
      if (const auto packet = incoming.accept(node.mapped(), node.key()))
        playout.push(*packet, node.key());
    }
    playout.pull(tick, now);
    heard.insert(heard.end(), tick.begin(), tick.end());
  }
  return judge(heard, kRate);
}

Quality measure(Path path, const Network& network) {
  switch (path) {
    case Path::relay: return through_worker(network, kPcmuFormat, kPcmuFormat);
    case Path::to_opus: return through_worker(network, kPcmuFormat, kOpusFormat);
    case Path::to_pcmu: return through_worker(network, kOpusFormat, kPcmuFormat);
    case Path::playout_pcmu: return through_playout(network, kPcmuFormat);
    case Path::playout_opus: break;
  }
  return through_playout(network, kOpusFormat);
}

void print_row(const Network& network, const char* path, const Quality& quality) {
  std::printf("%-20s %-13s %6.1f %9.1f %5d %11.0f", network.name, path, quality.snr_db,
              quality.worst_db, quality.gaps, quality.longest_ms);
  if (quality.delay_ms < 0) std::printf("\n");
  else std::printf(" %9.2f %9.1f\n", quality.delay_ms, quality.late_ms);
}

void expect_bounds(Path path, const Network& network, const Quality& quality) {
  if (network.loss == 0 && network.jitter_ms == 0 && network.reorder == 0) {
    EXPECT_GT(quality.snr_db, 30);
    EXPECT_EQ(quality.gaps, 0);
  }
  if (path == Path::relay) {
    EXPECT_EQ(quality.late_ms, 0);  // it adds nothing and conceals nothing
    return;
  }
  // A transcoder waits for the missing until three packets behind it are here, and longer only
  // where waiting has turned out to help.
  const bool disorder = network.jitter_ms > 20 || network.reorder > 0;
  if (quality.delay_ms >= 0 && network.loss <= 0.05) {
    EXPECT_LE(quality.late_ms, disorder ? 250 : 61);
  }
  // Losses are concealed, up to what concealment can do.
  if (network.loss <= 0.05) {
    EXPECT_LE(quality.longest_ms, 40);
  }
  if (network.loss <= 0.05) {
    EXPECT_GT(quality.snr_db, 25);
  }
}

TEST(NetworkMatrix, KeepsTheToneWithinWhatTheNetworkLeaves) {
  std::printf("%-20s %-13s %6s %9s %5s %11s %9s %9s\n", "network", "path", "SNR dB", "worst 10%",
              "gaps", "longest ms", "delay ms", "longest");
  for (const Network& network : kNetworks) {
    for (const auto& [path, name] : kPaths) {
      SCOPED_TRACE(std::string(network.name) + ", " + name);
      const Quality quality = measure(path, network);
      print_row(network, name, quality);
      expect_bounds(path, network, quality);
    }
  }
}

}  // namespace
}  // namespace viaduct::graph
