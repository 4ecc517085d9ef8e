// Recorder: what one or two parties say, on one time line, in blocks. The time line is the
// worker's; each party's Playout has the same fixed delay, so that the two stay aligned whatever
// their paths and clocks do. Where nothing came, silence is written.
//
//   Session A ─ Heard ─► Playout ─┐  each 100 ms, five frames
//   Session B ─ Heard ─► Playout ─┴─► left, right or mixed ─► AudioBlock ─► RecordedAudio
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.h"
#include "media/graph/messages.h"
#include "media/graph/playout.h"

namespace viaduct::graph {

struct RecorderOptions {
  // Nobody waits for a recording: packets this late are still in it.
  base::Duration delay = std::chrono::milliseconds(400);
  base::Duration block = std::chrono::milliseconds(500);
  // Blocks that nobody has taken in yet; 20 s. Beyond it blocks are left out and counted.
  size_t max_waiting = 40;
};

class Recorder {
 public:
  // `command` names one party or two.
  Recorder(const StartRecording& command, base::TimePoint now, const RecorderOptions& options = {});

  RecordingId id() const { return id_; }
  struct Party {
    MediaId id;
    Playout playout;
    bool closed = false;
  };
  // Their packets go to their playouts; the addresses stay.
  std::vector<std::unique_ptr<Party>>& parties() { return parties_; }
  // Whose session is not heard any more: its side is silent until somebody joins in its place.
  void leave(Party& party);
  // On a side of its own, or that of somebody who left.
  Party& join(MediaId party);
  // The last party's session is gone.
  bool deserted() const;

  void handle_timeout(base::TimePoint now);
  // kNever once stopped.
  base::TimePoint next_timeout() const { return stopped_ ? base::kNever : next_tick_; }
  // Everything heard until now comes, then RecordingEnded.
  void stop(base::TimePoint now);
  // After each of the above, until empty.
  std::optional<Event> poll();

 private:
  void record_until(base::TimePoint now);
  void record_frame(base::TimePoint at);
  void give_block();

  const RecordingId id_;
  const RecorderOptions options_;
  const uint32_t rate_;
  const bool stereo_;
  const base::TimePoint start_;
  std::vector<std::unique_ptr<Party>> parties_;
  uint64_t frames_ = 0;  // of 20 ms, recorded
  base::TimePoint next_tick_;
  bool stopped_ = false;
  std::vector<int16_t> frame_;                       // scratch: one party's
  std::vector<int16_t> samples_;                     // of the block in the making
  uint64_t position_ = 0;                            // its first sample, of each channel
  std::deque<std::weak_ptr<const AudioBlock>> out_;  // given out, perhaps not taken in
  uint64_t left_out_ = 0;
  std::deque<Event> events_;
};

}  // namespace viaduct::graph
