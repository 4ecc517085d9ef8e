#include "core/directory/directory.h"

#include <gtest/gtest.h>

namespace viaduct::directory {
namespace {

User user(std::string name, std::string domain, std::string caller_name, std::string number = {}) {
  User out;
  out.name = std::move(name);
  out.domain = std::move(domain);
  out.caller_name = std::move(caller_name);
  out.caller_number = std::move(number);
  return out;
}

Directory two_domains() {
  Directory out("pbx.example");
  out.add(user("1000", "", "Ann"));
  out.add(user("1000", "Other.Example", "Bob", "77"));
  return out;
}

TEST(Directory, FindsByNameInTheDefaultDomain) {
  const Directory directory = two_domains();
  ASSERT_NE(directory.find("1000"), nullptr);
  EXPECT_EQ(directory.find("1000")->caller_name, "Ann");
  EXPECT_EQ(directory.find("1000")->caller_number, "1000");
  EXPECT_EQ(directory.find("2000"), nullptr);
}

TEST(Directory, DomainsKeepUsersApartAndIgnoreCase) {
  const Directory directory = two_domains();
  ASSERT_NE(directory.find("1000", "OTHER.example"), nullptr);
  EXPECT_EQ(directory.find("1000", "OTHER.example")->caller_name, "Bob");
  EXPECT_EQ(directory.find_address("1000@other.example")->caller_number, "77");
}

TEST(Directory, AHostNamePeersReachUsByMeansTheDefaultDomain) {
  const Directory directory = two_domains();
  ASSERT_NE(directory.find("1000", "127.0.0.1"), nullptr);
  EXPECT_EQ(directory.find("1000", "127.0.0.1")->caller_name, "Ann");
}

TEST(Directory, RefusesADuplicate) {
  Directory directory = two_domains();
  EXPECT_FALSE(directory.add(user("1000", "PBX.example", "Eve")));
  EXPECT_EQ(directory.size(), 2u);
}

}  // namespace
}  // namespace viaduct::directory
