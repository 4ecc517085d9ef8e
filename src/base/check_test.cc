#include "base/check.h"

#include <gtest/gtest.h>

namespace viaduct::base {
namespace {

TEST(CheckDeathTest, EndsTheProgramWithThePlace) {
  const int seven = 7;
  VIADUCT_CHECK(seven == 7);
  EXPECT_DEATH(VIADUCT_CHECK(seven == 8), "check_test\\.cc:.*check failed: seven == 8");
}

}  // namespace
}  // namespace viaduct::base
