#include "media/codec/l16.h"

#include "media/codec/concealer.h"

namespace viaduct::codec {

namespace {

using base::Errc;
using base::Error;

class L16Decoder final : public Decoder {
 public:
  explicit L16Decoder(uint32_t rate) : concealer_(rate) {}

  size_t samples_in(std::span<const uint8_t> payload) const override {
    return payload.size() % 2 == 0 ? payload.size() / 2 : 0;
  }

  base::Result<size_t> decode(std::span<const uint8_t> payload, std::span<int16_t> out) override {
    const size_t samples = samples_in(payload);
    if (samples == 0) return Error{Errc::malformed, "L16 payload empty or odd"};
    if (samples > out.size()) return Error{Errc::exhausted, "L16 too long"};
    for (size_t i = 0; i < samples; ++i)
      out[i] = static_cast<int16_t>(payload[2 * i] << 8 | payload[2 * i + 1]);
    concealer_.heard(out.first(samples));
    return samples;
  }

  void conceal(std::span<int16_t> out, std::span<const uint8_t>) override {
    concealer_.conceal(out);
  }

 private:
  Concealer concealer_;
};

class L16Encoder final : public Encoder {
 public:
  bool accepts(size_t samples) const override { return samples > 0; }

  base::Result<size_t> encode(std::span<const int16_t> samples, std::span<uint8_t> out) override {
    if (samples.empty()) return Error{Errc::malformed, "empty frame"};
    if (samples.size() * 2 > out.size()) return Error{Errc::exhausted, "no room"};
    for (size_t i = 0; i < samples.size(); ++i) {
      out[2 * i] = static_cast<uint8_t>(static_cast<uint16_t>(samples[i]) >> 8);
      out[2 * i + 1] = static_cast<uint8_t>(samples[i]);
    }
    return samples.size() * 2;
  }
};

}  // namespace

std::unique_ptr<Decoder> make_l16_decoder(uint32_t rate) {
  return std::make_unique<L16Decoder>(rate);
}
std::unique_ptr<Encoder> make_l16_encoder() { return std::make_unique<L16Encoder>(); }

}  // namespace viaduct::codec
