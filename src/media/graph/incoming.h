// Incoming: the receiving half of a session. Says which packets are its audio, keeps the receiver's
// statistics, and turns telephone-events into digits.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/time.h"
#include "media/graph/messages.h"
#include "media/graph/reception_watch.h"
#include "transport/rtp/packet.h"
#include "transport/rtp/receiver.h"
#include "transport/rtp/telephone_event.h"

namespace viaduct::graph {

// A packet that others may hear. Views live as long as the packet's buffer.
struct Heard {
  std::span<uint8_t> bytes;
  rtp::Packet packet;
  // Of the payload; nullptr for a packet without audio (a telephone-event, comfort noise), which
  // only takes a sequence number. Lives until the next agreement.
  const negotiation::Codec* codec = nullptr;
  bool restarted = false;  // the first of another stream
};

class Incoming {
 public:
  explicit Incoming(ReceptionWatchOptions watch) : watch_(watch) {}

  void apply(const negotiation::AudioAgreement& agreement);
  // Whether silence would be missed. Who holds us (sendonly) may play music, or nothing at all.
  bool expects() const { return expects_; }

  // Nothing: dropped and, when it should not have come, counted.
  std::optional<Heard> accept(std::span<uint8_t> bytes, base::TimePoint now);

  void handle_timeout(base::TimePoint now) {
    digits_.handle_timeout(now);
    watch_.handle_timeout(now);
  }
  base::TimePoint next_timeout() const {
    return std::min(digits_.next_timeout(), watch_.next_timeout());
  }
  struct Digit {
    char digit = 0;
    base::Duration length{};
  };
  // Ended digits; call until empty after accept() and handle_timeout().
  std::optional<Digit> poll_digit();
  // Whether accept() has since been called with what may have ended a digit, changed how the
  // reception goes or brought a deadline nearer: audio does not, but for the first after a pause.
  bool take_change() { return std::exchange(changed_, false); }

  rtp::Receiver& receiver() { return receiver_; }
  const rtp::Receiver& receiver() const { return receiver_; }
  ReceptionWatch& watch() { return watch_; }
  // The receiving half, but for what only the transport knows.
  ReceivedStats stats() const;

 private:
  const negotiation::Format* format_of(uint8_t payload_type) const;
  void reject_payload_type(uint8_t payload_type, base::TimePoint now);
  void receive_event(const rtp::Packet& packet, base::TimePoint now);

  static constexpr int8_t kNone = -1;
  std::vector<negotiation::Format> formats_;  // the telephone-event format among them
  std::array<int8_t, 128> by_payload_type_ = [] {
    std::array<int8_t, 128> all{};
    all.fill(kNone);
    return all;
  }();
  bool receives_ = false;
  bool expects_ = false;
  ReceptionWatch watch_;
  const negotiation::Format* last_format_ = nullptr;  // of the last packet; in formats_
  rtp::Receiver receiver_;
  uint32_t clock_rate_ = 0;  // the receiver's
  rtp::TelephoneEventReceiver digits_{8000};
  uint64_t malformed_ = 0;
  uint64_t unknown_payload_type_ = 0;
  std::optional<uint8_t> last_unknown_;
  bool changed_ = false;
};

}  // namespace viaduct::graph
