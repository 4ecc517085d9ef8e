#include "core/dialplan/recording_name.h"

#include <gtest/gtest.h>

#include "core/dialplan/dialplan.h"

namespace viaduct::dialplan {
namespace {

using namespace std::chrono_literals;

const RecordingFacts kFacts{.call = "3.17",
                            .caller = "+49 30/1234",
                            .dialled = "../../etc/passwd",
                            .begin = base::WallTime(1'767'225'600s + 3725s)};  // 2026-01-01

TEST(RecordingName, HoldsWhatIsKnownOfTheCall) {
  EXPECT_EQ(recording_name("{date}/{time}-{call}", kFacts), "2026-01-01/010205-3_17");
  EXPECT_EQ(recording_name("sales/{caller}", kFacts), "sales/+49_30_1234");
}

TEST(RecordingName, NobodyDialsItsWayOutOfTheFolder) {
  EXPECT_EQ(recording_name("{dialled}", kFacts), "______etc_passwd");
  Dialplan plan;
  ASSERT_FALSE(plan.add({"all", "", "(.*)", {Record{.file = "x/\\1"}}}));
  const auto steps = plan.route("", "/../{call}");
  ASSERT_TRUE(steps);
  EXPECT_EQ(std::get<Record>(steps->front()).file, "x/_____call_");
}

TEST(RecordingName, FaultsAreTold) {
  for (const char* bad :
       {"", "/etc/x", "a/../b", "..", ".hidden", "a//b", "a/", "{time", "time}", "{user}", "a\nb"})
    EXPECT_TRUE(recording_name_fault(bad)) << bad;
  for (const char* good : {"a", "{date}/{time}-{call}", "a.b/c", "{caller}{dialled}"})
    EXPECT_FALSE(recording_name_fault(good)) << good;
}

}  // namespace
}  // namespace viaduct::dialplan
