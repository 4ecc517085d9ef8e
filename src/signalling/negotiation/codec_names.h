// Codecs in words, for those who want to know why two parties had none in common.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "signalling/negotiation/types.h"

namespace viaduct::negotiation {

// base::Error::what of the one failure that these lists explain.
inline constexpr const char* kNoCommonCodec = "no common codec";

// "opus, PCMU"; "none".
std::string codec_names(std::span<const Codec> codecs);
// Of a description's first audio section, as it names them, also those nobody here knows: "GSM,
// G729". Bounded, and only ASCII of names.
std::string codec_names_of(std::string_view sdp);

}  // namespace viaduct::negotiation
