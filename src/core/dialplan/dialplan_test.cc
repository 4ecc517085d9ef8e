#include "core/dialplan/dialplan.h"

#include <gtest/gtest.h>

namespace viaduct::dialplan {
namespace {

Route dial(std::string pattern, std::string user, std::string context = {}) {
  DialUser step;
  step.user = std::move(user);
  return {pattern, std::move(context), pattern, {step}};
}

std::string dialled(const Dialplan& plan, std::string_view context, std::string_view number) {
  const auto steps = plan.route(context, number);
  return steps ? std::get<DialUser>(steps->front()).user : "no route";
}

TEST(Dialplan, FirstMatchingRouteWinsAndGroupsAreFilledIn) {
  Dialplan plan;
  ASSERT_FALSE(plan.add(dial("(10)(\\d\\d)", "\\2-\\1-\\0")));
  ASSERT_FALSE(plan.add(dial("10.*", "other")));
  EXPECT_EQ(dialled(plan, "default", "1001"), "01-10-1001");
  EXPECT_EQ(dialled(plan, "default", "10"), "other");
}

TEST(Dialplan, ThePatternMustMatchTheWholeNumber) {
  Dialplan plan;
  ASSERT_FALSE(plan.add(dial("9196", "a")));
  EXPECT_EQ(dialled(plan, "default", "9196"), "a");
  EXPECT_FALSE(plan.route("default", "19196"));
  EXPECT_FALSE(plan.route("default", "91961"));
}

TEST(Dialplan, ContextsKeepRoutesApart) {
  Dialplan plan;
  ASSERT_FALSE(plan.add(dial(".*", "in", "public")));
  ASSERT_FALSE(plan.add(dial(".*", "out")));
  EXPECT_EQ(dialled(plan, "public", "1"), "in");
  EXPECT_EQ(dialled(plan, "default", "1"), "out");
}

TEST(Dialplan, AFaultyPatternIsExplainedAndNotUsed) {
  Dialplan plan;
  const auto fault = plan.add(dial("(10", "x"));
  ASSERT_TRUE(fault);
  EXPECT_NE(fault->find("missing"), std::string::npos) << *fault;
  EXPECT_FALSE(plan.route("default", "(10"));
}

TEST(Dialplan, AnUnmatchedGroupIsEmptyAndALongNumberMatchesNothing) {
  Dialplan plan;
  ASSERT_FALSE(plan.add(dial("1(2)?.*", "u\\1\\5")));
  EXPECT_EQ(dialled(plan, "default", "13"), "u");
  EXPECT_FALSE(plan.route("default", std::string(Dialplan::kMaxNumber + 1, '1')));
}

TEST(Dialplan, AGroupThatThePatternHasNotIsFound) {
  EXPECT_EQ(missing_group(dial("(10)(\\d\\d)", "\\2-\\1-\\0")), std::nullopt);
  EXPECT_EQ(missing_group(dial("(10)\\d\\d", "\\1\\7\\8")), 7);
  EXPECT_EQ(missing_group(dial("(10", "\\7")), std::nullopt) << "the pattern's own fault is told";
  Route record{"r", "", "1", {Record{.file = "\\1"}}};
  EXPECT_EQ(missing_group(record), 1);
}

}  // namespace
}  // namespace viaduct::dialplan
