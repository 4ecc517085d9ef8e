// DTMF in the bodies of INFO: application/dtmf-relay ("Signal=5\r\nDuration=160\r\n") and
// application/dtmf ("5"), which no RFC describes.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace viaduct::dialog {

struct InfoDigit {
  char digit = '0';  // 0-9 * # A-D
  std::chrono::milliseconds duration{160};
};

inline constexpr std::string_view kDtmfRelay = "dtmf-relay";  // subtypes of application
inline constexpr std::string_view kDtmf = "dtmf";

// Reads both forms. Nothing for other signals (hook flash) and for what is neither.
std::optional<InfoDigit> parse_info_digit(std::string_view body);
std::string print_dtmf_relay(const InfoDigit& digit);
// Upper case where it is one of ours.
std::optional<char> dtmf_digit(char c);

}  // namespace viaduct::dialog
