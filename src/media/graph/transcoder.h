// Transcoder: packets of one codec in, packets of another out, driven by arrival alone.
//
//   push ─► slots (put in order) ─► decode / conceal / silence ─► samples ─► FrameEncoder ─► pop
//
// The output's timestamps follow the input's, silence included, so that nothing drifts; the far
// end's jitter buffer does what jitter buffers do. Both sides work at the narrower one's sample
// rate.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/time.h"
#include "media/audio/resampler.h"
#include "media/codec/codec.h"
#include "media/graph/frame_encoder.h"
#include "signalling/negotiation/types.h"

namespace viaduct::graph {

struct TranscoderOptions {
  // How many packets behind a missing one may come before it is given up. 3 of 20 ms: what
  // reorders on real paths is caught, and a loss delays those behind it by no more than 40 ms.
  size_t reorder_packets = 3;
  // Up to here the wait grows where packets turn out to come later than that; it shrinks again by
  // one in ten seconds without such a need.
  size_t max_reorder_packets = 12;
  // Longer holes become silence: guessed speech of more than this is noise.
  base::Duration max_concealment = std::chrono::milliseconds(120);
  codec::OpusOptions opus;
};

struct TranscoderCounters {
  uint64_t late = 0;       // came after its place had been filled
  uint64_t lost = 0;       // never came
  uint64_t malformed = 0;  // not a payload of the codec
};

class Transcoder {
 public:
  // Nothing when one of the codecs is none of ours.
  static std::unique_ptr<Transcoder> create(const negotiation::Codec& from,
                                            const negotiation::Format& to,
                                            std::chrono::milliseconds ptime,
                                            const TranscoderOptions& options);

  // A packet that is neither a duplicate nor of another source. An empty payload stands for a
  // packet without audio (a telephone-event) that only has a sequence number. pop() until empty
  // after it.
  void push(uint16_t sequence, base::RtpTime timestamp, std::span<const uint8_t> payload,
            base::TimePoint now);
  // The next packet made; its payload is at the front of `out`, which should hold kMaxPayload
  // bytes.
  std::optional<EncodedFrame> pop(std::span<uint8_t> out, base::TimePoint now);

  // The source began anew: what waits is dropped, numbering is taken from its next packet.
  void restart();
  void expect_loss(int percent) { encoder_.expect_loss(percent); }
  const TranscoderCounters& counters() const { return counters_; }

 private:
  static constexpr size_t kSlotBytes = 1500;
  struct Slot {
    bool used = false;
    bool gap_filled = false;
    uint16_t sequence = 0;
    base::RtpTime timestamp;
    base::TimePoint arrived{};
    size_t size = 0;
    std::array<uint8_t, kSlotBytes> bytes;
    std::span<const uint8_t> payload() const { return std::span(bytes).first(size); }
  };

  Transcoder(const negotiation::Codec& from, uint32_t decode_rate,
             std::unique_ptr<codec::Decoder> decoder, FrameEncoder encoder,
             const TranscoderOptions& options);
  void came_late(uint16_t sequence);
  void stay_calm();
  Slot* ready(base::TimePoint now);
  void fill_gap(Slot& slot);
  void follow_timestamp(const Slot& slot, int32_t ticks, size_t lost);
  void take_silence();
  void decode(Slot& slot);
  void append(std::span<const int16_t> decoded);
  uint64_t samples_of(uint32_t ticks) const;

  const TranscoderOptions options_;
  const uint32_t clock_rate_;  // of the input
  const uint32_t decode_rate_;
  std::unique_ptr<codec::Decoder> decoder_;
  std::optional<audio::Resampler> resampler_;
  FrameEncoder encoder_;

  // Those that wait and the one that comes: more only once the wait has grown, for a few kilobytes
  // count in every call.
  std::vector<Slot> slots_;
  size_t window_;        // what reorder_packets has become
  size_t calm_ = 0;      // packets since one came late
  uint16_t newest_ = 0;  // highest sequence number seen
  size_t waiting_ = 0;
  bool started_ = false;        // next_ is known
  bool audio_started_ = false;  // expected_ is known
  uint16_t next_ = 0;           // sequence number to be taken next
  base::RtpTime expected_;      // its timestamp, if it has audio and there is no silence
  size_t pending_lost_ = 0;     // packets lost before one without audio
  size_t last_samples_ = 0;     // of the last packet, at decode_rate_
  uint64_t silence_ = 0;        // at the encoder's rate, to be taken before the first slot's audio
  std::vector<int16_t> decoded_;  // scratch for one packet
  std::vector<int16_t> samples_;  // at the encoder's rate, less than a frame between calls
  size_t taken_ = 0;              // samples_ already encoded
  TranscoderCounters counters_;
};

}  // namespace viaduct::graph
