#include "transport/rtp/telephone_event.h"

#include <algorithm>

#include "base/bytes.h"

namespace viaduct::rtp {
namespace {

constexpr std::string_view kDigits = "0123456789*#ABCD";
// The longest a packet can say; longer events come in segments (RFC 4733 §2.5.1.3).
constexpr uint32_t kSegment = 0xffff;
constexpr int kEndPackets = 3;
// A timestamp further back than this is no late packet but a line that began anew.
constexpr int64_t kLatestSeconds = 10;

uint32_t ticks_of(base::Duration duration, uint32_t clock_rate) {
  const int64_t microseconds =
      std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return static_cast<uint32_t>(microseconds * clock_rate / 1'000'000);
}

bool is_late(base::RtpTime timestamp, base::RtpTime reference, uint32_t clock_rate) {
  const int64_t behind = int64_t{reference - timestamp};
  return behind > 0 && behind <= kLatestSeconds * clock_rate;
}

}  // namespace

base::Result<TelephoneEvent> parse_telephone_event(std::span<const uint8_t> payload) {
  base::ByteReader in(payload);
  TelephoneEvent out;
  out.event = in.u8();
  const uint8_t flags = in.u8();
  out.end = flags & 0x80;
  out.volume = flags & 0x3f;
  out.duration = in.u16();
  if (!in.ok()) return base::Error{base::Errc::truncated, "telephone-event is cut"};
  return out;
}

std::array<uint8_t, 4> encode(const TelephoneEvent& event) {
  return {event.event, static_cast<uint8_t>((event.end ? 0x80 : 0) | (event.volume & 0x3f)),
          static_cast<uint8_t>(event.duration >> 8), static_cast<uint8_t>(event.duration)};
}

std::optional<uint8_t> event_of_digit(char digit) {
  if (digit >= 'a' && digit <= 'd') digit = static_cast<char>(digit - 'a' + 'A');
  const size_t at = kDigits.find(digit);
  if (at == std::string_view::npos) return std::nullopt;
  return static_cast<uint8_t>(at);
}

std::optional<char> digit_of_event(uint8_t event) {
  if (event >= kDigits.size()) return std::nullopt;
  return kDigits[event];
}

bool TelephoneEventSender::enqueue(char digit, base::Duration length, base::TimePoint now) {
  const auto event = event_of_digit(digit);
  if (!event || queue_.size() >= options_.max_queued) return false;
  queue_.push_back({*event, std::clamp(length, options_.shortest, options_.longest)});
  if (!current_) next_ = std::max(now, earliest_);
  return true;
}

void TelephoneEventSender::clear() {
  queue_.clear();
  current_.reset();
  next_ = base::kNever;
}

std::optional<TelephoneEventSender::Output> TelephoneEventSender::poll(base::TimePoint now,
                                                                       base::RtpTime line) {
  if (now < next_) return std::nullopt;
  return current_ ? update(now) : begin(now, line);
}

TelephoneEventSender::Output TelephoneEventSender::begin(base::TimePoint now, base::RtpTime line) {
  current_ = Current{queue_.front(), now, line, 0, 0};
  queue_.pop_front();
  Output out = update(now);
  out.marker = true;
  return out;
}

// A packet speaks of the time up to the next one: a duration of zero would mean a state, no event.
TelephoneEventSender::Output TelephoneEventSender::update(base::TimePoint now) {
  Current& current = *current_;
  const base::Duration so_far = now - current.started + options_.update_interval;
  const base::Duration length = current.digit.length;
  const uint32_t total = ticks_of(std::min(so_far, length), options_.clock_rate);
  const uint32_t in_segment = total - current.segment_start;
  Output out;
  out.event.event = current.digit.event;
  out.event.volume = options_.volume;
  out.event.duration = static_cast<uint16_t>(std::min(in_segment, kSegment));
  out.timestamp = current.timestamp;
  next_ = now + options_.update_interval;
  if (in_segment > kSegment) {
    current.segment_start += kSegment;
    current.timestamp = current.timestamp + kSegment;
  } else if (so_far >= length) {
    out.event.end = true;
    if (++current.ends_sent == kEndPackets) finish(now);
  }
  return out;
}

void TelephoneEventSender::finish(base::TimePoint now) {
  current_.reset();
  earliest_ = now + options_.pause;
  next_ = queue_.empty() ? base::kNever : earliest_;
}

void TelephoneEventReceiver::receive(const TelephoneEvent& event, base::RtpTime timestamp,
                                     base::TimePoint now) {
  if (current_) {
    const bool same_event = event.event == current_->event;
    if (same_event && timestamp == current_->segment + kSegment) current_->segment = timestamp;
    if (timestamp != current_->segment) {
      if (is_late(timestamp, current_->segment, clock_rate_)) return;
      finish();  // another event begins: the end of this one was lost
    } else if (!same_event) {
      return;
    }
  } else if (last_ended_ &&
             (timestamp == *last_ended_ || is_late(timestamp, *last_ended_, clock_rate_))) {
    return;  // the end again, or what it overtook
  }
  if (!current_) {
    current_ = Current{event.event, timestamp, timestamp, 0, now};
    events_.push_back(EventStarted{event.event});
  }
  const auto before = static_cast<uint32_t>(current_->segment - current_->start);
  current_->duration = std::max(current_->duration, before + event.duration);
  current_->last_seen = now;
  if (event.end) finish();
}

void TelephoneEventReceiver::restart() {
  finish();
  last_ended_.reset();
}

void TelephoneEventReceiver::finish() {
  if (!current_) return;
  const base::Duration length(int64_t{current_->duration} * 1'000'000'000 / clock_rate_);
  events_.push_back(EventEnded{current_->event, length});
  last_ended_ = current_->segment;
  current_.reset();
}

void TelephoneEventReceiver::handle_timeout(base::TimePoint now) {
  if (now >= next_timeout()) finish();
}

base::TimePoint TelephoneEventReceiver::next_timeout() const {
  return current_ ? current_->last_seen + lost_end_ : base::kNever;
}

std::optional<ReceivedEvent> TelephoneEventReceiver::poll() {
  if (events_.empty()) return std::nullopt;
  const ReceivedEvent event = events_.front();
  events_.pop_front();
  return event;
}

}  // namespace viaduct::rtp
