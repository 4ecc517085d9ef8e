// Status codes and their phrases (RFC 3261 §21 and the IANA registry).
#pragma once

#include <cstdint>
#include <string_view>

namespace viaduct::sip {

// Never empty: codes without a phrase of their own take that of their class.
std::string_view reason_phrase(uint16_t status);

constexpr bool is_provisional(uint16_t status) { return status >= 100 && status < 200; }
constexpr bool is_success(uint16_t status) { return status >= 200 && status < 300; }
constexpr bool is_redirect(uint16_t status) { return status >= 300 && status < 400; }
constexpr bool is_final(uint16_t status) { return status >= 200; }

}  // namespace viaduct::sip
