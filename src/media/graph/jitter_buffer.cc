#include "media/graph/jitter_buffer.h"

#include <algorithm>

#include "base/check.h"

namespace viaduct::graph {

namespace {

using std::chrono::milliseconds;

// Timestamps need not be exact to the sample; less than this is no pause.
constexpr base::Duration kTolerance = milliseconds(10);
// A transit that differs by more belongs to another clock.
constexpr base::Duration kJump = std::chrono::seconds(1);
// So many late packets in a row, and none in time, are the new time.
constexpr size_t kLateRun = 10;
// What is played may be behind the wished delay by as much, until it was played faster.
constexpr base::Duration kSlack = milliseconds(50);

}  // namespace

JitterBuffer::JitterBuffer(uint32_t clock_rate, const JitterBufferOptions& options)
    : options_(options), clock_rate_(clock_rate), delay_(options.arrival), slots_(kSlots) {
  VIADUCT_CHECK(clock_rate > 0 && options.min_delay <= options.max_delay);
}

void JitterBuffer::restart() {
  for (Slot& slot : slots_) slot.used = false;
  waiting_ = 0;
  started_ = played_any_ = false;
  pausing_ = true;
  stalled_ = concealed_ = {};
  missing_ = late_run_ = 0;
  delay_.restart();
}

base::Duration JitterBuffer::target() const {
  return std::clamp(delay_.usual() + options_.lookahead, options_.min_delay, options_.max_delay);
}

base::Duration JitterBuffer::media_of(base::RtpTime timestamp) {
  ticks_ += timestamp - last_timestamp_;
  last_timestamp_ = timestamp;
  // In two parts: 64 bits of nanoseconds overflow after a day of a 48 kHz clock otherwise.
  const int64_t seconds = ticks_ / clock_rate_, rest = ticks_ % clock_rate_;
  return std::chrono::seconds(seconds) + base::Duration(rest * 1'000'000'000 / clock_rate_);
}

bool JitterBuffer::on_another_line(base::Duration media, base::TimePoint now) const {
  if (!delay_.known()) return false;
  const base::Duration lateness = delay_of(media, now);
  return lateness > options_.max_delay + kJump || lateness < -kJump;
}

void JitterBuffer::start(uint16_t sequence) {
  restart();
  started_ = true;
  next_ = newest_ = sequence;
}

// False: its place is past.
bool JitterBuffer::make_room(uint16_t sequence) {
  if (!started_) start(sequence);
  const auto ahead = static_cast<int16_t>(sequence - next_);
  if (ahead < 0) {
    // An earlier one than the first is welcome until that was played.
    if (played_any_ || static_cast<uint16_t>(newest_ - sequence) >= kSlots) return false;
    next_ = sequence;
  } else if (static_cast<size_t>(ahead) >= kSlots) {
    // Nobody asked for a second, or a second was lost.
    ++counters_.restarts;
    start(sequence);
  }
  if (static_cast<int16_t>(sequence - newest_) > 0) newest_ = sequence;
  return true;
}

void JitterBuffer::push(uint16_t sequence, base::RtpTime timestamp,
                        std::span<const uint8_t> payload, base::TimePoint now) {
  if (payload.size() > kLongestPayload) payload = {};
  base::Duration media{};
  if (!payload.empty()) {
    media = media_of(timestamp);
    if (on_another_line(media, now)) {
      ++counters_.restarts;
      restart();
    }
  }
  if (!make_room(sequence)) {
    ++counters_.late;
    if (!payload.empty()) delay_.update(media, now);
    if (waiting_ > 0 || ++late_run_ < kLateRun) return;
    ++counters_.restarts;
    start(sequence);
  }
  Slot& place = slot(sequence);
  if (place.used) {
    ++counters_.duplicate;
    return;
  }
  if (!payload.empty()) delay_.update(media, now);
  place.used = true;
  place.sequence = sequence;
  place.media = media;
  place.payload.assign(payload.begin(), payload.end());
  ++waiting_;
}

// Its turn is over, and that of all before it.
void JitterBuffer::pass_over(Slot& slot) {
  counters_.lost += static_cast<uint16_t>(slot.sequence - next_);
  next_ = static_cast<uint16_t>(slot.sequence + 1);
  played_any_ = true;
  slot.used = false;
  --waiting_;
}

JitterBuffer::Slot* JitterBuffer::first() {
  for (uint16_t s = next_; waiting_ > 0; ++s) {
    Slot& found = slot(s);
    if (!found.used) continue;
    if (!found.payload.empty()) return &found;
    pass_over(found);
    missing_ = 0;
    pausing_ = true;
  }
  return nullptr;
}

JitterBuffer::Step JitterBuffer::next(base::TimePoint at, base::Duration wanted) {
  while (Slot* const slot = first()) {
    if (delay_of(slot->media, at) <= options_.max_delay + kSlack)
      return wait_or_take(*slot, at, wanted);
    // Too late to be of use: its place on the time line is over.
    ++counters_.late;
    ++counters_.lost;
    pass_over(*slot);
    if (++late_run_ < kLateRun) continue;
    ++counters_.restarts;
    restart();
  }
  return starve(at, wanted);
}

JitterBuffer::Step JitterBuffer::wait_or_take(Slot& slot, base::TimePoint at,
                                              base::Duration wanted) {
  if (!pausing_) {
    const size_t lost = static_cast<uint16_t>(slot.sequence - next_) + missing_;
    position_ += std::clamp(slot.media - position_, base::Duration{}, stalled_);
    stalled_ = {};
    const base::Duration gap = slot.media - position_;
    if (gap <= kTolerance) return take(slot, at);
    const base::Duration most =
        std::min<base::Duration>(lost * last_length_, options_.max_concealment) - concealed_;
    if (const base::Duration length = std::min(gap, most); length > base::Duration{}) {
      concealed_ += length;
      position_ += length;
      return {Action::conceal, slot.payload, length, {}};
    }
    pausing_ = true;
  }
  const base::Duration early = target() - delay_of(slot.media, at);
  if (early <= base::Duration{}) return take(slot, at);
  return {Action::silence, {}, std::min(early, wanted), {}};
}

JitterBuffer::Step JitterBuffer::take(Slot& slot, base::TimePoint at) {
  ++counters_.played;
  const base::Duration surplus = delay_of(slot.media, at) - target();
  position_ = slot.media;
  pausing_ = false;
  stalled_ = concealed_ = {};
  missing_ = late_run_ = 0;
  pass_over(slot);
  return {Action::decode, slot.payload, {}, surplus};
}

void JitterBuffer::decoded(base::Duration length) {
  if (length <= base::Duration{}) {
    ++missing_;
    return;
  }
  position_ += length;
  last_length_ = length;
}

// Nothing is here. It may be on its way: then time stands still as long as the delay may grow.
JitterBuffer::Step JitterBuffer::starve(base::TimePoint at, base::Duration wanted) {
  if (pausing_ || concealed_ >= options_.max_concealment) {
    pausing_ = true;
    return {Action::silence, {}, wanted, {}};
  }
  const base::Duration length = std::min(wanted, options_.max_concealment - concealed_);
  concealed_ += length;
  if (delay_of(position_, at) + length <= options_.max_delay) stalled_ += length;
  else position_ += length;
  return {Action::conceal, {}, length, {}};
}

}  // namespace viaduct::graph
