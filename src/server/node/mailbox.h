// Mailbox: values from one thread to another. A bounded ring without locks, a wake-up, and behind
// the ring a store on the sender's side: a value is never lost and nobody waits.
//
// The end: the sender calls close() and joins the receiver's thread; only then may the mailbox go,
// and what the receiver did not come to take is the sender's again (take_back).
#pragma once

#include <atomic>
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
  // Nothing is sent after it; what is held back stays here. Release, before the last wake: who sees
  // the flag sees all that is in the ring, and who is woken by this wake sees the flag. A receiver
  // that was awake anyway may see the flag and end before this returns, hence the join above.
  void close() {
    closed_.store(true, std::memory_order_release);
    wake_.signal();
  }
  // What was sent and never received, in its order, until empty. Only after close() and the join,
  // which makes this thread the receiver too.
  std::optional<T> take_back() {
    if (auto value = ring_.pop()) return value;
    if (held_.empty()) return std::nullopt;
    std::optional<T> value(std::move(held_.front()));
    held_.pop_front();
    return value;
  }

  // --- receiver ---
  int wake_fd() const { return wake_.fd(); }
  void clear_wake() { wake_.clear(); }
  std::optional<T> receive() { return ring_.pop(); }
  // Nothing more comes into the ring. Asked before receive(), whose last empty answer is then the
  // end; asked after it, what came in between would be missed.
  bool closed() const { return closed_.load(std::memory_order_acquire); }

  static constexpr auto kRetry = std::chrono::milliseconds(5);

 private:
  base::SpscQueue<T> ring_;
  std::deque<T> held_;  // sender's
  std::atomic<bool> closed_{false};
  net::Wake wake_;
};

}  // namespace viaduct::node
