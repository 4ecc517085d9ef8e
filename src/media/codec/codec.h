// Audio codecs behind two small interfaces. Samples are mono 16-bit PCM at the rate the codec was
// made for, which is not always the RTP clock's: Opus decodes and encodes at 8, 12, 16, 24 or 48
// kHz, so a call toward G.711 is never resampled.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"

namespace viaduct::codec {

enum class Kind : uint8_t { opus, pcmu, pcma, g722, l16 };

// The longest packet any codec here decodes: 120 ms (RFC 6716 §3.2) at 48 kHz.
inline constexpr size_t kMaxFrameSamples = 5760;

// Whether make_decoder() and make_encoder() accept the pair. G.722 gives 8 kHz too (its lower
// band); L16 stands for itself at any RTP clock from 8 to 48 kHz.
bool supports(Kind kind, uint32_t rate);
// The rate that loses nothing; `clock_rate` is RTP's and only matters to L16.
uint32_t natural_rate(Kind kind, uint32_t clock_rate);

class Decoder {
 public:
  virtual ~Decoder() = default;

  // Samples that decode(payload) would give, without decoding; 0 when malformed.
  virtual size_t samples_in(std::span<const uint8_t> payload) const = 0;
  // Number of samples written to `out`. Errors: malformed; exhausted when `out` is too small (room
  // for kMaxFrameSamples is always enough except for absurdly long G.711 packets).
  virtual base::Result<size_t> decode(std::span<const uint8_t> payload, std::span<int16_t> out) = 0;
  // Fills all of `out` with a guess at audio that never came. `next` is the packet that follows the
  // gap, if it is here: Opus finds a coarse copy of the lost frame in it (RFC 6716 §2.1.7).
  virtual void conceal(std::span<int16_t> out, std::span<const uint8_t> next) = 0;
};

class Encoder {
 public:
  virtual ~Encoder() = default;

  // Whether a frame of so many samples can be encoded: Opus knows 2.5, 5, 10, 20, 40 and 60 ms
  // only.
  virtual bool accepts(size_t samples) const = 0;
  // Number of bytes written to `out`; 0: silence that need not be sent (Opus with DTX). Errors:
  // malformed (a frame not accepted), exhausted (`out` small).
  virtual base::Result<size_t> encode(std::span<const int16_t> samples, std::span<uint8_t> out) = 0;
  // What the far side reports to lose, in per cent: Opus then spends bits on redundancy.
  virtual void expect_loss(int /*percent*/) {}
};

// How Opus encodes. The far side may narrow it by its fmtp (RFC 7587 §6.1).
struct OpusOptions {
  // 0-10; kByRate: 1 at 8 kHz, where more costs up to five times as much and hardly brings speech
  // nearer to what was said, 5 above (docs/decisions/0021).
  static constexpr int kByRate = -1;
  int complexity = kByRate;
  // bit/s; 0: by rate, 20k at 8 kHz, 28k at 16 kHz, 40k at 48 kHz: transparent for one voice.
  int bitrate = 0;
  // In-band redundancy for lost packets; costs nothing until loss is reported by expect_loss().
  bool fec = true;
  // Silence suppression; off, because many peers take the missing packets for a dead call.
  bool dtx = false;
  // bit/s that must not be exceeded on average.
  int max_bitrate = 128000;
};

// Reads the far side's format parameters ("maxaveragebitrate=20000;useinbandfec=1") over `options`;
// what is malformed or out of range is left as it was.
OpusOptions with_fmtp(OpusOptions options, std::string_view fmtp);

// Errors: unsupported (see supports()), exhausted (the codec library gave no memory).
base::Result<std::unique_ptr<Decoder>> make_decoder(Kind kind, uint32_t rate);
base::Result<std::unique_ptr<Encoder>> make_encoder(Kind kind, uint32_t rate,
                                                    const OpusOptions& opus = {});

}  // namespace viaduct::codec
