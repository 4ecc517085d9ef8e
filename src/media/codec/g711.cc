#include "media/codec/g711.h"

#include <algorithm>
#include <array>
#include <bit>

#include "media/codec/concealer.h"

namespace viaduct::codec {

namespace {

constexpr int kUlawBias = 0x84;

constexpr int16_t expand_ulaw(uint8_t code) {
  const unsigned inverted = static_cast<uint8_t>(~code);
  const int segment = (inverted >> 4) & 7;
  const int magnitude =
      ((static_cast<int>(inverted & 15) << 3) + kUlawBias) * (1 << segment) - kUlawBias;
  return static_cast<int16_t>(inverted & 0x80 ? -magnitude : magnitude);
}

constexpr int16_t expand_alaw(uint8_t code) {
  const unsigned plain = code ^ 0x55u;
  const int segment = (plain >> 4) & 7;
  const int step = static_cast<int>(plain & 15) << 4;
  const int magnitude = segment == 0 ? step + 8 : (step + 0x108) << (segment - 1);
  return static_cast<int16_t>(plain & 0x80 ? magnitude : -magnitude);
}

template <int16_t (*expand)(uint8_t)>
constexpr std::array<int16_t, 256> make_table() {
  std::array<int16_t, 256> table{};
  for (size_t i = 0; i < table.size(); ++i) table[i] = expand(static_cast<uint8_t>(i));
  return table;
}
constexpr auto kUlaw = make_table<expand_ulaw>();
constexpr auto kAlaw = make_table<expand_alaw>();

class G711Decoder final : public Decoder {
 public:
  explicit G711Decoder(Kind kind) : table_(kind == Kind::pcmu ? kUlaw : kAlaw), concealer_(8000) {}

  size_t samples_in(std::span<const uint8_t> payload) const override { return payload.size(); }

  base::Result<size_t> decode(std::span<const uint8_t> payload, std::span<int16_t> out) override {
    if (payload.empty()) return base::Error{base::Errc::malformed, "empty G.711 payload"};
    if (payload.size() > out.size()) return base::Error{base::Errc::exhausted, "G.711 too long"};
    for (size_t i = 0; i < payload.size(); ++i) out[i] = table_[payload[i]];
    concealer_.heard(out.first(payload.size()));
    return payload.size();
  }

  void conceal(std::span<int16_t> out, std::span<const uint8_t>) override {
    concealer_.conceal(out);
  }

 private:
  const std::array<int16_t, 256>& table_;
  Concealer concealer_;
};

class G711Encoder final : public Encoder {
 public:
  explicit G711Encoder(Kind kind) : ulaw_(kind == Kind::pcmu) {}

  bool accepts(size_t samples) const override { return samples > 0; }

  base::Result<size_t> encode(std::span<const int16_t> samples, std::span<uint8_t> out) override {
    if (samples.empty()) return base::Error{base::Errc::malformed, "empty frame"};
    if (samples.size() > out.size()) return base::Error{base::Errc::exhausted, "no room"};
    if (ulaw_) std::transform(samples.begin(), samples.end(), out.begin(), ulaw_from_linear);
    else std::transform(samples.begin(), samples.end(), out.begin(), alaw_from_linear);
    return samples.size();
  }

 private:
  const bool ulaw_;
};

}  // namespace

uint8_t ulaw_from_linear(int16_t sample) {
  const unsigned sign = sample < 0 ? 0x80 : 0;
  const int magnitude = std::min(sample < 0 ? -sample : int{sample}, 32635) + kUlawBias;
  const int segment = std::bit_width(static_cast<unsigned>(magnitude)) - 8;
  const unsigned code = static_cast<unsigned>(segment) << 4 |
                        (static_cast<unsigned>(magnitude) >> (segment + 3) & 15);
  return static_cast<uint8_t>(~(sign | code));
}

uint8_t alaw_from_linear(int16_t sample) {
  const unsigned mask = sample >= 0 ? 0xd5 : 0x55;
  const auto magnitude = static_cast<unsigned>(sample >= 0 ? sample : -sample - 1);
  if (magnitude < 256) return static_cast<uint8_t>(magnitude >> 4 ^ mask);
  const int segment = std::bit_width(magnitude) - 8;
  return static_cast<uint8_t>(
      (static_cast<unsigned>(segment) << 4 | (magnitude >> (segment + 3) & 15)) ^ mask);
}

int16_t linear_from_ulaw(uint8_t code) { return kUlaw[code]; }
int16_t linear_from_alaw(uint8_t code) { return kAlaw[code]; }

std::unique_ptr<Decoder> make_g711_decoder(Kind kind) {
  return std::make_unique<G711Decoder>(kind);
}
std::unique_ptr<Encoder> make_g711_encoder(Kind kind) {
  return std::make_unique<G711Encoder>(kind);
}

}  // namespace viaduct::codec
