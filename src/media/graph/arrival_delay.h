// ArrivalDelay: how late a stream's packets come, against the fastest of them, and which playout
// delay would have caught almost all. The fastest of the last seconds is the measure, so that a far
// clock that runs fast or slow, or another route, moves it.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "base/time.h"

namespace viaduct::graph {

class ArrivalDelay {
 public:
  struct Options {
    // Of the packets, so many shall be in time.
    double quantile = 0.985;
    // Weight of what was, at each packet: 500 packets of 20 ms make ten seconds.
    double memory = 0.998;
    base::Duration expected = std::chrono::milliseconds(40);  // before anything is known
    base::Duration longest = std::chrono::milliseconds(400);  // more is hopeless, and not counted
  };
  explicit ArrivalDelay(const Options& options);

  // `media`: the packet's place on the sender's time line.
  void update(base::Duration media, base::TimePoint arrived);
  bool known() const { return fastest_ != kUnknown; }
  // When the fastest packet of this place would have come.
  base::TimePoint earliest(base::Duration media) const {
    return base::TimePoint(media + base::Duration(fastest_));
  }
  // Lateness that `quantile` of the packets did not exceed.
  base::Duration usual() const { return usual_; }
  // The time lines have nothing to do with each other any more; how late packets come stays known.
  void restart();

 private:
  static constexpr int64_t kUnknown = std::numeric_limits<int64_t>::max();
  static constexpr base::Duration kBucket = std::chrono::milliseconds(5);
  static constexpr base::Duration kEpoch = std::chrono::milliseconds(500);
  void forget_old(base::TimePoint now);
  void weigh(base::Duration lateness);

  const Options options_;
  std::array<int64_t, 10> epochs_;  // the least transit of each half second, the present one first
  base::TimePoint epoch_start_{};
  int64_t fastest_ = kUnknown;  // arrival minus media time, nanoseconds
  std::vector<float> share_;    // of packets, by lateness
  uint32_t packets_ = 0;
  base::Duration usual_;
};

}  // namespace viaduct::graph
