// Playout: one party's packets in at any time, its samples out at every tick: for what cannot send
// its sound on packet by packet (a recording, a mix).
//
//   push ─► JitterBuffer ─► decode / conceal / silence ─► resample ─► faster, slower ─► pull
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "media/audio/resampler.h"
#include "media/codec/codec.h"
#include "media/graph/incoming.h"
#include "media/graph/jitter_buffer.h"

namespace viaduct::graph {

class Playout {
 public:
  // `rate` of the samples: 8000, 16000, 24000 or 48000.
  explicit Playout(uint32_t rate, const JitterBufferOptions& options = {});

  // A packet that is no duplicate.
  void push(const Heard& heard, base::TimePoint now);
  // Fills `out` with what is to be played from `now` on. False: nothing but silence. Ask at every
  // tick, or several ticks at once with the time of each.
  bool pull(std::span<int16_t> out, base::TimePoint now);

  // Of the present codec; nothing before the first packet.
  const JitterBuffer* buffer() const { return line_ ? &line_->buffer : nullptr; }
  // Samples that were guessed because nothing came, and those taken out and put in for the pace.
  struct Counters {
    uint64_t concealed = 0, shortened = 0, lengthened = 0;
  };
  const Counters& counters() const { return counters_; }

 private:
  // What belongs to one stream of the far side, in one codec.
  struct Line {
    negotiation::Codec codec;
    JitterBuffer buffer;
    std::unique_ptr<codec::Decoder> decoder;
    uint32_t decode_rate;
    std::optional<audio::Resampler> resampler;
    std::vector<int16_t> ready;  // at rate_
    uint64_t since_stretch = 0;  // samples
  };
  std::unique_ptr<Line> make_line(const negotiation::Codec& codec) const;
  bool pull(Line& line, std::span<int16_t> out, base::TimePoint now);
  bool take_step(Line& line, base::TimePoint at, size_t wanted);
  void append(Line& line, std::span<const int16_t> decoded) const;
  void keep_pace(Line& line, base::Duration surplus);

  const uint32_t rate_;
  const JitterBufferOptions options_;
  std::unique_ptr<Line> line_;
  std::unique_ptr<Line> ending_;  // of the stream before, while it has packets
  std::vector<int16_t> scratch_;  // one step, decoded
  Counters counters_;
};

}  // namespace viaduct::graph
