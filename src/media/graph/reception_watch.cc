#include "media/graph/reception_watch.h"

#include <algorithm>

namespace viaduct::graph {

void ReceptionWatch::expect(bool expected, base::TimePoint now) {
  if (expected == since_.has_value()) return;
  since_ = expected ? std::optional(now) : std::nullopt;
  // On hold nothing is missed; after it the patience begins anew.
  stalled_ = told_ = resumed_ = silence_ = false;
}

base::TimePoint ReceptionWatch::next_timeout() const {
  if (!since_ || stalled_) return base::kNever;
  return std::max(*since_, last_.value_or(*since_)) +
         (silence_ ? options_.patience_in_silence : options_.patience);
}

void ReceptionWatch::handle_timeout(base::TimePoint now) {
  if (now >= next_timeout()) stalled_ = true;
}

std::optional<ReceptionWatch::Change> ReceptionWatch::poll() {
  if (stalled_ && !std::exchange(told_, true)) return Change::stalled;
  if (!std::exchange(resumed_, false)) return std::nullopt;
  stalled_ = told_ = false;
  return Change::resumed;
}

}  // namespace viaduct::graph
