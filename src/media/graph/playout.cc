#include "media/graph/playout.h"

#include <algorithm>

#include "media/audio/time_stretch.h"
#include "media/graph/format.h"

namespace viaduct::graph {

namespace {

using std::chrono::milliseconds;

// Off the wished delay by less, nothing is done: each joint costs a little quality.
constexpr base::Duration kEnough = milliseconds(15);
// A joint every so often is not heard; when far off, at every packet.
constexpr uint32_t kJointsPerSecond = 15;
constexpr base::Duration kFarOff = milliseconds(80);

base::Duration duration_of(size_t samples, uint32_t rate) {
  return base::Duration(static_cast<int64_t>(samples) * 1'000'000'000 / rate);
}
size_t samples_in(base::Duration length, uint32_t rate) {
  return static_cast<size_t>((length.count() * rate + 500'000'000) / 1'000'000'000);
}

}  // namespace

Playout::Playout(uint32_t rate, const JitterBufferOptions& options)
    : rate_(rate), options_(options), scratch_(codec::kMaxFrameSamples) {}

std::unique_ptr<Playout::Line> Playout::make_line(const negotiation::Codec& codec) const {
  const auto kind = kind_of(codec);
  if (!kind || codec.clock_rate == 0) return nullptr;
  const uint32_t decode_rate = working_rate(codec, rate_);
  auto decoder = codec::make_decoder(*kind, decode_rate);
  if (!decoder || !audio::Resampler::supports(decode_rate, rate_)) return nullptr;
  auto line = std::make_unique<Line>(Line{.codec = codec,
                                          .buffer = JitterBuffer(codec.clock_rate, options_),
                                          .decoder = std::move(*decoder),
                                          .decode_rate = decode_rate,
                                          .resampler = {},
                                          .ready = {}});
  if (decode_rate != rate_) line->resampler.emplace(decode_rate, rate_);
  line->ready.reserve(codec::kMaxFrameSamples + rate_ / 10);
  return line;
}

void Playout::push(const Heard& heard, base::TimePoint now) {
  if (heard.codec && (!line_ || heard.restarted || line_->codec != *heard.codec)) {
    auto line = make_line(*heard.codec);
    if (!line) return;
    // What the stream before still has is played to its end while the new one fills up.
    ending_ = std::exchange(line_, std::move(line));
  }
  if (!line_) return;
  const auto payload = heard.codec ? heard.packet.payload : std::span<const uint8_t>{};
  line_->buffer.push(heard.packet.header.sequence, heard.packet.header.timestamp, payload, now);
}

bool Playout::pull(std::span<int16_t> out, base::TimePoint now) {
  if (ending_ && ending_->buffer.size() == 0) ending_.reset();
  Line* const line = ending_ ? ending_.get() : line_.get();
  if (line) return pull(*line, out, now);
  std::ranges::fill(out, int16_t{0});
  return false;
}

bool Playout::pull(Line& line, std::span<int16_t> out, base::TimePoint now) {
  bool sound = !line.ready.empty();
  while (line.ready.size() < out.size()) {
    const base::TimePoint at = now + duration_of(line.ready.size(), rate_);
    sound |= take_step(line, at, out.size() - line.ready.size());
  }
  const auto end = line.ready.begin() + static_cast<ptrdiff_t>(out.size());
  std::copy(line.ready.begin(), end, out.begin());
  line.ready.erase(line.ready.begin(), end);
  line.since_stretch += out.size();
  return sound;
}

// False: silence was added.
bool Playout::take_step(Line& line, base::TimePoint at, size_t wanted) {
  using Action = JitterBuffer::Action;
  const auto step = line.buffer.next(at, duration_of(wanted, rate_));
  if (step.action == Action::decode) {
    const auto decoded = line.decoder->decode(step.payload, scratch_);
    const size_t count = decoded ? *decoded : 0;
    line.buffer.decoded(duration_of(count, line.decode_rate));
    append(line, std::span(scratch_).first(count));
    keep_pace(line, step.surplus);
    return true;
  }
  const size_t count =
      std::clamp<size_t>(samples_in(step.length, line.decode_rate), 1, scratch_.size());
  const auto part = std::span(scratch_).first(count);
  if (step.action == Action::conceal) {
    line.decoder->conceal(part, step.payload);
    counters_.concealed += count * rate_ / line.decode_rate;
  } else {
    std::ranges::fill(part, int16_t{0});
  }
  append(line, part);
  return step.action == Action::conceal;
}

void Playout::append(Line& line, std::span<const int16_t> decoded) const {
  if (line.resampler) line.resampler->process(decoded, line.ready);
  else line.ready.insert(line.ready.end(), decoded.begin(), decoded.end());
}

void Playout::keep_pace(Line& line, base::Duration surplus) {
  const base::Duration off = surplus < base::Duration{} ? -surplus : surplus;
  if (off < kEnough) return;
  if (off < kFarOff && line.since_stretch < rate_ / kJointsPerSecond) return;
  size_t moved = 0;
  if (surplus > base::Duration{}) {
    moved = audio::shorten(line.ready, rate_);
    counters_.shortened += moved;
  } else {
    moved = audio::lengthen(line.ready, rate_);
    counters_.lengthened += moved;
  }
  if (moved > 0) line.since_stretch = 0;
}

}  // namespace viaduct::graph
