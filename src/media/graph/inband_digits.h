// InbandDigits: listens for digits in a party's audio, where its far side has no telephone-events.
// Decodes as packets come; what overtook another is left out, what is lost is concealed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "media/audio/resampler.h"
#include "media/codec/codec.h"
#include "media/codec/dtmf_detector.h"
#include "media/graph/incoming.h"

namespace viaduct::graph {

class InbandDigits {
 public:
  InbandDigits();

  void push(const Heard& heard);
  // Call until empty after push().
  std::optional<codec::DtmfDetector::Digit> poll() { return detector_.poll(); }

 private:
  bool prepare(const negotiation::Codec& codec);
  void listen(std::span<const int16_t> decoded);

  codec::DtmfDetector detector_;
  std::optional<negotiation::Codec> codec_;
  std::unique_ptr<codec::Decoder> decoder_;
  std::optional<audio::Resampler> resampler_;
  bool started_ = false;
  uint16_t next_ = 0;  // sequence number
  size_t last_ = 0;    // samples of the last packet
  std::vector<int16_t> scratch_, resampled_;
};

}  // namespace viaduct::graph
