// Rates: what went each way in the last interval of reports, from the counts at its ends.
#pragma once

#include <algorithm>

#include "media/graph/stats.h"

namespace viaduct::graph {

class Rates {
 public:
  // Ends an interval and begins the next.
  void update(const SentStats& sent, const ReceivedStats& received, base::TimePoint now) {
    const double seconds = std::chrono::duration<double>(now - since_).count();
    if (seconds <= 0) return;
    sent_ = 8 * static_cast<double>(sent.bytes - sent_bytes_) / seconds;
    received_ = 8 * static_cast<double>(received.bytes - received_bytes_) / seconds;
    // A packet that comes late takes a loss back: the count may shrink.
    const double lost = static_cast<double>(received.lost) - static_cast<double>(lost_count_);
    const auto arrived = static_cast<double>(received.packets - packets_);
    lost_percent_ = lost > 0 ? 100 * lost / (lost + arrived) : 0;
    since_ = now;
    sent_bytes_ = sent.bytes;
    received_bytes_ = received.bytes;
    lost_count_ = received.lost;
    packets_ = received.packets;
  }
  void start(base::TimePoint now) { since_ = now; }

  void fill(SentStats& sent, ReceivedStats& received) const {
    sent.bitrate = sent_;
    received.bitrate = received_;
    received.lost_percent = lost_percent_;
  }

 private:
  base::TimePoint since_{};
  uint64_t sent_bytes_ = 0, received_bytes_ = 0, lost_count_ = 0, packets_ = 0;
  double sent_ = 0, received_ = 0, lost_percent_ = 0;
};

}  // namespace viaduct::graph
