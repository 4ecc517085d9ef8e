#include "base/pii.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace viaduct::base {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(Printable<std::string>);
static_assert(!Printable<Pii<std::string>>);
static_assert(!Printable<Secret<std::string>>);
static_assert(!std::is_convertible_v<Pii<std::string>, std::string>);
static_assert(!std::is_convertible_v<Secret<std::string>, std::string>);
static_assert(!std::equality_comparable<Secret<std::string>>);

TEST(Pii, IsReachedByRevealOnly) {
  EXPECT_EQ(Pii<std::string>("alice").reveal(), "alice");
  EXPECT_EQ(Pii<std::string>("alice"), Pii<std::string>("alice"));
  EXPECT_EQ(Secret<std::string>("hunter2").reveal(), "hunter2");
}

}  // namespace
}  // namespace viaduct::base
