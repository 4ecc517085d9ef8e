#include "transport/rtp/receiver.h"

#include <algorithm>
#include <cstdlib>

#include "transport/rtp/ntp.h"

namespace viaduct::rtp {
namespace {

constexpr uint32_t kWrap = 0x10000;
constexpr uint32_t kNoSequence = kWrap;
// A step of the transit time beyond this is a break in the peer's timestamps, not the network.
constexpr uint32_t kLargestTransitStepSeconds = 5;

}  // namespace

void Receiver::start(const Packet& packet) {
  lost_before_ += static_cast<uint64_t>(std::max<int64_t>(lost_of_source(), 0));
  if (known_) ++stats_.restarts;
  if (ssrc_ != packet.header.ssrc) last_sr_ = 0;
  known_ = true;
  ssrc_ = packet.header.ssrc;
  cycles_ = 0;
  highest_ = packet.header.sequence;
  first_ = highest_;
  history_ = 1;
  arrived_ = 1;
  bad_sequence_ = kNoSequence;
  expected_before_ = arrived_before_ = 0;
  transit_known_ = false;
  jitter_scaled_ = 0;
}

Arrival Receiver::receive(const Packet& packet, base::TimePoint now) {
  const bool first_ever = !known_;
  Arrival arrival;
  if (first_ever || packet.header.ssrc != ssrc_) {
    start(packet);
    probation_left_ = options_.probation;
    arrival = first_ever ? Arrival::in_order : Arrival::restarted;
    if (probation_left_ != 0) arrival = Arrival::unproven;
  } else if (probation_left_ != 0) {
    const bool follows = packet.header.sequence == static_cast<uint16_t>(highest_ + 1);
    const uint8_t left = follows ? static_cast<uint8_t>(probation_left_ - 1) : options_.probation;
    --stats_.restarts;  // start() counts one, but this source is only now found out about
    start(packet);
    probation_left_ = left;
    arrival = left == 0 ? Arrival::restarted : Arrival::unproven;
  } else {
    arrival = place(packet.header.sequence);
    if (arrival == Arrival::restarted) start(packet);
  }

  switch (arrival) {
    case Arrival::duplicate: ++stats_.duplicates; return arrival;
    case Arrival::unproven: ++stats_.unproven; return arrival;
    case Arrival::late: ++stats_.late; break;
    case Arrival::in_order:
    case Arrival::restarted: update_jitter(packet.header.timestamp, now); break;
  }
  ++stats_.packets;
  stats_.bytes += packet.payload.size();
  return arrival;
}

// RFC 3550 A.1, with a history of 64 packets to tell duplicates from late ones. What is older can
// not be told, and is of no use to anybody: it counts as a duplicate.
Arrival Receiver::place(uint16_t sequence) {
  const auto ahead = static_cast<uint16_t>(sequence - highest_);
  if (ahead == 0) return Arrival::duplicate;
  if (ahead < options_.max_dropout) {
    if (sequence < highest_) cycles_ += kWrap;
    highest_ = sequence;
    history_ = ahead < 64 ? history_ << ahead | 1 : 1;
    bad_sequence_ = kNoSequence;
    ++arrived_;
    return Arrival::in_order;
  }
  if (ahead <= kWrap - options_.max_misorder) {
    // Two in a row prove that the peer has begun anew.
    if (sequence == bad_sequence_) return Arrival::restarted;
    bad_sequence_ = static_cast<uint16_t>(sequence + 1);
    return Arrival::unproven;
  }
  if (seen(sequence)) return Arrival::duplicate;
  ++arrived_;
  return Arrival::late;
}

bool Receiver::seen(uint16_t sequence) {
  const auto behind = static_cast<uint16_t>(highest_ - sequence);
  if (behind >= 64) return true;
  const uint64_t bit = uint64_t{1} << behind;
  const bool already = history_ & bit;
  history_ |= bit;
  return already;
}

// RFC 3550 A.8.
void Receiver::update_jitter(base::RtpTime timestamp, base::TimePoint now) {
  if (!transit_known_) jitter_epoch_ = now;
  const base::Duration since = now - jitter_epoch_;
  const int64_t microseconds = std::chrono::duration_cast<std::chrono::microseconds>(since).count();
  const auto arrival = static_cast<uint32_t>(microseconds * options_.clock_rate / 1'000'000);
  const uint32_t transit = arrival - timestamp.value;
  const auto step =
      static_cast<uint32_t>(std::abs(int64_t{static_cast<int32_t>(transit - transit_)}));
  // Packets of one timestamp (a frame in parts, a telephone-event) say nothing about the network.
  const bool same_instant = transit_known_ && timestamp == last_timestamp_;
  if (transit_known_ && !same_instant && step <= kLargestTransitStepSeconds * options_.clock_rate)
    jitter_scaled_ += step - ((jitter_scaled_ + 8) >> 4);
  if (!same_instant) transit_ = transit;
  last_timestamp_ = timestamp;
  transit_known_ = true;
}

void Receiver::receive_report(const SenderReport& report, base::TimePoint now) {
  if (!known_ || report.ssrc != ssrc_) return;
  last_sr_ = ntp_middle(report.info.ntp);
  last_sr_at_ = now;
}

void Receiver::set_clock_rate(uint32_t clock_rate) {
  if (clock_rate == options_.clock_rate) return;
  options_.clock_rate = clock_rate;
  transit_known_ = false;
  jitter_scaled_ = 0;
}

std::optional<uint32_t> Receiver::ssrc() const {
  if (!known_ || probation_left_ != 0) return std::nullopt;
  return ssrc_;
}

base::Duration Receiver::jitter() const {
  return base::Duration(int64_t{jitter_scaled_ >> 4} * 1'000'000'000 / options_.clock_rate);
}

int64_t Receiver::lost_of_source() const {
  if (!known_ || probation_left_ != 0) return 0;
  return int64_t{highest_sequence()} - first_ + 1 - arrived_;
}

std::optional<ReportBlock> Receiver::take_report(base::TimePoint now) {
  // Only sources heard since the last report are reported on (RFC 3550 §6.4).
  if (!ssrc() || arrived_ == arrived_before_) return std::nullopt;
  const uint32_t expected = highest_sequence() - first_ + 1;
  const int64_t expected_here = int64_t{expected} - expected_before_;
  const int64_t lost_here = expected_here - (int64_t{arrived_} - arrived_before_);
  expected_before_ = expected;
  arrived_before_ = arrived_;

  ReportBlock block;
  block.ssrc = ssrc_;
  if (expected_here > 0 && lost_here > 0)
    block.fraction_lost =
        static_cast<uint8_t>(std::min<int64_t>(lost_here * 256 / expected_here, 255));
  block.cumulative_lost =
      static_cast<int32_t>(std::clamp<int64_t>(lost_of_source(), -0x800000, 0x7fffff));
  block.highest_sequence = highest_sequence();
  block.jitter = jitter_scaled_ >> 4;
  block.last_sr = last_sr_;
  if (last_sr_ != 0) block.delay_since_last_sr = to_ntp_short(now - last_sr_at_);
  return block;
}

ReceiverStats Receiver::stats() const {
  ReceiverStats out = stats_;
  out.lost = lost_before_ + static_cast<uint64_t>(std::max<int64_t>(lost_of_source(), 0));
  return out;
}

}  // namespace viaduct::rtp
