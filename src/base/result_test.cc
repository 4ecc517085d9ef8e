#include "base/result.h"

#include <gtest/gtest.h>

#include <string>

namespace viaduct::base {
namespace {

Result<int> half(int value) {
  if (value % 2 != 0) return Error{Errc::unsupported, "odd"};
  return value / 2;
}

TEST(Result, HoldsAValueOrAnError) {
  ASSERT_TRUE(half(4));
  EXPECT_EQ(*half(4), 2);
  const auto error = half(3);
  ASSERT_FALSE(error);
  EXPECT_EQ(error.error().code, Errc::unsupported);
  EXPECT_STREQ(error.error().what, "odd");
}

TEST(Result, AskingAnErrorForItsValueIsAProgrammersMistake) {
  EXPECT_THROW((void)half(3).value(), std::logic_error);
}

TEST(Error, TheCodeIsWhatIsCompared) {
  EXPECT_EQ((Error{Errc::io, "a", 5}), (Error{Errc::io, "b", 6}));
  EXPECT_FALSE((Error{Errc::io, "a"} == Error{Errc::malformed, "a"}));
}

}  // namespace
}  // namespace viaduct::base
