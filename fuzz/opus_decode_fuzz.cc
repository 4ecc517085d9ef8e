// Every decoder gets packets, holes and both: it must say beforehand how much it gives, and give
// that. What the far side says about Opus in its fmtp is read too.
//
//   1 byte: codec and rate · then packets: 1 byte length, 1 byte what to do, the payload
#include <array>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/encoding.h"
#include "media/codec/codec.h"

namespace {

using namespace viaduct;

struct Choice {
  codec::Kind kind;
  uint32_t rate;
};
constexpr Choice kChoices[] = {{codec::Kind::opus, 8000},  {codec::Kind::opus, 16000},
                               {codec::Kind::opus, 48000}, {codec::Kind::pcmu, 8000},
                               {codec::Kind::pcma, 8000},  {codec::Kind::g722, 8000},
                               {codec::Kind::g722, 16000}, {codec::Kind::l16, 44100}};

void decode_one(codec::Decoder& decoder, std::span<const uint8_t> payload,
                std::span<int16_t> samples) {
  const size_t announced = decoder.samples_in(payload);
  const auto count = decoder.decode(payload, samples);
  if (count) VIADUCT_CHECK(*count == announced && *count <= samples.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const Choice choice = kChoices[data[0] % std::size(kChoices)];
  const auto decoder = codec::make_decoder(choice.kind, choice.rate).value();
  base::ByteReader in({data + 1, size - 1});
  std::array<int16_t, codec::kMaxFrameSamples> samples;
  while (in.remaining() >= 2) {
    const size_t length = in.u8();
    const uint8_t action = in.u8();
    const auto payload = in.bytes(std::min(length, in.remaining()));
    if (action & 1) {
      const size_t hole = choice.rate / 400 * (action >> 3) + (action >> 1 & 3);
      decoder->conceal(std::span(samples).first(std::min(hole, samples.size())),
                       action & 2 ? payload : std::span<const uint8_t>{});
    }
    decode_one(*decoder, payload, samples);
  }
  const auto options = codec::with_fmtp({}, base::as_text({data, size}));
  VIADUCT_CHECK(options.max_bitrate >= 6000 && options.max_bitrate <= 510000);
  return 0;
}
