// The incoming line of one leg: sequence validation (RFC 3550 A.1), loss (A.3), jitter (A.8) and
// the report block we send about it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.h"
#include "transport/rtp/packet.h"
#include "transport/rtp/rtcp.h"

namespace viaduct::rtp {

struct ReceiverOptions {
  uint32_t clock_rate = 8000;  // Hz
  // RFC 3550 A.1's values: a minute of audio lost, two seconds of reordering.
  uint16_t max_dropout = 3000;
  uint16_t max_misorder = 100;
  // Packets in sequence before a source counts. 0: the first one does; what the leg's transport
  // lets through is authenticated or comes from the locked address.
  uint8_t probation = 0;
};

enum class Arrival : uint8_t {
  in_order,   // also after a gap
  late,       // fills a gap or comes after its successor
  duplicate,  // or over 64 packets late: drop it
  restarted,  // first of a new source: another SSRC or a jump; Sender::change_source() is due
  unproven,   // in probation, or the first packet after a jump: drop it
};

struct ReceiverStats {
  uint64_t packets = 0;  // without duplicates
  uint64_t bytes = 0;    // of payload
  uint64_t lost = 0;     // expected but not arrived, over all sources so far
  uint64_t late = 0;
  uint64_t duplicates = 0;
  uint64_t restarts = 0;
  uint64_t unproven = 0;
};

class Receiver {
 public:
  explicit Receiver(ReceiverOptions options = {}) : options_(options) {}

  Arrival receive(const Packet& packet, base::TimePoint now);
  // A sender report of the peer; others' SSRCs are ignored.
  void receive_report(const SenderReport& report, base::TimePoint now);
  // Another codec's clock: jitter starts anew.
  void set_clock_rate(uint32_t clock_rate);

  // Nothing until a source is known.
  std::optional<uint32_t> ssrc() const;
  // Extended by the count of wraps.
  uint32_t highest_sequence() const { return cycles_ + highest_; }
  base::Duration jitter() const;
  // The block for our next report; closes the interval that fraction_lost speaks of.
  std::optional<ReportBlock> take_report(base::TimePoint now);
  ReceiverStats stats() const;

 private:
  void start(const Packet& packet);
  Arrival place(uint16_t sequence);
  bool seen(uint16_t sequence);
  void update_jitter(base::RtpTime timestamp, base::TimePoint now);
  int64_t lost_of_source() const;

  ReceiverOptions options_;
  bool known_ = false;
  uint32_t ssrc_ = 0;
  uint32_t cycles_ = 0;  // wraps times 65536
  uint16_t highest_ = 0;
  uint32_t first_ = 0;               // extended sequence of the source's first packet
  uint64_t history_ = 0;             // bit n: highest_ - n has arrived
  uint32_t arrived_ = 0;             // of this source
  uint32_t bad_sequence_ = 0x10000;  // the one that would confirm a jump; above 16 bits: none
  uint8_t probation_left_ = 0;

  uint32_t expected_before_ = 0;  // at the last report
  uint32_t arrived_before_ = 0;
  bool transit_known_ = false;
  uint32_t transit_ = 0;
  uint32_t jitter_scaled_ = 0;  // times 16
  base::TimePoint jitter_epoch_{};
  base::RtpTime last_timestamp_;
  uint32_t last_sr_ = 0;
  base::TimePoint last_sr_at_{};

  uint64_t lost_before_ = 0;  // of earlier sources
  ReceiverStats stats_;
};

}  // namespace viaduct::rtp
