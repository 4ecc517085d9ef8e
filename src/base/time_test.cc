#include "base/time.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace viaduct::base {
namespace {

using namespace std::chrono_literals;

static_assert(!std::is_convertible_v<TimePoint, WallTime>);
static_assert(!std::is_convertible_v<WallTime, TimePoint>);
static_assert(!std::is_convertible_v<uint32_t, RtpTime>);

TEST(TimePoint, NeverIsLaterThanAnything) {
  EXPECT_LT(TimePoint(Duration(24h * 365 * 100)), kNever);
}

TEST(RtpTime, WrapsForward) {
  const RtpTime before{0xffffff60};
  const RtpTime after = before + 320;
  EXPECT_EQ(after.value, 160u);
  EXPECT_EQ(after - before, 320);
  EXPECT_EQ(before - after, -320);
}

}  // namespace
}  // namespace viaduct::base
