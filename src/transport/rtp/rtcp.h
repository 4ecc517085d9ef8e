// RTCP (RFC 3550 §6, feedback of RFC 4585): reading a compound packet, and writing one.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"

namespace viaduct::rtp {

struct SenderInfo {
  uint64_t ntp = 0;  // see ntp.h
  base::RtpTime timestamp;
  uint32_t packets = 0;
  uint32_t octets = 0;  // of payload
};

struct ReportBlock {
  uint32_t ssrc = 0;                 // of the source reported on
  uint8_t fraction_lost = 0;         // in 1/256, since the last report
  int32_t cumulative_lost = 0;       // 24 bits; negative where duplicates were counted
  uint32_t highest_sequence = 0;     // extended by the count of wraps
  uint32_t jitter = 0;               // in clock units
  uint32_t last_sr = 0;              // middle of the NTP stamp of the last SR; 0: none yet
  uint32_t delay_since_last_sr = 0;  // 1/65536 s

  friend bool operator==(const ReportBlock&, const ReportBlock&) = default;
};

// A list inside a received packet: lives as long as that.
class ReportBlocks {
 public:
  ReportBlocks() = default;
  explicit ReportBlocks(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  size_t size() const { return bytes_.size() / 24; }
  ReportBlock operator[](size_t index) const;  // index < size()
  // The block about our stream.
  std::optional<ReportBlock> about(uint32_t ssrc) const;

 private:
  std::span<const uint8_t> bytes_;
};

struct SenderReport {
  uint32_t ssrc = 0;
  SenderInfo info;
  ReportBlocks blocks;
};
struct ReceiverReport {
  uint32_t ssrc = 0;
  ReportBlocks blocks;
};
// Of the first chunk only: we speak with one source at a time.
struct SourceDescription {
  uint32_t ssrc = 0;
  std::string_view cname;  // empty: none
};
struct Bye {
  std::span<const uint8_t> ssrcs;  // 4 bytes each, network order
  std::string_view reason;
  bool names(uint32_t ssrc) const;
};
// Generic NACK (RFC 4585 §6.2.1).
struct Nack {
  uint32_t sender = 0;
  uint32_t media = 0;
  std::span<const uint8_t> items;  // 4 bytes each: packet id, bitmask of the 16 that follow
  // Calls f(uint16_t sequence) for each packet asked for: at most 17 for 4 bytes.
  template <class F>
  void for_each(F&& f) const {
    base::ByteReader in(items);
    while (in.remaining() >= 4) {
      const uint16_t first = in.u16();
      const uint16_t mask = in.u16();
      f(first);
      for (int bit = 0; bit < 16; ++bit)
        if (mask >> bit & 1) f(static_cast<uint16_t>(first + bit + 1));
    }
  }
};
struct PictureLoss {  // PLI (RFC 4585 §6.3.1)
  uint32_t sender = 0;
  uint32_t media = 0;
};
// XR, REMB, APP and whatever else comes: well-formed, but nothing we act on.
struct OtherRtcp {
  uint8_t packet_type = 0;
  uint8_t format = 0;  // the five bits of count or FMT
};
using RtcpPacket = std::variant<SenderReport, ReceiverReport, SourceDescription, Bye, Nack,
                                PictureLoss, OtherRtcp>;

// Reads packet by packet; a reduced-size packet (RFC 5506) need not begin with a report.
class RtcpReader {
 public:
  explicit RtcpReader(std::span<const uint8_t> compound) : rest_(compound) {}
  // The next packet, or nothing at the end and at the first fault: see ok().
  std::optional<RtcpPacket> next();
  // False once a packet was malformed; what came before it is good. An empty compound is not.
  bool ok() const { return ok_; }

 private:
  std::span<const uint8_t> rest_;
  bool ok_ = true;
  bool first_ = true;
};

// Writers of one packet each; check ByteWriter::ok() at the end. At most 31 blocks or ssrcs.
void write_sender_report(base::ByteWriter& out, uint32_t ssrc, const SenderInfo& info,
                         std::span<const ReportBlock> blocks);
void write_receiver_report(base::ByteWriter& out, uint32_t ssrc,
                           std::span<const ReportBlock> blocks);
// At most 255 bytes of cname count.
void write_cname(base::ByteWriter& out, uint32_t ssrc, std::string_view cname);
void write_bye(base::ByteWriter& out, uint32_t ssrc, std::string_view reason = {});
void write_picture_loss(base::ByteWriter& out, uint32_t sender, uint32_t media);
// `sequences` in ascending (wrapping) order are packed 17 to an item.
void write_nack(base::ByteWriter& out, uint32_t sender, uint32_t media,
                std::span<const uint16_t> sequences);

// RFC 3550 §6.4.1: from a block about our stream that arrived at `now_ntp` on our own wall clock.
// Nothing when the peer has seen no SR of ours, or the block contradicts the clock.
std::optional<base::Duration> round_trip(const ReportBlock& block, uint64_t now_ntp);

}  // namespace viaduct::rtp
