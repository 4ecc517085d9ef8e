#include "signalling/negotiation/codec_names.h"

#include <algorithm>

#include "base/ascii.h"
#include "signalling/sdp/attributes.h"
#include "signalling/sdp/description.h"

namespace viaduct::negotiation {
namespace {

// What a browser offers fits; what somebody makes up need not be told in full.
constexpr size_t kMostNames = 16;
constexpr size_t kLongestName = 24;

// RFC 3551 table 4, what is still met without an rtpmap.
std::string_view static_name(uint8_t payload_type) {
  switch (payload_type) {
    case 0: return "PCMU";
    case 3: return "GSM";
    case 4: return "G723";
    case 8: return "PCMA";
    case 9: return "G722";
    case 13: return "CN";
    case 15: return "G728";
    case 18: return "G729";
    default: return {};
  }
}

void append(std::string& list, std::string_view name) {
  if (!list.empty()) list += ", ";
  list += name;
}

bool is_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7f && c != '"'; });
}

}  // namespace

std::string codec_names(std::span<const Codec> codecs) {
  std::string out;
  for (const Codec& codec : codecs) append(out, encoding_name(codec.encoding));
  return out.empty() ? "none" : out;
}

std::string codec_names_of(std::string_view sdp) {
  const auto description = sdp::parse(sdp);
  if (!description) return "none";
  const auto media = std::ranges::find(description->media, "audio", &sdp::Media::kind);
  if (media == description->media.end()) return "none";
  std::string out;
  size_t names = 0;
  for (const std::string& format : media->formats) {
    const auto number = base::parse_number<uint8_t>(format);
    if (!number || ++names > kMostNames) break;
    const auto map = sdp::rtpmap_of(*media, *number);
    const std::string_view name = map ? map->name : static_name(*number);
    append(out, is_name(name) ? name : "payload type " + format);
  }
  return out.empty() ? "none" : out;
}

}  // namespace viaduct::negotiation
