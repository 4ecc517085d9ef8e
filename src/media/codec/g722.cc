#include "media/codec/g722.h"

// clang-format off
#include <spandsp/telephony.h>
#include <spandsp/g722.h>
// clang-format on

#include "media/codec/concealer.h"

namespace viaduct::codec {

namespace {

using base::Errc;
using base::Error;

constexpr int kBitRate = 64000;

int options_for(uint32_t rate) { return rate == 8000 ? G722_SAMPLE_RATE_8000 : 0; }

struct FreeDecoder {
  void operator()(g722_decode_state_t* state) const { g722_decode_free(state); }
};
struct FreeEncoder {
  void operator()(g722_encode_state_t* state) const { g722_encode_free(state); }
};

class G722Decoder final : public Decoder {
 public:
  explicit G722Decoder(uint32_t rate)
      : per_byte_(rate / 8000),
        concealer_(rate),
        state_(g722_decode_init(nullptr, kBitRate, options_for(rate))) {}

  bool ok() const { return state_ != nullptr; }

  size_t samples_in(std::span<const uint8_t> payload) const override {
    return payload.size() * per_byte_;
  }

  base::Result<size_t> decode(std::span<const uint8_t> payload, std::span<int16_t> out) override {
    if (payload.empty()) return Error{Errc::malformed, "empty G.722 payload"};
    if (samples_in(payload) > out.size()) return Error{Errc::exhausted, "G.722 too long"};
    const int written =
        g722_decode(state_.get(), out.data(), payload.data(), static_cast<int>(payload.size()));
    const auto samples = static_cast<size_t>(written);
    concealer_.heard(out.first(samples));
    return samples;
  }

  void conceal(std::span<int16_t> out, std::span<const uint8_t>) override {
    concealer_.conceal(out);
  }

 private:
  const size_t per_byte_;
  Concealer concealer_;
  std::unique_ptr<g722_decode_state_t, FreeDecoder> state_;
};

class G722Encoder final : public Encoder {
 public:
  explicit G722Encoder(uint32_t rate)
      : per_byte_(rate / 8000), state_(g722_encode_init(nullptr, kBitRate, options_for(rate))) {}

  bool ok() const { return state_ != nullptr; }

  bool accepts(size_t samples) const override { return samples > 0 && samples % per_byte_ == 0; }

  base::Result<size_t> encode(std::span<const int16_t> samples, std::span<uint8_t> out) override {
    if (!accepts(samples.size())) return Error{Errc::malformed, "odd G.722 frame"};
    if (samples.size() / per_byte_ > out.size()) return Error{Errc::exhausted, "no room"};
    const int written =
        g722_encode(state_.get(), out.data(), samples.data(), static_cast<int>(samples.size()));
    return static_cast<size_t>(written);
  }

 private:
  const size_t per_byte_;
  std::unique_ptr<g722_encode_state_t, FreeEncoder> state_;
};

}  // namespace

base::Result<std::unique_ptr<Decoder>> make_g722_decoder(uint32_t rate) {
  auto decoder = std::make_unique<G722Decoder>(rate);
  if (!decoder->ok()) return Error{Errc::exhausted, "no G.722 decoder"};
  return std::unique_ptr<Decoder>(std::move(decoder));
}

base::Result<std::unique_ptr<Encoder>> make_g722_encoder(uint32_t rate) {
  auto encoder = std::make_unique<G722Encoder>(rate);
  if (!encoder->ok()) return Error{Errc::exhausted, "no G.722 encoder"};
  return std::unique_ptr<Encoder>(std::move(encoder));
}

}  // namespace viaduct::codec
