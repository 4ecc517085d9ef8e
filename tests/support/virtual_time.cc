#include "support/virtual_time.h"

namespace viaduct::support {

bool VirtualTime::step(base::TimePoint limit) {
  Timed* due = nullptr;
  base::TimePoint next = queue_.empty() ? base::kNever : queue_.begin()->first;
  for (Timed* timed : timed_) {
    const base::TimePoint wanted = timed->next_timeout();
    if (wanted >= next) continue;
    next = wanted;
    due = timed;
  }
  if (next > limit) {
    now_ = std::max(now_, limit);
    return false;
  }
  now_ = std::max(now_, next);
  if (due) {
    due->handle_timeout(now_);
    return true;
  }
  const auto what = std::move(queue_.begin()->second);
  queue_.erase(queue_.begin());
  what();
  return true;
}

bool VirtualTime::run_until(const std::function<bool()>& done, base::Duration limit) {
  const base::TimePoint end = now_ + limit;
  while (!done())
    if (!step(end)) return done();
  return true;
}

}  // namespace viaduct::support
