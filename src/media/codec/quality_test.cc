#include "media/codec/quality.h"

#include <gtest/gtest.h>

namespace viaduct::codec {
namespace {

using namespace std::chrono_literals;

// G.107 Table B.1: R, MOS-CQE.
TEST(Quality, RatingsAreTheOpinionsThatThePublishedTableGives) {
  EXPECT_NEAR(mos_of(90), 4.34, 0.005);
  EXPECT_NEAR(mos_of(80), 4.03, 0.007);  // by the formula 4.024
  EXPECT_NEAR(mos_of(70), 3.60, 0.005);
  EXPECT_NEAR(mos_of(60), 3.10, 0.005);
  EXPECT_NEAR(mos_of(50), 2.58, 0.005);
  EXPECT_EQ(mos_of(0), 1.0);
  EXPECT_EQ(mos_of(-5), 1.0);
  EXPECT_NEAR(mos_of(200), 4.5, 0.001);
}

TEST(Quality, APerfectNetworkGivesTheBestThereIs) {
  EXPECT_NEAR(rating(Kind::pcmu, {}), 93.2, 0.001);
  EXPECT_NEAR(mos_of(rating(Kind::opus, {})), 4.41, 0.005);
}

// G.113 Appendix I: concealed G.711 at random loss; Ie,eff = 95 P / (P + 25.1).
TEST(Quality, LossOfConcealedG711) {
  EXPECT_NEAR(rating(Kind::pcma, {.lost_percent = 1, .delay = {}}), 93.2 - 3.64, 0.01);
  EXPECT_NEAR(rating(Kind::pcma, {.lost_percent = 5, .delay = {}}), 93.2 - 15.78, 0.01);
  EXPECT_NEAR(rating(Kind::pcmu, {.lost_percent = 20, .delay = {}}), 93.2 - 42.13, 0.01);
  EXPECT_GT(rating(Kind::opus, {.lost_percent = 5, .delay = {}}),
            rating(Kind::pcmu, {.lost_percent = 5, .delay = {}}));
}

// G.114: up to 150 ms nobody minds, at 400 ms everybody does.
TEST(Quality, DelayHurtsAboveTheKnee) {
  EXPECT_NEAR(rating(Kind::pcmu, {.lost_percent = 0, .delay = 150ms}), 89.6, 0.01);
  EXPECT_NEAR(rating(Kind::pcmu, {.lost_percent = 0, .delay = 400ms}), 59.1, 0.1);
  EXPECT_EQ(rating(Kind::pcmu, {.lost_percent = 100, .delay = 10s}), 0);
}

TEST(Quality, WhatAListenerWaitsFor) { EXPECT_EQ(mouth_to_ear(100ms, 5ms, 20ms), 100ms); }

}  // namespace
}  // namespace viaduct::codec
