// DigitFilter: a party's digits from its telephone-events and from the tones in its audio, each
// once.
#pragma once

#include <deque>
#include <optional>

#include "base/time.h"

namespace viaduct::graph {

class DigitFilter {
 public:
  enum class Way : uint8_t { event, tone };
  struct Digit {
    char digit = 0;
    base::Duration length{};
  };

  void add(const Digit& digit, Way way, base::TimePoint now) {
    // A gateway that sends both ends them at about the same time, in either order; nobody presses
    // a key twice as fast on two ways in turn.
    const bool double_of_last =
        last_ && last_->digit == digit.digit && last_way_ != way && now - last_at_ < kApart;
    if (double_of_last) {
      last_.reset();
      return;
    }
    last_ = digit;
    last_way_ = way;
    last_at_ = now;
    if (digits_.size() < kMostWaiting) digits_.push_back(digit);
  }
  std::optional<Digit> poll() {
    if (digits_.empty()) return std::nullopt;
    const Digit digit = digits_.front();
    digits_.pop_front();
    return digit;
  }

 private:
  static constexpr base::Duration kApart = std::chrono::milliseconds(400);
  static constexpr size_t kMostWaiting = 64;
  std::deque<Digit> digits_;
  std::optional<Digit> last_;
  Way last_way_ = Way::event;
  base::TimePoint last_at_{};
};

}  // namespace viaduct::graph
