#include "transport/rtp/sender.h"

#include <algorithm>

#include "transport/rtp/ntp.h"

namespace viaduct::rtp {
namespace {

// Signed distance across a wrap.
int ahead(uint16_t a, uint16_t b) { return static_cast<int16_t>(a - b); }

uint32_t ticks_of(base::Duration elapsed, uint32_t clock_rate) {
  const int64_t nanoseconds = std::max<int64_t>(elapsed.count(), 0);
  constexpr int64_t kSecond = 1'000'000'000;
  const int64_t whole = nanoseconds / kSecond * clock_rate;
  return static_cast<uint32_t>(whole + nanoseconds % kSecond * clock_rate / kSecond);
}

}  // namespace

Sender::Sender(SenderOptions options, base::Rng& rng)
    : options_(options),
      ssrc_(rng.u32()),
      // From the lower half, so that SRTP's first rollover is far (RFC 3711 §3.3.1).
      last_sequence_(static_cast<uint16_t>(rng.below(0x8000))),
      last_timestamp_{rng.u32()} {}

void Sender::set_clock_rate(uint32_t clock_rate, base::TimePoint now) {
  if (clock_rate == options_.clock_rate) return;
  // What has passed so far counts in the old unit.
  last_timestamp_ = timestamp_at(now);
  last_time_ = now;
  options_.clock_rate = clock_rate;
  change_source();
}

base::RtpTime Sender::timestamp_at(base::TimePoint now) const {
  if (packets_ == 0) return last_timestamp_;
  return last_timestamp_ + ticks_of(now - last_time_, options_.clock_rate);
}

void Sender::anchor(const SourcePosition& source, base::TimePoint now) {
  // At least one tick on, so that no two sources share a timestamp.
  base::RtpTime start = timestamp_at(now);
  if (packets_ != 0 && start == last_timestamp_) start = start + 1;
  sequence_offset_ = static_cast<uint16_t>(last_sequence_ + 1 - source.sequence);
  timestamp_offset_ = start.value - source.timestamp.value;
  source_highest_ = static_cast<uint16_t>(source.sequence - 1);
  source_floor_ = source.sequence;
  anchored_ = true;
  marker_due_ = true;
}

std::optional<Header> Sender::stamp(const SourcePosition& source, uint8_t payload_type,
                                    size_t payload_size, base::TimePoint now) {
  if (anchored_) {
    const int step = ahead(source.sequence, source_highest_);
    const bool began_anew = step > options_.max_dropout || -step > options_.max_misorder;
    if (began_anew) anchored_ = false;
    else if (ahead(source.sequence, source_floor_) < 0) return std::nullopt;
  }
  if (!anchored_) anchor(source, now);
  if (ahead(source.sequence, source_highest_) > 0) source_highest_ = source.sequence;
  // The floor follows at the distance of the oldest packet let through, or it would wrap around.
  if (ahead(source_highest_, source_floor_) > options_.max_misorder)
    source_floor_ = static_cast<uint16_t>(source_highest_ - options_.max_misorder);

  Header header;
  header.marker = source.marker || marker_due_;
  header.payload_type = payload_type;
  header.sequence = static_cast<uint16_t>(source.sequence + sequence_offset_);
  header.timestamp = source.timestamp + timestamp_offset_;
  header.ssrc = ssrc_;
  marker_due_ = false;
  count(header, payload_size, now);
  return header;
}

void Sender::skip(const SourcePosition& source) {
  if (!anchored_ || ahead(source.sequence, source_highest_) <= 0) return;
  source_highest_ = source.sequence;
  source_floor_ = static_cast<uint16_t>(source.sequence + 1);
  sequence_offset_ = static_cast<uint16_t>(last_sequence_ + 1 - source_floor_);
}

Header Sender::inject(uint8_t payload_type, base::RtpTime timestamp, bool marker,
                      size_t payload_size, base::TimePoint now) {
  Header header;
  header.marker = marker;
  header.payload_type = payload_type;
  header.sequence = static_cast<uint16_t>(last_sequence_ + 1);
  header.timestamp = timestamp;
  header.ssrc = ssrc_;
  // The source's packets make room; those that come late would meet numbers now taken.
  source_floor_ = static_cast<uint16_t>(source_highest_ + 1);
  sequence_offset_ = static_cast<uint16_t>(sequence_offset_ + 1);
  count(header, payload_size, now);
  return header;
}

void Sender::count(const Header& header, size_t payload_size, base::TimePoint now) {
  if (packets_ == 0 || ahead(header.sequence, last_sequence_) > 0) last_sequence_ = header.sequence;
  // A late packet, or a telephone-event's timestamp of its start, does not turn the clock back.
  if (packets_ == 0 || header.timestamp - last_timestamp_ > 0) {
    last_timestamp_ = header.timestamp;
    last_time_ = now;
  }
  ++packets_;
  octets_ += payload_size;
}

SenderInfo Sender::sender_info(base::TimePoint now, base::WallTime wall) const {
  return {to_ntp(wall), timestamp_at(now), static_cast<uint32_t>(packets_),
          static_cast<uint32_t>(octets_)};
}

}  // namespace viaduct::rtp
