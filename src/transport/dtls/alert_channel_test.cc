// Associations whose handshake is confirmed: goodbyes pass, forged ones do not.
#include "transport/dtls/alert_channel.h"

#include <gtest/gtest.h>

#include <vector>

#include "transport/dtls/testing/engine_pair.h"

namespace viaduct::dtls {
namespace {

using testing::openssl_identity;
using testing::Pair;

struct Confirmed : Pair {
  explicit Confirmed(bool client_too = true) : Pair(openssl_identity(), openssl_identity()) {
    start();
    run();
    EXPECT_TRUE(client.keys && server.keys);
    server.engine->confirmed();
    if (client_too) client.engine->confirmed();
  }
  // The goodbye of one side, kept from the other.
  std::vector<uint8_t> goodbye(testing::Side& from) {
    std::vector<uint8_t> out;
    from.engine->close();
    while (auto output = from.engine->poll())
      if (auto* datagram = std::get_if<Datagram>(&*output)) out = std::move(datagram->bytes);
    EXPECT_FALSE(out.empty());
    return out;
  }
  static bool closes(testing::Side& side, const std::vector<uint8_t>& datagram) {
    side.engine->receive(datagram, {});
    while (const auto output = side.engine->poll())
      if (std::holds_alternative<Closed>(*output)) return true;
    return false;
  }
};

TEST(AlertChannel, TakesTheGoodbyeOfAFarSideThatStillHasItsOpenssl) {
  Confirmed pair(false);
  EXPECT_TRUE(pair.closes(pair.server, pair.goodbye(pair.client)));
}

TEST(AlertChannel, ItsGoodbyeIsTakenByOpenssl) {
  Confirmed pair(false);
  EXPECT_TRUE(pair.closes(pair.client, pair.goodbye(pair.server)));
}

TEST(AlertChannel, SaysAndTakesGoodbyesInBothRoles) {
  Confirmed one, other;
  EXPECT_TRUE(one.closes(one.server, one.goodbye(one.client)));
  EXPECT_TRUE(other.closes(other.client, other.goodbye(other.server)));
}

TEST(AlertChannel, TakesNothingThatWasChangedOnTheWay) {
  Confirmed pair;
  const auto goodbye = pair.goodbye(pair.client);
  for (size_t i = 0; i < goodbye.size(); ++i) {
    auto changed = goodbye;
    changed[i] ^= 1;
    EXPECT_FALSE(pair.closes(pair.server, changed)) << i;
    EXPECT_FALSE(
        pair.closes(pair.server, {goodbye.begin(), goodbye.begin() + static_cast<long>(i)}))
        << i;
  }
  EXPECT_TRUE(pair.closes(pair.server, goodbye));
}

TEST(AlertChannel, TakesNoGoodbyeOfAnotherAssociation) {
  Confirmed one, other;
  EXPECT_FALSE(one.closes(one.server, other.goodbye(other.client)));
  // Nor its own.
  EXPECT_FALSE(other.closes(other.server, one.goodbye(one.server)));
}

TEST(AlertChannel, PassesOverOtherRecordsBeforeTheGoodbye) {
  Confirmed pair;
  std::vector<uint8_t> datagram = {22, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 0, 3, 1, 2, 3};
  const auto goodbye = pair.goodbye(pair.client);
  datagram.insert(datagram.end(), goodbye.begin(), goodbye.end());
  EXPECT_TRUE(pair.closes(pair.server, datagram));
}

TEST(AlertChannel, HandshakesNoMore) {
  Confirmed pair;
  Pair stranger(openssl_identity(), openssl_identity());
  stranger.client.engine->start({});
  const auto hello = std::get<Datagram>(*stranger.client.engine->poll()).bytes;
  pair.server.engine->receive(hello, {});
  EXPECT_FALSE(pair.server.engine->poll());
  EXPECT_TRUE(pair.closes(pair.server, pair.goodbye(pair.client)));
}

}  // namespace
}  // namespace viaduct::dtls
