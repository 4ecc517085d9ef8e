// Mailbox: values from one thread to another. A bounded ring without locks, a wake-up, and behind
// the ring a store on the sender's side: a value is never lost and nobody waits.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <utility>

#include "base/spsc_queue.h"
#include "io/net/wake.h"

namespace viaduct::node {

template <class T>
class Mailbox {
 public:
  explicit Mailbox(size_t capacity) : ring_(capacity) {}

  // --- sender ---
  void send(T value) {
    held_.push_back(std::move(value));
    flush();
  }
  // Tries again what the ring had no room for; false while something is still held back. The sender
  // calls it at least every kRetry until it is true.
  bool flush() {
    bool moved = false;
    while (!held_.empty() && ring_.push(std::move(held_.front()))) {
      held_.pop_front();
      moved = true;
    }
    if (moved) wake_.signal();
    return held_.empty();
  }
  bool all_sent() const { return held_.empty(); }

  // --- receiver ---
  int wake_fd() const { return wake_.fd(); }
  void clear_wake() { wake_.clear(); }
  std::optional<T> receive() { return ring_.pop(); }

  static constexpr auto kRetry = std::chrono::milliseconds(5);

 private:
  base::SpscQueue<T> ring_;
  std::deque<T> held_;  // sender's
  net::Wake wake_;
};

}  // namespace viaduct::node
