// What adaptive playout makes of bad paths, as a table: a minute of talk for each line. The time is
// that of the whole simulation, per packet.
#include <benchmark/benchmark.h>

#include "media/graph/testing/jittery_path.h"

namespace {

using namespace viaduct::graph::testing;

void jitter_buffer(benchmark::State& state) {
  JitteryPath path;
  path.jitter = std::chrono::milliseconds(state.range(0));
  path.loss_percent = static_cast<int>(state.range(1));
  path.skew_ppm = static_cast<int>(state.range(2));
  PathResult result;
  for (auto _ : state) result = walk(path);
  state.counters["delay_ms"] = result.mean_delay_ms;
  state.counters["late_%"] = result.late_percent;
  state.counters["concealed_%"] = result.concealed_percent;
  state.counters["stretched_%"] = result.stretched_percent;
}
BENCHMARK(jitter_buffer)
    ->ArgNames({"jitter_ms", "loss_%", "skew_ppm"})
    ->ArgsProduct({{0, 20, 50, 100, 200}, {0, 5, 20}, {0}})
    ->ArgsProduct({{0, 50}, {0}, {-200, 200}})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
