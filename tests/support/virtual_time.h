// VirtualTime: the clock of a scenario. Nothing happens between two events; equal instants happen
// in the order they were asked for, so that a run is the same each time.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"

namespace viaduct::support {

// Something with a timer of its own.
class Timed {
 public:
  virtual ~Timed() = default;
  virtual base::TimePoint next_timeout() const = 0;
  virtual void handle_timeout(base::TimePoint now) = 0;
};

class VirtualTime {
 public:
  base::TimePoint now() const { return now_; }
  base::Duration elapsed() const { return now_ - kStart; }

  void after(base::Duration delay, std::function<void()> what) {
    queue_.emplace(now_ + delay, std::move(what));
  }
  void add(Timed& timed) { timed_.push_back(&timed); }
  void remove(Timed& timed) { std::erase(timed_, &timed); }

  // Goes to the next event if that is not later than `limit`; false, and now() at `limit`, if not.
  bool step(base::TimePoint limit);
  void run_for(base::Duration duration) {
    const base::TimePoint end = now_ + duration;
    while (step(end)) {
    }
  }
  // Until `done`, which is asked after each event; false when the time is over before.
  bool run_until(const std::function<bool()>& done, base::Duration limit);

 private:
  // Not zero, so that arithmetic with a time before the start does not wrap.
  static constexpr base::TimePoint kStart{std::chrono::hours(1)};
  base::TimePoint now_ = kStart;
  std::multimap<base::TimePoint, std::function<void()>> queue_;
  std::vector<Timed*> timed_;
};

}  // namespace viaduct::support
