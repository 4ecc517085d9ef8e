// Both engines are held to the same promises; what only OpenSSL does is in openssl_engine_test.cc.
#include "transport/dtls/engine.h"

#include <gtest/gtest.h>

#include "transport/dtls/openssl_engine.h"
#include "transport/dtls/testing/engine_pair.h"
#include "transport/dtls/testing/fake_engine.h"

namespace viaduct::dtls {
namespace {

using testing::Identity;
using testing::Pair;

enum class Kind { openssl, fake };

class EachEngine : public ::testing::TestWithParam<Kind> {
 protected:
  Identity identity(std::string_view name) {
    return GetParam() == Kind::openssl ? testing::openssl_identity() : testing::fake_identity(name);
  }
  Identity alice_ = identity("alice");
  Identity bob_ = identity("bob");
};
INSTANTIATE_TEST_SUITE_P(Dtls, EachEngine, ::testing::Values(Kind::openssl, Kind::fake),
                         [](const auto& tested) {
                           return tested.param == Kind::openssl ? "OpenSsl" : "Fake";
                         });

TEST_P(EachEngine, GivesBothSidesTheSameKeys) {
  Pair pair(alice_, bob_);
  pair.start();
  pair.run();
  ASSERT_TRUE(pair.client.keys && pair.server.keys);
  EXPECT_EQ(pair.client.keys->profile, srtp::Profile::aead_aes_128_gcm);
  EXPECT_EQ(pair.server.keys->profile, srtp::Profile::aead_aes_128_gcm);
  EXPECT_EQ(pair.client.keys->send.reveal().key_and_salt,
            pair.server.keys->receive.reveal().key_and_salt);
  EXPECT_EQ(pair.client.keys->receive.reveal().key_and_salt,
            pair.server.keys->send.reveal().key_and_salt);
  EXPECT_NE(pair.client.keys->send.reveal().key_and_salt,
            pair.server.keys->send.reveal().key_and_salt);
  EXPECT_EQ(pair.client.engine->next_timeout(), base::kNever);
  EXPECT_EQ(pair.server.engine->next_timeout(), base::kNever);
}

TEST_P(EachEngine, KeepsTheKeysFromAnUnknownCertificate) {
  for (const bool server_is_wrong : {false, true}) {
    Pair pair(alice_, bob_);
    const Identity eve = identity("eve");
    if (server_is_wrong) pair.client.engine = alice_.factory->create(Role::client, {eve.print});
    else pair.server.engine = bob_.factory->create(Role::server, {eve.print});
    pair.start();
    pair.run();
    auto& checking = server_is_wrong ? pair.client : pair.server;
    EXPECT_FALSE(checking.keys);
    ASSERT_TRUE(checking.fault);
    EXPECT_EQ(*checking.fault, Fault::fingerprint);
  }
}

TEST_P(EachEngine, AnyOneOfSeveralFingerprintsWillDo) {
  Pair pair(alice_, bob_);
  pair.server.engine = bob_.factory->create(Role::server, {identity("eve").print, alice_.print});
  pair.start();
  pair.run();
  EXPECT_TRUE(pair.client.keys && pair.server.keys);
}

TEST_P(EachEngine, NoFingerprintMatchesNothing) {
  Pair pair(alice_, bob_);
  pair.server.engine = bob_.factory->create(Role::server, {});
  pair.start();
  pair.run();
  EXPECT_FALSE(pair.server.keys);
}

TEST_P(EachEngine, SaysGoodbye) {
  Pair pair(alice_, bob_);
  pair.start();
  pair.run();
  pair.client.engine->close();
  pair.run();
  EXPECT_TRUE(pair.server.closed);
  EXPECT_FALSE(pair.server.fault);
}

TEST_P(EachEngine, GivesUpInTime) {
  Pair pair(alice_, bob_);
  pair.lost = [](size_t) { return true; };
  pair.start();
  const base::TimePoint start = pair.now;
  while (!pair.client.fault || !pair.server.fault) {
    ASSERT_LT(pair.now - start, std::chrono::seconds(60));
    pair.now += std::chrono::seconds(1);
    pair.client.engine->handle_timeout(pair.now);
    pair.server.engine->handle_timeout(pair.now);
    pair.run();
  }
  EXPECT_EQ(*pair.client.fault, Fault::timeout);
  EXPECT_EQ(*pair.server.fault, Fault::timeout);
  EXPECT_EQ(pair.now - start, std::chrono::seconds(20));
  EXPECT_EQ(pair.client.engine->next_timeout(), base::kNever);
}

TEST_P(EachEngine, IsNotDisturbedByRubbish) {
  Pair pair(alice_, bob_);
  const std::vector<std::vector<uint8_t>> rubbish = {{},
                                                     {22},
                                                     {22, 0xfe, 0xfd},
                                                     std::vector<uint8_t>(3000, 0xff),
                                                     {63, 1, 2, 3, 4, 5, 6, 7, 8, 9}};
  for (const auto& bytes : rubbish) pair.server.engine->receive(bytes, pair.now);
  pair.start();
  pair.run();
  for (const auto& bytes : rubbish) pair.server.engine->receive(bytes, pair.now);
  pair.run();
  EXPECT_TRUE(pair.client.keys && pair.server.keys);
  EXPECT_FALSE(pair.server.fault);
  EXPECT_FALSE(pair.server.closed);
}

TEST_P(EachEngine, IsSilentAfterItsEnd) {
  Pair pair(alice_, bob_);
  pair.start();
  pair.server.engine->close();
  pair.run();
  EXPECT_EQ(pair.server.sent, 0u);
  EXPECT_FALSE(pair.server.keys);
  EXPECT_EQ(pair.server.engine->next_timeout(), base::kNever);
}

// The fake's clock is `now` alone, so loss at every place can be tried.
TEST(FakeEngine, RecoversFromTheLossOfAnyDatagram) {
  for (size_t lost = 0; lost < 3; ++lost) {
    Pair pair(testing::fake_identity("alice"), testing::fake_identity("bob"));
    pair.lost = [lost](size_t index) { return index == lost; };
    pair.start();
    for (int i = 0; i < 50; ++i) {
      pair.run();
      pair.now += std::chrono::milliseconds(10);
      pair.client.engine->handle_timeout(pair.now);
      pair.server.engine->handle_timeout(pair.now);
    }
    EXPECT_TRUE(pair.client.keys && pair.server.keys) << lost;
  }
}

}  // namespace
}  // namespace viaduct::dtls
