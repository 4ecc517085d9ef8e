// Hexadecimal and base64 (RFC 4648 §4, §8).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace viaduct::base {

// Lower-case digits, two for each byte.
std::string hex_encode(std::span<const uint8_t> bytes);
// Either case; errors: malformed.
Result<std::vector<uint8_t>> hex_decode(std::string_view text);

std::string base64_encode(std::span<const uint8_t> bytes);
// Padding required, no white space; errors: malformed.
Result<std::vector<uint8_t>> base64_decode(std::string_view text);

inline std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace viaduct::base
