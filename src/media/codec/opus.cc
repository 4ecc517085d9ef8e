#include "media/codec/opus.h"

#include <opus/opus.h>

#include <algorithm>

#include "base/ascii.h"

namespace viaduct::codec {

namespace {

using base::Errc;
using base::Error;

struct Free {
  void operator()(OpusDecoder* state) const { opus_decoder_destroy(state); }
  void operator()(OpusEncoder* state) const { opus_encoder_destroy(state); }
};

class OpusDecoding final : public Decoder {
 public:
  explicit OpusDecoding(uint32_t rate) : rate_(static_cast<opus_int32>(rate)) {
    int error = OPUS_OK;
    state_.reset(opus_decoder_create(rate_, 1, &error));
  }
  bool ok() const { return state_ != nullptr; }

  size_t samples_in(std::span<const uint8_t> payload) const override {
    if (payload.empty()) return 0;
    const int samples =
        opus_packet_get_nb_samples(payload.data(), static_cast<opus_int32>(payload.size()), rate_);
    return samples > 0 ? static_cast<size_t>(samples) : 0;
  }

  base::Result<size_t> decode(std::span<const uint8_t> payload, std::span<int16_t> out) override {
    const size_t samples = samples_in(payload);
    if (samples == 0) return Error{Errc::malformed, "not an Opus packet"};
    if (samples > out.size()) return Error{Errc::exhausted, "Opus packet too long"};
    const int written =
        opus_decode(state_.get(), payload.data(), static_cast<opus_int32>(payload.size()),
                    out.data(), static_cast<int>(out.size()), 0);
    if (written < 0) return Error{Errc::malformed, "not an Opus packet"};
    return static_cast<size_t>(written);
  }

  void conceal(std::span<int16_t> out, std::span<const uint8_t> next) override {
    // The redundancy of `next` stands for the frame just before it: the end of the gap.
    const size_t frame = next.empty() ? 0 : samples_per_frame(next);
    const size_t redundant = frame > 0 && frame <= out.size() ? frame : 0;
    guess(out.first(out.size() - redundant));
    if (redundant == 0) return;
    const auto tail = out.last(redundant);
    const int written = opus_decode(state_.get(), next.data(), static_cast<opus_int32>(next.size()),
                                    tail.data(), static_cast<int>(tail.size()), 1);
    if (written < 0) std::fill(tail.begin(), tail.end(), int16_t{0});
  }

 private:
  size_t samples_per_frame(std::span<const uint8_t> payload) const {
    return samples_in(payload) == 0
               ? 0
               : static_cast<size_t>(opus_packet_get_samples_per_frame(payload.data(), rate_));
  }

  // libopus conceals multiples of 2.5 ms, at most 120 ms at once.
  void guess(std::span<int16_t> out) {
    const size_t unit = static_cast<size_t>(rate_) / 400, most = unit * 48;
    while (!out.empty()) {
      const size_t want = std::min(out.size(), most) / unit * unit;
      const int written =
          want == 0 ? 0
                    : opus_decode(state_.get(), nullptr, 0, out.data(), static_cast<int>(want), 0);
      if (written <= 0) break;
      out = out.subspan(static_cast<size_t>(written));
    }
    std::fill(out.begin(), out.end(), int16_t{0});
  }

  const opus_int32 rate_;
  std::unique_ptr<OpusDecoder, Free> state_;
};

int default_complexity(uint32_t rate) { return rate <= 8000 ? 1 : 5; }
int default_bitrate(uint32_t rate) { return rate <= 8000 ? 20000 : rate <= 16000 ? 28000 : 40000; }

class OpusEncoding final : public Encoder {
 public:
  OpusEncoding(uint32_t rate, const OpusOptions& options) : rate_(rate), dtx_(options.dtx) {
    int error = OPUS_OK;
    state_.reset(
        opus_encoder_create(static_cast<opus_int32>(rate), 1, OPUS_APPLICATION_VOIP, &error));
    if (!state_) return;
    const int wished = options.bitrate > 0 ? options.bitrate : default_bitrate(rate);
    opus_encoder_ctl(state_.get(), OPUS_SET_BITRATE(std::min(wished, options.max_bitrate)));
    const int complexity =
        options.complexity == OpusOptions::kByRate ? default_complexity(rate) : options.complexity;
    opus_encoder_ctl(state_.get(), OPUS_SET_COMPLEXITY(std::clamp(complexity, 0, 10)));
    opus_encoder_ctl(state_.get(), OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
    opus_encoder_ctl(state_.get(), OPUS_SET_INBAND_FEC(options.fec ? 1 : 0));
    opus_encoder_ctl(state_.get(), OPUS_SET_DTX(options.dtx ? 1 : 0));
  }
  bool ok() const { return state_ != nullptr; }

  bool accepts(size_t samples) const override {
    const size_t unit = rate_ / 400;  // 2.5 ms
    for (const size_t units : {1u, 2u, 4u, 8u, 16u, 24u})
      if (samples == unit * units) return true;
    return false;
  }

  base::Result<size_t> encode(std::span<const int16_t> samples, std::span<uint8_t> out) override {
    if (!accepts(samples.size())) return Error{Errc::malformed, "not a frame of Opus"};
    const int written = opus_encode(state_.get(), samples.data(), static_cast<int>(samples.size()),
                                    out.data(), static_cast<opus_int32>(out.size()));
    if (written < 0) return Error{Errc::exhausted, "no room"};
    // libopus says so that the frame need not be sent.
    if (dtx_ && written <= 2) return size_t{0};
    return static_cast<size_t>(written);
  }

  void expect_loss(int percent) override {
    opus_encoder_ctl(state_.get(), OPUS_SET_PACKET_LOSS_PERC(std::clamp(percent, 0, 100)));
  }

 private:
  const uint32_t rate_;
  const bool dtx_;
  std::unique_ptr<OpusEncoder, Free> state_;
};

}  // namespace

OpusOptions with_fmtp(OpusOptions options, std::string_view fmtp) {
  while (!fmtp.empty()) {
    std::string_view value = base::take_until(fmtp, ';');
    const std::string_view name = base::trim(base::take_until(value, '='));
    const auto number = base::parse_number<int>(base::trim(value));
    if (!number) continue;
    // RFC 7587 §6.1: 6 to 510 kbit/s.
    if (base::iequals(name, "maxaveragebitrate") && *number >= 6000 && *number <= 510000)
      options.max_bitrate = std::min(options.max_bitrate, *number);
    else if (base::iequals(name, "useinbandfec")) options.fec = options.fec && *number == 1;
    else if (base::iequals(name, "usedtx") && *number == 0) options.dtx = false;
  }
  return options;
}

base::Result<std::unique_ptr<Decoder>> make_opus_decoder(uint32_t rate) {
  auto decoder = std::make_unique<OpusDecoding>(rate);
  if (!decoder->ok()) return Error{Errc::exhausted, "no Opus decoder"};
  return std::unique_ptr<Decoder>(std::move(decoder));
}

base::Result<std::unique_ptr<Encoder>> make_opus_encoder(uint32_t rate,
                                                         const OpusOptions& options) {
  auto encoder = std::make_unique<OpusEncoding>(rate, options);
  if (!encoder->ok()) return Error{Errc::exhausted, "no Opus encoder"};
  return std::unique_ptr<Encoder>(std::move(encoder));
}

}  // namespace viaduct::codec
