#include "media/graph/arrival_delay.h"

#include <algorithm>

namespace viaduct::graph {

ArrivalDelay::ArrivalDelay(const Options& options)
    : options_(options),
      share_(static_cast<size_t>(options.longest / kBucket) + 1),
      usual_(std::min(options.expected, options.longest)) {
  epochs_.fill(kUnknown);
  share_[static_cast<size_t>(usual_ / kBucket)] = 1;
}

void ArrivalDelay::restart() {
  epochs_.fill(kUnknown);
  fastest_ = kUnknown;
}

void ArrivalDelay::forget_old(base::TimePoint now) {
  const auto passed = (now - epoch_start_) / kEpoch;
  if (passed <= 0) return;
  epoch_start_ += passed * kEpoch;
  const auto steps = std::min(static_cast<size_t>(passed), epochs_.size());
  std::shift_right(epochs_.begin(), epochs_.end(), static_cast<ptrdiff_t>(steps));
  std::fill_n(epochs_.begin(), steps, kUnknown);
  // After a long silence the old measure is the only one there is.
  if (steps == epochs_.size()) epochs_.back() = fastest_;
}

void ArrivalDelay::update(base::Duration media, base::TimePoint arrived) {
  if (!known()) epoch_start_ = arrived;
  forget_old(arrived);
  const int64_t transit = (arrived.time_since_epoch() - media).count();
  epochs_.front() = std::min(epochs_.front(), transit);
  fastest_ = *std::min_element(epochs_.begin(), epochs_.end());
  const base::Duration lateness(transit - fastest_);
  if (lateness <= options_.longest) weigh(lateness);
}

void ArrivalDelay::weigh(base::Duration lateness) {
  // The first packets count for more, until there are enough to remember.
  ++packets_;
  const double memory = std::min(options_.memory, 1 - 1.0 / (packets_ + 1));
  for (float& share : share_) share *= static_cast<float>(memory);
  const auto bucket = std::min(static_cast<size_t>(lateness / kBucket), share_.size() - 1);
  share_[bucket] += static_cast<float>(1 - memory);
  float beyond = 0;
  size_t last = share_.size() - 1;
  for (; last > 0; --last) {
    beyond += share_[last];
    if (beyond > static_cast<float>(1 - options_.quantile)) break;
  }
  usual_ = static_cast<int64_t>(last + 1) * kBucket;
}

}  // namespace viaduct::graph
