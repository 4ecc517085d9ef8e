// CHECK: a programmer's error ends the program at once with the place. Never used on peer input.
// DCHECK: the same where looking costs too much for a release build (NDEBUG), which leaves it out.
#pragma once

namespace viaduct::base {
[[noreturn]] void check_failed(const char* condition, const char* file, int line);
}

#define VIADUCT_CHECK(condition) \
  ((condition) ? void(0) : ::viaduct::base::check_failed(#condition, __FILE__, __LINE__))

#ifdef NDEBUG
#define VIADUCT_DCHECK(condition) void(0)
#else
#define VIADUCT_DCHECK(condition) VIADUCT_CHECK(condition)
#endif
