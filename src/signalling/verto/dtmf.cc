#include "signalling/verto/dtmf.h"

#include "base/ascii.h"

namespace viaduct::verto {

std::string read_digits(std::string_view text, size_t max) {
  std::string digits;
  while (!text.empty() && digits.size() < max) {
    std::string_view group = base::take_until(text, '+');
    for (char c : base::take_until(group, '@')) {
      if (c >= 'a' && c <= 'd') c = static_cast<char>(c - 'a' + 'A');
      const bool digit = base::is_digit(c) || c == '*' || c == '#' || (c >= 'A' && c <= 'D');
      if (digit && digits.size() < max) digits += c;
    }
  }
  return digits;
}

}  // namespace viaduct::verto
