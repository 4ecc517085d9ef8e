// Clip: decoded sound that never changes, shared between threads and calls (prompts, music on
// hold).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "media/audio/resampler.h"

namespace viaduct::audio {

struct ClipLimits {
  // A quarter of an hour of stereo CD sound as WAV is 160 MB; longer music belongs in a stream.
  size_t max_file_bytes = 192 << 20;
  // Kept in memory as mono: 15 minutes at 48 kHz are 86 MB.
  size_t max_samples = 15 * 60 * 48000;
};

class Clip {
 public:
  // `rate` 8000-192000 Hz; samples may not be empty (checked).
  Clip(std::vector<int16_t> samples, uint32_t rate);

  // Any WAV, FLAC or Ogg (Vorbis, Opus) file, given as its bytes; several channels are mixed to
  // one. Errors: malformed, unsupported (rate), too_large, and malformed for a file without a
  // sample.
  static base::Result<std::shared_ptr<const Clip>> decode(std::span<const uint8_t> file,
                                                          const ClipLimits& limits = {});

  uint32_t rate() const { return rate_; }
  std::span<const int16_t> samples() const { return samples_; }

 private:
  std::vector<int16_t> samples_;
  uint32_t rate_;
};

// Reads a clip from its start at another rate; keeps the clip alive.
class ClipReader {
 public:
  // `rate`: one Resampler::supports() with the clip's; see there.
  ClipReader(std::shared_ptr<const Clip> clip, uint32_t rate, bool repeat);

  // Fills `out`; fewer samples than asked for are followed by silence, once the clip has ended.
  // Returns how many came from the clip.
  size_t read(std::span<int16_t> out);
  // The last sample has been read.
  bool finished() const { return ended_ && at_ == ready_.size(); }

 private:
  std::shared_ptr<const Clip> clip_;
  Resampler resampler_;
  std::vector<int16_t> ready_;  // resampled, not yet read; from at_ on
  size_t at_ = 0;
  size_t position_ = 0;  // in the clip
  bool repeat_;
  bool ended_ = false;  // the clip, not ready_
};

}  // namespace viaduct::audio
