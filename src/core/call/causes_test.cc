#include "core/call/causes.h"

#include <gtest/gtest.h>

namespace viaduct::call {
namespace {

// What a caller is told must survive SIP and come out as the same thing on the other side.
TEST(Causes, WhatACallerIsToldSurvivesEachProtocol) {
  for (Result result : {Result::busy, Result::no_answer, Result::rejected, Result::unknown_number,
                        Result::no_common_codec, Result::cancelled}) {
    const Termination in{.result = result, .reason = {}, .q850 = 0};
    const SipStatus status = to_sip_status(in);
    EXPECT_EQ(from_sip_status(status.code, status.phrase).result, result) << result_name(result);
    EXPECT_EQ(from_q850(to_q850(in), false).result, result) << result_name(result);
  }
}

TEST(Causes, NotFoundNotThereAndBusyStayApart) {
  EXPECT_EQ(to_sip_status({.result = Result::unknown_number, .reason = {}, .q850 = 0}).code, 404);
  EXPECT_EQ(to_sip_status({.result = Result::not_registered, .reason = {}, .q850 = 0}).code, 480);
  EXPECT_EQ(to_sip_status({.result = Result::busy, .reason = {}, .q850 = 0}).code, 486);
}

TEST(Causes, AQ850NumberFromTheSourceDecides) {
  EXPECT_EQ(from_sip_status(480, "Temporarily Unavailable", 20).result, Result::not_registered);
  EXPECT_EQ(to_q850(from_sip_status(480, "x", 20)), 20);
  EXPECT_EQ(from_sip_status(486, "Busy Here", 16).result, Result::busy) << "16 says nothing";
}

TEST(Causes, NormalClearingMeansRefusedBeforeAnAnswerAndCompletedAfter) {
  EXPECT_EQ(from_q850(16, false).result, Result::rejected);
  EXPECT_EQ(to_q850(from_q850(16, false)), 21);
  EXPECT_EQ(from_q850(16, true).result, Result::completed);
}

TEST(Causes, UnknownStatusesFallBackToTheirClass) {
  EXPECT_EQ(from_sip_status(699, "").result, Result::rejected);
  EXPECT_EQ(from_sip_status(599, "").result, Result::unreachable);
  EXPECT_EQ(from_sip_status(499, "").result, Result::rejected);
}

}  // namespace
}  // namespace viaduct::call
