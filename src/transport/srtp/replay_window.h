// Which packets of one stream have been (RFC 3711 §3.3.2), and the 48-bit index that a 16-bit
// sequence number stands for (§3.3.1, appendix A).
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace viaduct::srtp {

class ReplayWindow {
 public:
  // 2.5 s of 20 ms audio; RFC 3711 asks for 64 at least.
  static constexpr size_t kPackets = 128;

  // Nothing: the packet would be older than the stream's beginning.
  std::optional<uint64_t> index_of(uint16_t sequence) const {
    if (!started_) return sequence;  // the rollover counter starts at 0
    uint64_t rollover = highest_ >> 16;
    const auto last = static_cast<uint16_t>(highest_);
    if (last < 0x8000 && sequence - last > 0x8000) {
      if (rollover == 0) return std::nullopt;
      --rollover;
    } else if (last >= 0x8000 && last - 0x8000 > sequence) {
      ++rollover;
    }
    return rollover << 16 | sequence;
  }

  // Has been, or is too old to say.
  bool contains(uint64_t index) const {
    if (!started_ || index > highest_) return false;
    const uint64_t age = highest_ - index;
    return age >= kPackets || seen_[static_cast<size_t>(age)];
  }

  // Only after the packet has passed its tag.
  void insert(uint64_t index) {
    if (!started_ || index > highest_) {
      const uint64_t step = started_ ? index - highest_ : kPackets;
      seen_ = step < kPackets ? seen_ << static_cast<size_t>(step) : std::bitset<kPackets>{};
      highest_ = index;
      started_ = true;
    }
    const uint64_t age = highest_ - index;
    if (age < kPackets) seen_.set(static_cast<size_t>(age));
  }

 private:
  std::bitset<kPackets> seen_;  // by age
  uint64_t highest_ = 0;
  bool started_ = false;
};

}  // namespace viaduct::srtp
