// LocalSource: sound made here (tones, clips), frame by frame in the session's send format.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "media/audio/clip.h"
#include "media/audio/tone.h"
#include "media/graph/frame_encoder.h"
#include "media/graph/messages.h"

namespace viaduct::graph {

class LocalSource {
 public:
  // Nothing when `send` is no codec of ours, the clip is missing or its rate is beyond us.
  static std::optional<LocalSource> create(const Tone& tone, const negotiation::Format& send,
                                           std::chrono::milliseconds ptime,
                                           const codec::OpusOptions& opus);
  static std::optional<LocalSource> create(const Play& play, const negotiation::Format& send,
                                           std::chrono::milliseconds ptime,
                                           const codec::OpusOptions& opus);

  // The next frame; nothing when the codec failed on it.
  std::optional<EncodedFrame> next(std::span<uint8_t> out);
  base::Duration frame_length() const { return encoder_.frame_length(); }
  // All has been given out by next().
  bool finished() const;
  void restart() { encoder_.restart(); }
  void expect_loss(int percent) { encoder_.expect_loss(percent); }

 private:
  using Generator = std::variant<audio::ToneGenerator, audio::ClipReader>;
  LocalSource(FrameEncoder encoder, Generator generator)
      : encoder_(std::move(encoder)),
        generator_(std::move(generator)),
        samples_(encoder_.frame_samples()) {}

  FrameEncoder encoder_;
  Generator generator_;
  std::vector<int16_t> samples_;
};

}  // namespace viaduct::graph
