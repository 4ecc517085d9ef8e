#include "signalling/dialog/info.h"

#include <gtest/gtest.h>

namespace viaduct::dialog {
namespace {

using namespace std::chrono_literals;

TEST(InfoDigit, BothFormsAreRead) {
  EXPECT_EQ(parse_info_digit("Signal=5\r\nDuration=160\r\n")->digit, '5');
  EXPECT_EQ(parse_info_digit("Signal=5\r\nDuration=250\r\n")->duration, 250ms);
  EXPECT_EQ(parse_info_digit("signal = *\n")->digit, '*');
  EXPECT_EQ(parse_info_digit("#")->digit, '#');
  EXPECT_EQ(parse_info_digit("Signal=d")->digit, 'D');
  EXPECT_EQ(parse_info_digit("Signal=11")->digit, '#') << "by its event number";
}

TEST(InfoDigit, WhatIsNoDigitIsNothing) {
  for (const char* body : {"", "\r\n", "Signal=", "Signal=hf", "Signal=16", "Signal=x",
                           "Duration=1", "55", "Signal==5"})
    EXPECT_FALSE(parse_info_digit(body)) << body;
}

TEST(InfoDigit, DurationIsHeldWithinReason) {
  EXPECT_EQ(parse_info_digit("Signal=1\r\nDuration=1")->duration, 40ms);
  EXPECT_EQ(parse_info_digit("Signal=1\r\nDuration=4000000000")->duration, 5000ms);
  EXPECT_EQ(parse_info_digit("Signal=1\r\nDuration=-4")->duration, 160ms);
}

TEST(InfoDigit, PrintsWhatItReads) {
  EXPECT_EQ(print_dtmf_relay({'*', 100ms}), "Signal=*\r\nDuration=100\r\n");
}

}  // namespace
}  // namespace viaduct::dialog
