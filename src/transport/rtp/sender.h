// The outgoing line of one leg: one SSRC whose sequence numbers and timestamps go on without a
// break whatever the source is: relayed packets of one far side, then of another, then locally made
// sound.
//
//   source's sequence, timestamp --(offsets, set anew at each change of source)--> our line
//
// A source's gaps and reorderings are kept, so that the far end sees its loss as it is.
#pragma once

#include <cstdint>
#include <optional>

#include "base/rng.h"
#include "base/time.h"
#include "transport/rtp/packet.h"
#include "transport/rtp/rtcp.h"

namespace viaduct::rtp {

struct SenderOptions {
  uint32_t clock_rate = 8000;  // Hz, of the timestamps
  // A source whose sequence jumps further than this forward, or further than max_misorder backward,
  // has begun anew (RFC 3550 A.1's values).
  uint16_t max_dropout = 3000;
  uint16_t max_misorder = 100;
};

// The source's own numbering of a packet: as received, or counted by a local generator.
struct SourcePosition {
  uint16_t sequence = 0;
  base::RtpTime timestamp;
  bool marker = false;
};

class Sender {
 public:
  // SSRC, first sequence number and first timestamp are drawn (RFC 3550 §5.1).
  Sender(SenderOptions options, base::Rng& rng);

  uint32_t ssrc() const { return ssrc_; }
  uint32_t clock_rate() const { return options_.clock_rate; }
  // A new agreement changed the codec's clock: the line goes on in the new unit.
  void set_clock_rate(uint32_t clock_rate, base::TimePoint now);

  // The next packet given to stamp() comes from another source (or one that began anew): it follows
  // the last one sent in sequence, by the time that has passed in timestamp, and carries the
  // marker.
  void change_source() { anchored_ = false; }

  // The header for a source's packet. Nothing when the packet must not be sent: it is older than
  // the last change of source, injection or skip. Counts it as sent with `payload_size` bytes.
  std::optional<Header> stamp(const SourcePosition& source, uint8_t payload_type,
                              size_t payload_size, base::TimePoint now);
  // A source's packet that is held back (audio under a telephone-event): its number is not left
  // open.
  void skip(const SourcePosition& source);
  // A packet between the source's ones, e.g. telephone-event: takes the next sequence number.
  // `timestamp` is on our line: see timestamp_at().
  Header inject(uint8_t payload_type, base::RtpTime timestamp, bool marker, size_t payload_size,
                base::TimePoint now);

  // Our line's timestamp at `now`, never before that of the last packet sent.
  base::RtpTime timestamp_at(base::TimePoint now) const;

  bool has_sent() const { return packets_ != 0; }
  // Of the last packet; meaningful once there is one.
  base::TimePoint last_time() const { return last_time_; }
  uint64_t packets() const { return packets_; }
  uint64_t octets() const { return octets_; }  // of payload
  // For a sender report made at `now`, which is `wall` on the wall clock.
  SenderInfo sender_info(base::TimePoint now, base::WallTime wall) const;

 private:
  void anchor(const SourcePosition& source, base::TimePoint now);
  void count(const Header& header, size_t payload_size, base::TimePoint now);

  SenderOptions options_;
  uint32_t ssrc_;
  uint16_t last_sequence_;        // the highest sent
  base::RtpTime last_timestamp_;  // of the latest packet sent
  base::TimePoint last_time_{};   // when that was
  uint64_t packets_ = 0;
  uint64_t octets_ = 0;

  bool anchored_ = false;
  bool marker_due_ = true;
  uint16_t sequence_offset_ = 0;  // our line minus the source's
  uint32_t timestamp_offset_ = 0;
  uint16_t source_highest_ = 0;
  uint16_t source_floor_ = 0;  // packets before it are too late to be numbered
};

}  // namespace viaduct::rtp
