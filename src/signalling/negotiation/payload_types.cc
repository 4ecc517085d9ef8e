#include "signalling/negotiation/payload_types.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "base/check.h"
#include "signalling/sdp/attributes.h"

namespace viaduct::negotiation {
namespace {

constexpr uint8_t kFirstDynamic = 96;
// RFC 3551 table 4 leaves 35-71 unassigned; browsers take 35-63 once 96-127 are used up. 64-95 stay
// free because RTCP packet types share the port with them (RFC 5761 §4).
constexpr uint8_t kFirstSpare = 35;
constexpr uint8_t kLastSpare = 63;

std::optional<Codec> static_codec(uint8_t payload_type) {
  switch (payload_type) {
    case 0: return kPcmu;
    case 8: return kPcma;
    case 9: return kG722;
    default: return std::nullopt;
  }
}

std::optional<Codec> linear(const sdp::RtpMap& map) {
  const uint8_t channels = map.channels.value_or(1);
  const bool usable = map.clock_rate == 8000 || map.clock_rate == 16000 || map.clock_rate == 48000;
  if (!usable || channels > 2) return std::nullopt;
  return Codec{Encoding::l16, map.clock_rate, channels};
}

std::optional<Codec> telephone_event(const sdp::RtpMap& map) {
  constexpr std::array<uint32_t, 5> kClocks = {8000, 16000, 32000, 44100, 48000};
  if (std::ranges::find(kClocks, map.clock_rate) == kClocks.end()) return std::nullopt;
  return Codec{Encoding::telephone_event, map.clock_rate, 1};
}

uint8_t preferred(const Codec& codec) {
  switch (codec.encoding) {
    case Encoding::pcmu: return 0;
    case Encoding::pcma: return 8;
    case Encoding::g722: return 9;
    case Encoding::opus: return 111;
    case Encoding::telephone_event:
      if (codec.clock_rate == 48000) return 110;
      return codec.clock_rate == 8000 ? 101 : 102;
    default: return kFirstDynamic;
  }
}

}  // namespace

std::optional<Codec> codec_of(const sdp::Media& media, uint8_t payload_type) {
  const auto map = sdp::rtpmap_of(media, payload_type);
  if (!map) return static_codec(payload_type);
  const uint8_t channels = map->channels.value_or(1);
  const auto named = [&](Encoding encoding) {
    return base::iequals(map->name, encoding_name(encoding));
  };
  // RFC 7587 §7 demands "opus/48000/2" whatever is sent; some peers leave the 2 out or write 1.
  if (named(Encoding::opus))
    return map->clock_rate == 48000 && channels <= 2 ? std::optional(kOpus) : std::nullopt;
  if (named(Encoding::l16)) return linear(*map);
  if (named(Encoding::telephone_event)) return telephone_event(*map);
  if (channels != 1) return std::nullopt;
  // RFC 3551 §4.5.2 keeps G.722's clock at 8000 for history's sake; some peers write the true one.
  if (named(Encoding::g722) && (map->clock_rate == 8000 || map->clock_rate == 16000)) return kG722;
  if (map->clock_rate != 8000) return std::nullopt;
  if (named(Encoding::pcmu)) return kPcmu;
  if (named(Encoding::pcma)) return kPcma;
  return std::nullopt;
}

std::string fmtp_for(const Codec& codec, bool webrtc) {
  if (codec.encoding == Encoding::opus) return "useinbandfec=1;minptime=10";
  // The default of RFC 4733 §2.4.1, which phones want to see and older browsers stumble over.
  if (codec.encoding == Encoding::telephone_event && !webrtc) return "0-15";
  return {};
}

bool PayloadTypes::is_mapped(uint8_t number) const {
  return std::ranges::any_of(numbers_, [&](const auto& entry) { return entry.second == number; });
}

uint8_t PayloadTypes::of(const Codec& codec) {
  for (const auto& [known, number] : numbers_)
    if (known == codec) return number;
  const uint8_t number = choose(codec);
  numbers_.emplace_back(codec, number);
  return number;
}

uint8_t PayloadTypes::choose(const Codec& codec) const {
  const auto is_free = [&](uint8_t number) { return !foreign_[number] && !is_mapped(number); };
  if (const uint8_t wish = preferred(codec); is_free(wish)) return wish;
  // 101, 110 and 111 come last, so that those they are meant for find them free.
  const auto reserved = [](uint8_t n) { return n == 101 || n == 110 || n == 111; };
  for (uint8_t n = kFirstDynamic; n < kPayloadTypes; ++n)
    if (is_free(n) && !reserved(n)) return n;
  for (uint8_t n = kFirstSpare; n <= kLastSpare; ++n)
    if (is_free(n)) return n;
  // The peer has named them all. What it does not share with us in use is the best that is left.
  for (uint8_t n = kFirstDynamic; n < kPayloadTypes; ++n)
    if (!is_mapped(n)) return n;
  VIADUCT_CHECK(!"more codecs than payload types");
  return 0;
}

void PayloadTypes::learn(std::span<const Format> offered, const std::bitset<kPayloadTypes>& named) {
  avoid(named);
  for (const Format& format : offered) {
    std::erase_if(numbers_, [&](const auto& entry) {
      return entry.first == format.codec || entry.second == format.payload_type;
    });
    numbers_.emplace_back(format.codec, format.payload_type);
  }
}

}  // namespace viaduct::negotiation
