// The end of every chain that makes packets out of samples: an encoder with its own numbering,
// which rtp::Sender then puts on the session's line.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/time.h"
#include "media/codec/codec.h"
#include "signalling/negotiation/types.h"

namespace viaduct::graph {

// What fits an Ethernet frame with IPv6, UDP, RTP, SRTP and a tunnel around it.
inline constexpr size_t kMaxPayload = 1200;

struct EncodedFrame {
  uint16_t sequence = 0;
  base::RtpTime timestamp;  // in the RTP clock of the codec, from an own start
  bool marker = false;      // first after silence
  bool restarted = false;   // its timestamp says nothing about the frame before
  size_t size = 0;          // of the payload
};

class FrameEncoder {
 public:
  // `rate`: of the samples. `ptime` is followed as far as the codec and kMaxPayload allow, else 20
  // or 10 ms. Nothing when the codec cannot do it.
  static std::optional<FrameEncoder> create(const negotiation::Format& send,
                                            std::chrono::milliseconds ptime, uint32_t rate,
                                            const codec::OpusOptions& opus);

  uint32_t rate() const { return rate_; }
  size_t frame_samples() const { return frame_samples_; }
  base::Duration frame_length() const {
    return std::chrono::nanoseconds(1'000'000'000ll * static_cast<int64_t>(frame_samples_) / rate_);
  }

  // `samples` is frame_samples() long. Nothing when the codec failed: then a frame is missing.
  std::optional<EncodedFrame> encode(std::span<const int16_t> samples, std::span<uint8_t> out);
  // Passes over silence that is not sent: the next frame carries the marker.
  void skip(uint64_t samples) {
    position_ += samples;
    marker_ = true;
  }
  void restart() { restarted_ = marker_ = true; }
  void expect_loss(int percent) { encoder_->expect_loss(percent); }

 private:
  FrameEncoder(std::unique_ptr<codec::Encoder> encoder, uint32_t rate, uint32_t clock_rate,
               size_t frame_samples)
      : encoder_(std::move(encoder)),
        rate_(rate),
        clock_rate_(clock_rate),
        frame_samples_(frame_samples) {}

  std::unique_ptr<codec::Encoder> encoder_;
  uint32_t rate_;
  uint32_t clock_rate_;
  size_t frame_samples_;
  uint64_t position_ = 0;  // in samples
  uint16_t sequence_ = 0;
  bool marker_ = true;
  bool restarted_ = false;
};

}  // namespace viaduct::graph
