// TimerQueue: deadlines by key for an engine's next_timeout() and handle_timeout(). Holds no clock.
#pragma once

#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/time.h"

namespace viaduct::base {

// Key: copyable, hashable, ordered. Timers due at the same instant come in the order they were set.
template <class Key>
class TimerQueue {
 public:
  // Sets or moves the key's one timer.
  void set(const Key& key, TimePoint deadline) {
    cancel(key);
    const Entry entry{deadline, ++sequence_};
    by_key_.emplace(key, entry);
    by_time_.emplace(entry, key);
  }
  void cancel(const Key& key) {
    const auto it = by_key_.find(key);
    if (it == by_key_.end()) return;
    by_time_.erase({it->second, key});
    by_key_.erase(it);
  }
  bool is_set(const Key& key) const { return by_key_.contains(key); }
  TimePoint next() const { return by_time_.empty() ? kNever : by_time_.begin()->first.first; }
  // Takes the earliest timer that is due; call until empty.
  std::optional<Key> pop_due(TimePoint now) {
    if (next() > now || by_time_.empty()) return std::nullopt;
    Key key = by_time_.begin()->second;
    cancel(key);
    return key;
  }
  size_t size() const { return by_key_.size(); }

 private:
  using Entry = std::pair<TimePoint, uint64_t>;
  struct KeyHash {
    size_t operator()(const Key& key) const { return std::hash<Key>{}(key); }
  };
  std::unordered_map<Key, Entry, KeyHash> by_key_;
  std::set<std::pair<Entry, Key>> by_time_;
  uint64_t sequence_ = 0;
};

}  // namespace viaduct::base
