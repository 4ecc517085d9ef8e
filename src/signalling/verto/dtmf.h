// The digit strings of verto.info.
#pragma once

#include <string>
#include <string_view>

namespace viaduct::verto {

// The digits 0-9 * # A-D of a text such as "12@200+#", at most `max` of them. Groups are separated
// by '+' and may end in '@' and a duration, which is left out (the sending side has its own), as
// are pauses (w), hook flash (F) and whatever is no digit.
std::string read_digits(std::string_view text, size_t max);

}  // namespace viaduct::verto
