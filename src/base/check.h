// CHECK: a programmer's error ends the program at once with the place. Never used on peer input.
#pragma once

namespace viaduct::base {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define VIADUCT_CHECK(condition) \
  ((condition) ? void(0) : ::viaduct::base::check_failed(#condition, __FILE__, __LINE__))
