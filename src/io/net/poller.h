// Poller: a media worker's wait. Which of the watched descriptors can be read (or, where asked,
// written), or is the time up?
#pragma once

#include <cstdint>
#include <span>

#include "base/time.h"

namespace viaduct::net {

class Poller {
 public:
  static constexpr size_t kMostAtOnce = 256;

  Poller();
  ~Poller();
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  // `key` comes back from wait().
  void add(int fd, uint32_t key);
  void remove(int fd);
  // Whether room to write counts as well, from now on.
  void watch_room(int fd, uint32_t key, bool watch);
  // Keys of the ready descriptors; empty when `deadline` (kNever: none) has come. The span lives
  // until the next call.
  std::span<const uint32_t> wait(base::TimePoint deadline);

 private:
  int fd_;
  uint32_t ready_[kMostAtOnce];
};

}  // namespace viaduct::net
