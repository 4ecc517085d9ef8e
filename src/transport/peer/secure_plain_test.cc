// SRTP on a port pair: keys from the description, and keys by DTLS.
#include <gtest/gtest.h>

#include "transport/peer/testing/plain_pair.h"

namespace viaduct::peer {
namespace {

using base::SocketAddress;
using testing::PlainPair;
using testing::sdes_keys;

SocketAddress at(std::string_view text) { return SocketAddress::parse(text).value(); }
const SocketAddress kStranger = at("198.51.100.66:7000");
const SocketAddress kNat = at("203.0.113.77:61000");
const SocketAddress kPrivate = at("10.0.0.5:4000");

std::vector<uint8_t> rtp(uint16_t sequence) {
  return {0x80,
          0,
          static_cast<uint8_t>(sequence >> 8),
          static_cast<uint8_t>(sequence),
          0,
          0,
          0,
          160,
          1,
          2,
          3,
          4,
          0x11,
          0x22};
}
const std::vector<uint8_t> kReport{0x80, 201, 0, 1, 1, 2, 3, 4};

template <class E>
size_t count(const PlainPair::Side& side) {
  size_t n = 0;
  for (const Event& event : side.events) n += std::holds_alternative<E>(event);
  return n;
}

// Both hear a packet and a report of the other.
void expect_both_ways(PlainPair& pair, uint16_t sequence = 1) {
  for (auto [from, to] : {std::pair{&pair.phone, &pair.node}, std::pair{&pair.node, &pair.phone}}) {
    const size_t packets = to->sink.rtp_packets.size(), reports = to->sink.rtcp_packets.size();
    EXPECT_TRUE(pair.send(*from, rtp(sequence)));
    EXPECT_TRUE(pair.send(*from, kReport, true));
    ASSERT_EQ(to->sink.rtp_packets.size(), packets + 1);
    EXPECT_EQ(to->sink.rtp_packets.back(), rtp(sequence));
    EXPECT_EQ(to->sink.rtcp_packets.size(), reports + 1);
  }
}

// Sequence numbers from 0 beyond their end, to 4464; no jump is one that looks backward.
void go_round(PlainPair& pair, PlainPair::Side& from) {
  for (uint32_t i : {0, 20'000, 40'000, 60'000, 70'000})
    pair.send(from, rtp(static_cast<uint16_t>(i)));
}

class EachMux : public ::testing::TestWithParam<bool> {
 protected:
  PlainPair pair;
};
INSTANTIATE_TEST_SUITE_P(Rtcp, EachMux, ::testing::Bool(),
                         [](const auto& p) { return p.param ? "muxed" : "apart"; });

// --- SDES ----------------------------------------------------------------------------------------

TEST_P(EachMux, SdesCarriesBothWays) {
  for (const auto profile : {srtp::Profile::aead_aes_128_gcm, srtp::Profile::aes128_cm_sha1_80,
                             srtp::Profile::aes128_cm_sha1_32}) {
    PlainPair fresh;
    fresh.agree(sdes_keys(profile), GetParam());
    EXPECT_FALSE(fresh.node.peer.connected());
    EXPECT_TRUE(fresh.node.peer.can_send());
    expect_both_ways(fresh);
    EXPECT_TRUE(fresh.node.peer.connected());
    EXPECT_EQ(fresh.node.peer.remote(), fresh.phone.rtp);
  }
}

TEST(SdesPlain, OnlyAuthenticPacketsTeachAnAddress) {
  PlainPair pair;
  pair.agree(sdes_keys(srtp::Profile::aead_aes_128_gcm));
  pair.inject(rtp(1), kStranger);
  std::vector<uint8_t> forged = rtp(2);
  forged.resize(forged.size() + 16);
  pair.inject(forged, kStranger);
  pair.inject(forged, pair.phone.rtp);
  EXPECT_FALSE(pair.node.peer.connected());
  EXPECT_EQ(pair.node.peer.remote(), pair.phone.rtp);
  EXPECT_TRUE(pair.node.sink.rtp_packets.empty());
  EXPECT_GE(pair.node.peer.stats().dropped_unauthentic, 2u);
  expect_both_ways(pair, 3);
  pair.inject(forged, kStranger);
  EXPECT_EQ(pair.node.peer.stats().dropped_foreign, 1u);
  EXPECT_EQ(pair.node.peer.remote(), pair.phone.rtp);
}

TEST(SdesPlain, AReplayFromElsewhereTeachesNothing) {
  PlainPair pair;
  std::vector<uint8_t> seen;
  pair.network = [&](const PlainPair::Side& from, std::vector<uint8_t>& bytes) {
    if (&from == &pair.phone) seen = bytes;
    return true;
  };
  const auto keys = sdes_keys(srtp::Profile::aes128_cm_sha1_80);
  pair.agree(keys);
  expect_both_ways(pair);
  pair.send(pair.phone, rtp(2));
  // A re-INVITE that names another address opens the lock.
  RemotePlain moved = pair.phone_seen(kPrivate, false);
  moved.protection = keys.node;
  pair.node.peer.apply(moved, pair.now, pair.node.sink);
  pair.inject(seen, kStranger);
  EXPECT_EQ(pair.node.peer.remote(), kPrivate);
  pair.send(pair.phone, rtp(3));
  EXPECT_EQ(pair.node.peer.remote(), pair.phone.rtp);
}

TEST(SdesPlain, APhoneBehindNatIsFoundByItsKey) {
  PlainPair pair;
  const auto keys = sdes_keys(srtp::Profile::aead_aes_128_gcm);
  pair.agree(keys);
  RemotePlain said = pair.phone_seen(kPrivate, false);
  said.protection = keys.node;
  pair.node.peer.apply(said, pair.now, pair.node.sink);
  pair.phone.rtp = kNat;
  expect_both_ways(pair);
  EXPECT_EQ(pair.node.peer.remote(), kNat);
}

// Sequence numbers go round many times, with re-INVITEs at several places; the keys stay, so must
// the rollover counters, in both directions.
TEST(SdesPlain, AReinviteWithTheSameKeysKeepsTheRolloverCounters) {
  for (const auto profile : {srtp::Profile::aead_aes_128_gcm, srtp::Profile::aes128_cm_sha1_80}) {
    PlainPair pair;
    const auto keys = sdes_keys(profile);
    for (uint32_t i = 0; i < 200; ++i) {
      if (i % 30 == 0) pair.agree(keys);
      for (auto* side : {&pair.phone, &pair.node})
        pair.send(*side, rtp(static_cast<uint16_t>(i * 20'000)));
    }
    EXPECT_EQ(pair.node.peer.stats().rtp_received, 200u);
    EXPECT_EQ(pair.phone.peer.stats().rtp_received, 200u);
  }
}

TEST(SdesPlain, ANewKeyOfThePhoneLeavesOurDirectionAlone) {
  PlainPair pair;
  pair.agree(sdes_keys(srtp::Profile::aes128_cm_sha1_80, 1, 2));
  go_round(pair, pair.node);
  RemotePlain changed = pair.phone_seen(pair.phone.rtp, false);
  changed.protection = sdes_keys(srtp::Profile::aes128_cm_sha1_80, 1, 3).node;
  pair.node.peer.apply(changed, pair.now, pair.node.sink);
  EXPECT_TRUE(pair.send(pair.node, rtp(5000)));
  EXPECT_EQ(pair.phone.peer.stats().rtp_received, 6u);
  pair.send(pair.phone, rtp(1));
  EXPECT_EQ(pair.node.peer.stats().rtp_received, 0u) << "still under the old key";
}

TEST(SdesPlain, NewKeysBothWaysBeginAnew) {
  PlainPair pair;
  pair.agree(sdes_keys(srtp::Profile::aes128_cm_sha1_80, 1, 2));
  go_round(pair, pair.node);
  pair.agree(sdes_keys(srtp::Profile::aead_aes_128_gcm, 3, 4));
  expect_both_ways(pair, 5001);
}

TEST(SdesPlain, ATimeWithoutEncryptionDoesNotStartTheKeyAnew) {
  PlainPair pair;
  const auto keys = sdes_keys(srtp::Profile::aes128_cm_sha1_80);
  pair.agree(keys);
  go_round(pair, pair.node);
  for (auto* side : {&pair.node, &pair.phone}) {
    const auto& other = side == &pair.node ? pair.phone : pair.node;
    side->peer.apply(pair.phone_seen(other.rtp, false), pair.now, side->sink);
  }
  expect_both_ways(pair, 5000);
  pair.agree(keys);
  expect_both_ways(pair, 5001);
}

// --- DTLS ----------------------------------------------------------------------------------------

TEST_P(EachMux, DtlsCarriesBothWaysInEitherRole) {
  for (const auto role : {dtls::Role::server, dtls::Role::client}) {
    PlainPair fresh;
    fresh.agree_on_dtls(GetParam(), role);
    EXPECT_TRUE(fresh.node.peer.connected());
    EXPECT_EQ(count<Connected>(fresh.node), 1u);
    expect_both_ways(fresh);
  }
}

TEST_P(EachMux, DtlsWithOpensslToo) {
  PlainPair real;
  real.node_identity = dtls::testing::openssl_identity();
  real.phone_identity = dtls::testing::openssl_identity();
  real.node.peer = Peer(PlainOptions{.dtls = {.factory = real.node_identity.factory}});
  real.phone.peer = Peer(PlainOptions{.dtls = {.factory = real.phone_identity.factory}});
  real.agree_on_dtls(GetParam());
  expect_both_ways(real);
}

TEST(DtlsPlain, MediaWaitsForTheKeys) {
  PlainPair pair;
  bool open = false;
  pair.network = [&](auto&, auto&) { return open; };
  pair.agree_on_dtls(true);
  EXPECT_FALSE(pair.node.peer.can_send());
  EXPECT_FALSE(pair.send(pair.node, rtp(1)));
  pair.inject(rtp(1), pair.phone.rtp);
  EXPECT_TRUE(pair.node.sink.rtp_packets.empty());
  open = true;
  pair.advance(std::chrono::seconds(1));
  expect_both_ways(pair, 2);
}

TEST(DtlsPlain, AHelloBeforeTheDescriptionIsKept) {
  PlainPair pair;
  RemotePlain of_node = pair.phone_seen(pair.node.rtp, true);
  of_node.protection = RemoteDtls{{pair.node_identity.print}, dtls::Role::client};
  pair.phone.peer.apply(of_node, pair.now, pair.phone.sink);
  pair.settle();
  pair.agree_on_dtls(true);
  EXPECT_TRUE(pair.node.peer.connected()) << "without waiting for a retransmission";
}

TEST(DtlsPlain, APhoneBehindNatIsAnsweredWhereItsHelloCameFrom) {
  PlainPair pair;
  pair.agree_on_dtls(true, dtls::Role::server, &kPrivate);
  EXPECT_TRUE(pair.node.peer.connected());
  EXPECT_EQ(pair.node.peer.remote(), pair.phone.rtp);
  expect_both_ways(pair);
}

TEST(DtlsPlain, OnceLockedAForeignHelloHasNoEffect) {
  PlainPair pair;
  std::vector<uint8_t> hello;
  pair.network = [&](const PlainPair::Side& from, std::vector<uint8_t>& bytes) {
    if (&from == &pair.phone && hello.empty()) hello = bytes;
    return true;
  };
  pair.agree_on_dtls(true);
  expect_both_ways(pair);
  for (const auto& from : {kStranger, pair.phone.rtp}) pair.inject(hello, from);
  EXPECT_TRUE(pair.astray.empty());
  EXPECT_EQ(pair.node.peer.remote(), pair.phone.rtp);
  EXPECT_EQ(count<Failed>(pair.node), 0u);
  expect_both_ways(pair, 2);
}

// A stranger's hello comes first; the phone's own comes from where its description says.
TEST(DtlsPlain, AStrangersHandshakeGivesWayToTheDescribedAddress) {
  PlainPair pair;
  PlainPair other;
  other.phone_identity = dtls::testing::fake_identity("stranger");
  std::vector<uint8_t> hello;
  other.network = [&](const PlainPair::Side& from, std::vector<uint8_t>& bytes) {
    if (&from == &other.phone) hello = bytes;
    return false;
  };
  other.phone.peer = Peer(PlainOptions{.dtls = {.factory = other.phone_identity.factory}});
  other.agree_on_dtls(true);
  ASSERT_FALSE(hello.empty());
  pair.network = [](auto&, auto&) { return false; };
  pair.agree_on_dtls(true);
  pair.inject(hello, kStranger);
  pair.network = [](auto&, auto&) { return true; };
  pair.advance(std::chrono::seconds(1));
  EXPECT_TRUE(pair.node.peer.connected());
  EXPECT_EQ(pair.node.peer.remote(), pair.phone.rtp);
  EXPECT_EQ(count<Failed>(pair.node), 0u);
}

TEST(DtlsPlain, AWrongFingerprintFailsTheCall) {
  PlainPair pair;
  RemotePlain of_phone = pair.phone_seen(pair.phone.rtp, true);
  of_phone.protection =
      RemoteDtls{{dtls::testing::fake_identity("other").print}, dtls::Role::server};
  RemotePlain of_node = pair.phone_seen(pair.node.rtp, true);
  of_node.protection = RemoteDtls{{pair.node_identity.print}, dtls::Role::client};
  pair.node.peer.apply(of_phone, pair.now, pair.node.sink);
  pair.phone.peer.apply(of_node, pair.now, pair.phone.sink);
  pair.settle();
  EXPECT_EQ(count<Failed>(pair.node), 1u);
  EXPECT_FALSE(pair.node.peer.can_send());
}

TEST(DtlsPlain, FromElsewhereItFailsWhenNobodyBetterComes) {
  PlainPair pair;
  RemotePlain of_phone = pair.phone_seen(kPrivate, true);
  of_phone.protection =
      RemoteDtls{{dtls::testing::fake_identity("other").print}, dtls::Role::server};
  RemotePlain of_node = pair.phone_seen(pair.node.rtp, true);
  of_node.protection = RemoteDtls{{pair.node_identity.print}, dtls::Role::client};
  pair.node.peer.apply(of_phone, pair.now, pair.node.sink);
  pair.phone.peer.apply(of_node, pair.now, pair.phone.sink);
  pair.settle();
  EXPECT_EQ(count<Failed>(pair.node), 0u);
  pair.advance(std::chrono::seconds(30));
  EXPECT_EQ(count<Failed>(pair.node), 1u);
}

TEST(DtlsPlain, AReinviteKeepsTheAssociationAndFindsTheNewAddress) {
  PlainPair pair;
  pair.agree_on_dtls(true);
  go_round(pair, pair.phone);
  const auto before = pair.node.peer.stats().dtls_received;
  RemotePlain moved = pair.phone_seen(kNat, true);
  moved.protection = RemoteDtls{{pair.phone_identity.print}, dtls::Role::server};
  pair.node.peer.apply(moved, pair.now, pair.node.sink);
  EXPECT_EQ(pair.node.peer.remote(), kNat);
  std::vector<uint8_t> forged = rtp(9);
  forged.resize(forged.size() + 16);
  pair.inject(forged, kStranger);
  EXPECT_EQ(pair.node.peer.remote(), kNat);
  pair.phone.rtp = kNat;
  expect_both_ways(pair, 5000);
  EXPECT_EQ(pair.node.peer.stats().dtls_received, before);
}

TEST(DtlsPlain, TheEndIsSaidAndHeardWithoutAFault) {
  PlainPair pair;
  pair.agree_on_dtls(true);
  pair.phone.peer.close(pair.now, pair.phone.sink);
  pair.settle();
  EXPECT_EQ(count<Failed>(pair.node), 0u);
  EXPECT_FALSE(pair.node.peer.can_send());
}

}  // namespace
}  // namespace viaduct::peer
