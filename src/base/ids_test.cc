#include "base/ids.h"

#include <gtest/gtest.h>

#include <type_traits>
#include <unordered_set>

namespace viaduct::base {
namespace {

using CallId = Id<struct CallTag>;
using LegId = Id<struct LegTag>;
using Aor = Named<std::string, struct AorTag>;
using Mid = Named<std::string, struct MidTag>;

static_assert(!std::is_convertible_v<CallId, LegId>);
static_assert(!std::is_convertible_v<Aor, Mid>);
static_assert(!std::is_convertible_v<std::string, Aor>);

TEST(Id, TheDefaultNamesNothing) {
  EXPECT_FALSE(CallId());
  EXPECT_TRUE((CallId{0, 1}));
  EXPECT_EQ((CallId{4, 2}).str(), "4.2");
}

TEST(Id, GenerationsAreDifferentKeys) {
  std::unordered_set<CallId> set = {{1, 1}, {1, 2}, {2, 1}, {1, 1}};
  EXPECT_EQ(set.size(), 3u);
  EXPECT_FALSE(set.contains({2, 2}));
}

TEST(Named, ComparesAndHashesAsItsValue) {
  std::unordered_set<Aor> set = {Aor("a"), Aor("b"), Aor("a")};
  EXPECT_EQ(set.size(), 2u);
  EXPECT_LT(Aor("a"), Aor("b"));
  EXPECT_EQ(Aor("a").value(), "a");
}

}  // namespace
}  // namespace viaduct::base
