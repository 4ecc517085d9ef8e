// JitterBuffer: packets as they come in, and what to play at each moment out. It decodes nothing:
// its owner asks for the next step whenever it needs samples, and tells how long a packet was.
//
//   push ─► slots by sequence number ─► next(): decode this │ conceal so much │ silence
//               └► ArrivalDelay ─► target delay ─► Step::surplus: play a little faster or slower
//
// The delay follows the lateness of the packets between two bounds. With equal bounds it is fixed,
// and what is played stays on the sender's time line. Nothing is played faster or slower at a pause
// of the sender (DTX): there the delay is set anew.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/time.h"
#include "media/graph/arrival_delay.h"

namespace viaduct::graph {

struct JitterBufferOptions {
  // Of what is played, against the fastest packets. One tick is what a path without jitter needs.
  base::Duration min_delay = std::chrono::milliseconds(20);
  // Past 400 ms people interrupt each other (ITU-T G.114); what is later is lost.
  base::Duration max_delay = std::chrono::milliseconds(400);
  // How far ahead of its time the owner asks: its tick.
  base::Duration lookahead = std::chrono::milliseconds(20);
  // Guessed speech of more than this is noise.
  base::Duration max_concealment = std::chrono::milliseconds(120);
  ArrivalDelay::Options arrival{};
};

struct JitterBufferCounters {
  uint64_t played = 0;
  uint64_t lost = 0;       // never came, or too late
  uint64_t late = 0;       // came after its place had been filled
  uint64_t duplicate = 0;  // was here already
  uint64_t restarts = 0;   // another time line: a jump of timestamps or sequence numbers
};

class JitterBuffer {
 public:
  // `clock_rate` of RTP, above 0.
  JitterBuffer(uint32_t clock_rate, const JitterBufferOptions& options);

  // An empty payload stands for a packet without audio (a telephone-event, comfort noise): it has a
  // sequence number, and what follows it is a pause.
  void push(uint16_t sequence, base::RtpTime timestamp, std::span<const uint8_t> payload,
            base::TimePoint now);
  // Another stream begins: what waits is dropped, and how late packets come stays known.
  void restart();

  enum class Action : uint8_t { decode, conceal, silence };
  struct Step {
    Action action = Action::silence;
    // To decode; or, of a gap to conceal, the packet behind it, if that is here. Lives until the
    // next call.
    std::span<const uint8_t> payload{};
    base::Duration length{};   // of concealment or silence; a decoded packet says it itself
    base::Duration surplus{};  // what we are behind the wished delay; negative: ahead of it
  };
  // What is played at `at`, for at most `wanted` if there is nothing to decode.
  Step next(base::TimePoint at, base::Duration wanted);
  // Answers a step to decode; 0 for a packet that was none.
  void decoded(base::Duration length);

  base::Duration target() const;
  // Packets waiting.
  size_t size() const { return waiting_; }
  const JitterBufferCounters& counters() const { return counters_; }

 private:
  // A second of 10 ms packets, more than max_delay ever holds of them.
  static constexpr size_t kSlots = 128, kLongestPayload = 1500;
  struct Slot {
    bool used = false;
    uint16_t sequence = 0;
    base::Duration media{};
    std::vector<uint8_t> payload;  // keeps its memory
  };

  Slot& slot(uint16_t sequence) { return slots_[sequence % kSlots]; }
  base::Duration media_of(base::RtpTime timestamp);
  bool on_another_line(base::Duration media, base::TimePoint now) const;
  void start(uint16_t sequence);
  bool make_room(uint16_t sequence);
  // The first packet with audio, past those without.
  Slot* first();
  void pass_over(Slot& slot);
  base::Duration delay_of(base::Duration media, base::TimePoint at) const {
    return at - delay_.earliest(media);
  }
  Step take(Slot& slot, base::TimePoint at);
  Step wait_or_take(Slot& slot, base::TimePoint at, base::Duration wanted);
  Step starve(base::TimePoint at, base::Duration wanted);

  const JitterBufferOptions options_;
  const uint32_t clock_rate_;
  ArrivalDelay delay_;
  std::vector<Slot> slots_;
  size_t waiting_ = 0;

  bool started_ = false;     // next_ is known
  bool played_any_ = false;  // since the start: an earlier packet may no longer come first
  uint16_t next_ = 0;        // sequence number to be played next
  uint16_t newest_ = 0;      // the highest that came
  int64_t ticks_ = 0;        // of the last timestamp, unwrapped
  base::RtpTime last_timestamp_{};

  bool pausing_ = true;           // the next packet is played when its delay is the target
  base::Duration position_{};     // media time of what is decoded next, unless pausing
  base::Duration last_length_{};  // of a packet
  base::Duration stalled_{};      // concealed while position_ stood still
  base::Duration concealed_{};    // since the last packet
  size_t missing_ = 0;            // packets that are known to be lost before the next
  size_t late_run_ = 0;
  JitterBufferCounters counters_;
};

}  // namespace viaduct::graph
