#include "media/graph/recorder.h"

#include <algorithm>

namespace viaduct::graph {

namespace {

using std::chrono::milliseconds;

constexpr base::Duration kFrame = milliseconds(20);
// Several frames at a time: a worker with hundreds of recordings wakes less often.
constexpr base::Duration kTick = milliseconds(100);

JitterBufferOptions fixed(base::Duration delay) {
  JitterBufferOptions options;
  options.min_delay = options.max_delay = delay;
  options.arrival.longest = delay;
  return options;
}

int16_t sum(int16_t a, int16_t b) {
  return static_cast<int16_t>(std::clamp(int{a} + int{b}, -32768, 32767));
}

}  // namespace

Recorder::Recorder(const StartRecording& command, base::TimePoint now,
                   const RecorderOptions& options)
    : id_(command.recording),
      options_(options),
      rate_(command.rate),
      stereo_(command.stereo),
      start_(now),
      next_tick_(now + options.delay + kTick),
      frame_(command.rate / 50) {
  join(command.id);
  if (command.other) join(*command.other);
}

void Recorder::leave(Party& party) {
  party.id = {};
  party.closed = true;
}

Recorder::Party& Recorder::join(MediaId party) {
  const auto free = std::ranges::find(parties_, MediaId{}, [](const auto& p) { return p->id; });
  auto& side = free != parties_.end() ? *free : parties_.emplace_back();
  side = std::make_unique<Party>(Party{party, Playout(rate_, fixed(options_.delay)), false});
  return *side;
}

bool Recorder::deserted() const {
  return std::ranges::all_of(parties_, [](const auto& party) { return party->closed; });
}

void Recorder::handle_timeout(base::TimePoint now) {
  if (stopped_ || now < next_tick_) return;
  record_until(now - options_.delay);
  next_tick_ += (1 + (now - next_tick_) / kTick) * kTick;
}

void Recorder::stop(base::TimePoint now) {
  if (std::exchange(stopped_, true)) return;
  record_until(now);
  give_block();
  events_.push_back(RecordingEnded{id_, left_out_});
}

// What was said before `moment`.
void Recorder::record_until(base::TimePoint moment) {
  const auto block =
      static_cast<size_t>(options_.block / kFrame) * frame_.size() * (stereo_ ? 2u : 1u);
  for (;;) {
    const base::TimePoint begin = start_ + static_cast<int64_t>(frames_) * kFrame;
    if (begin + kFrame > moment) return;
    record_frame(begin + options_.delay);
    if (samples_.size() >= block) give_block();
  }
}

void Recorder::record_frame(base::TimePoint at) {
  const size_t before = samples_.size(), step = stereo_ ? 2 : 1;
  samples_.resize(before + frame_.size() * step);
  ++frames_;
  for (size_t p = 0; p < parties_.size(); ++p) {
    if (!parties_[p]->playout.pull(frame_, at)) continue;  // silence is there already
    int16_t* out = samples_.data() + before + (stereo_ ? p : 0);
    for (size_t i = 0; i < frame_.size(); ++i, out += step) *out = sum(*out, frame_[i]);
  }
}

void Recorder::give_block() {
  if (samples_.empty()) return;
  const uint64_t position = position_;
  position_ += samples_.size() / (stereo_ ? 2 : 1);
  while (!out_.empty() && out_.front().expired()) out_.pop_front();
  if (out_.size() >= options_.max_waiting) {
    ++left_out_;
    samples_.clear();
    return;
  }
  auto block = std::make_shared<const AudioBlock>(AudioBlock{position, std::move(samples_)});
  samples_ = {};
  out_.push_back(block);
  events_.push_back(RecordedAudio{id_, std::move(block)});
}

std::optional<Event> Recorder::poll() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

}  // namespace viaduct::graph
