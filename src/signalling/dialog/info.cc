#include "signalling/dialog/info.h"

#include <algorithm>

#include "base/ascii.h"

namespace viaduct::dialog {
namespace {

constexpr std::chrono::milliseconds kShortest{40};   // what detectors need (ITU-T Q.24)
constexpr std::chrono::milliseconds kLongest{5000};  // a finger on a key

// Some phones name * and # by their event numbers (RFC 4733 §3.2).
std::optional<char> read_signal(std::string_view text) {
  if (text.size() == 1) return dtmf_digit(text.front());
  const auto number = base::parse_number<uint8_t>(text);
  if (!number || *number > 15) return std::nullopt;
  return std::string_view("0123456789*#ABCD")[*number];
}

}  // namespace

std::optional<char> dtmf_digit(char c) {
  if (c >= 'a' && c <= 'd') c = static_cast<char>(c - 32);
  const bool known = base::is_digit(c) || c == '*' || c == '#' || (c >= 'A' && c <= 'D');
  return known ? std::optional(c) : std::nullopt;
}

std::optional<InfoDigit> parse_info_digit(std::string_view body) {
  InfoDigit out;
  std::optional<char> digit;
  while (!body.empty()) {
    std::string_view line = base::take_until(body, '\n');
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    line = base::trim(line);
    if (line.empty()) continue;
    const bool bare = line.find('=') == std::string_view::npos;
    const std::string_view name = bare ? "signal" : base::trim(base::take_until(line, '='));
    line = base::trim(line);
    if (base::iequals(name, "signal")) digit = read_signal(line);
    if (const auto ms = base::parse_number<uint32_t>(line); ms && base::iequals(name, "duration"))
      out.duration = std::clamp(std::chrono::milliseconds(*ms), kShortest, kLongest);
  }
  if (!digit) return std::nullopt;
  out.digit = *digit;
  return out;
}

std::string print_dtmf_relay(const InfoDigit& digit) {
  return std::string("Signal=") + digit.digit +
         "\r\nDuration=" + std::to_string(digit.duration.count()) + "\r\n";
}

}  // namespace viaduct::dialog
