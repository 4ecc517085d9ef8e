#include "server/legs/directory_ports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/directory/testing/signed_token.h"

namespace viaduct::legs {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr base::WallTime kNow{1'800'000'000s};
const std::string kSecret = "a-secret-of-thirty-two-characters";

std::string token(const std::string& claims) {
  return directory::testing::signed_token(JWT_ALG_HS256, kSecret, claims);
}

class VertoLoginsTest : public ::testing::Test {
 protected:
  VertoLoginsTest() {
    directory::User user;
    user.name = "1000";
    user.password = base::Secret<std::string>("secret");
    user.caller_name = "Ann";
    user.event_channels = {"lobby"};
    directory_.add(user);
    directory_.accept_tokens(
        directory::TokenVerifier::create({.key = base::Secret(kSecret)}).value());
  }
  base::Result<verto::User> log_in(const std::string& login, const std::string& password) {
    return VertoLogins(directory_).check({login, password, {}, {}, kNow});
  }

  directory::Directory directory_{"example.net"};
};

TEST_F(VertoLoginsTest, PasswordsStillCount) {
  const auto user = log_in("1000", "secret").value();
  EXPECT_EQ(user.id, "1000@example.net");
  EXPECT_FALSE(user.expires);
  EXPECT_THAT(user.permissions.event_channels, ElementsAre("lobby"));
  EXPECT_EQ(log_in("1000", "secreT").error().code, base::Errc::unauthorised);
}

TEST_F(VertoLoginsTest, ATokenIsAPasswordWithAnEnd) {
  const auto user = log_in("1000", token(R"({"sub": "1000", "exp": 1800000060})")).value();
  EXPECT_EQ(user.id, "1000@example.net");
  EXPECT_EQ(user.caller, (verto::Party{"1000", "Ann"}));
  EXPECT_EQ(user.expires, kNow + 60s);
  EXPECT_THAT(user.permissions.methods, ElementsAre("verto"));
  EXPECT_THAT(user.permissions.event_channels, ElementsAre("lobby"));
}

TEST_F(VertoLoginsTest, ATokenMayKnowWhomWeDoNot) {
  const auto alice = token(
      R"({"sub": "alice", "exp": 1800000060, "name": "Alice", "verto_methods": ["verto.invite"]})");
  const auto user = log_in("alice@example.net", alice).value();
  EXPECT_EQ(user.id, "alice@example.net");
  EXPECT_EQ(user.caller, (verto::Party{"alice", "Alice"}));
  EXPECT_THAT(user.permissions.methods, ElementsAre("verto.invite"));
  EXPECT_TRUE(user.permissions.event_channels.empty());
}

TEST_F(VertoLoginsTest, TheBearerUsesNobodyElsesName) {
  const auto own = token(R"({"sub": "1000", "exp": 1800000060})");
  for (const char* login : {"1001", "1000@other.net", "", "alice"})
    EXPECT_TRUE(log_in(login, own).has_error()) << login;
  for (const char* name : {"a b", "", "@example.net", "a\\n", "sip:a"})
    EXPECT_TRUE(log_in(name, token(R"({"exp": 1800000060, "sub": ")" + std::string(name) + R"("})"))
                    .has_error())
        << name;
  EXPECT_TRUE(log_in("1000", token(R"({"sub": "1000", "exp": 1799999000})")).has_error());
}

class NoPasswords final : public dialog::Credentials {
 public:
  std::optional<sip::DigestSecret> find(std::string_view, std::string_view) const override {
    return std::nullopt;
  }
};

TEST(DevicesTest, WhomATokenMadeKnownCanBeCalledWhileTheyAreHere) {
  directory::Directory directory("example.net");
  base::SeededRng rng(1);
  NoPasswords passwords;
  dialog::UserAgent agent({}, rng, passwords);
  Devices devices(directory, agent);
  EXPECT_FALSE(devices.user_exists("alice"));
  const verto::User alice{.id = "alice@example.net",
                          .name = "alice",
                          .domain = "example.net",
                          .caller = {"alice", "Alice"},
                          .context = "default",
                          .permissions = {},
                          .expires = {}};
  devices.verto_session_up(alice, "s1");
  for (const char* called : {"alice", "alice@example.net"}) {
    EXPECT_TRUE(devices.user_exists(called));
    EXPECT_EQ(devices.identity(called), (call::Identity{"alice", "Alice"}));
    ASSERT_EQ(devices.devices(called).size(), 1u);
    EXPECT_EQ(std::get<call::VertoTarget>(devices.devices(called)[0]).session_id, "s1");
  }
  devices.verto_session_down("alice@example.net", "s1");
  EXPECT_FALSE(devices.user_exists("alice"));
}

}  // namespace
}  // namespace viaduct::legs
