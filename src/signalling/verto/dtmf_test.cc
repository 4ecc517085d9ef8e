#include "signalling/verto/dtmf.h"

#include <gtest/gtest.h>

namespace viaduct::verto {
namespace {

TEST(Dtmf, ReadsDigitStrings) {
  EXPECT_EQ(read_digits("1", 10), "1");
  EXPECT_EQ(read_digits("*0#", 10), "*0#");
  EXPECT_EQ(read_digits("12@200+#", 10), "12#");
  EXPECT_EQ(read_digits("w3WF", 10), "3");
  EXPECT_EQ(read_digits("aBcD", 10), "ABCD");
  EXPECT_EQ(read_digits("zz", 10), "");
  EXPECT_EQ(read_digits("", 10), "");
  EXPECT_EQ(read_digits("+@+", 10), "");
  EXPECT_EQ(read_digits("12345", 3), "123");
}

}  // namespace
}  // namespace viaduct::verto
