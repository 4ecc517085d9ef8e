#include "transport/peer/webrtc_transport.h"

#include <gtest/gtest.h>

#include "transport/peer/testing/webrtc_rig.h"
#include "transport/stun/demux.h"

namespace viaduct::peer {
namespace {

using base::SocketAddress;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::RigOptions;
using testing::WebRtcRig;

const SocketAddress kStranger = SocketAddress::parse("198.51.100.66:7000").value();

std::vector<uint8_t> rtp_packet(uint16_t sequence) {
  std::vector<uint8_t> packet(172, 0x55);
  const uint8_t header[] = {0x80,
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
                            4};
  std::copy(std::begin(header), std::end(header), packet.begin());
  return packet;
}

const std::vector<uint8_t> kReport{0x80, 201, 0, 1, 1, 2, 3, 4};

void expect_media_both_ways(WebRtcRig& rig, uint16_t sequence) {
  const size_t before = rig.sink.rtp_packets.size();
  ASSERT_TRUE(rig.client.send_rtp(rtp_packet(sequence)));
  ASSERT_TRUE(rig.peer_sends(rtp_packet(sequence)));
  rig.settle();
  ASSERT_EQ(rig.sink.rtp_packets.size(), before + 1);
  EXPECT_EQ(rig.sink.rtp_packets.back(), rtp_packet(sequence));
  const auto received = rig.client.take_rtp();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0], rtp_packet(sequence));
}

struct Flavour {
  const char* name;
  bool openssl;
  dtls::Role server_role;
};

class WebRtcPeer : public ::testing::TestWithParam<Flavour> {
 protected:
  static RigOptions options() {
    RigOptions options;
    if (GetParam().openssl) {
      options.server = dtls::testing::openssl_identity();
      options.client = dtls::testing::openssl_identity();
    }
    options.server_role = GetParam().server_role;
    return options;
  }
};
INSTANTIATE_TEST_SUITE_P(Peer, WebRtcPeer,
                         ::testing::Values(Flavour{"FakeServer", false, dtls::Role::server},
                                           Flavour{"FakeClient", false, dtls::Role::client},
                                           Flavour{"OpenSslServer", true, dtls::Role::server},
                                           Flavour{"OpenSslClient", true, dtls::Role::client}),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(WebRtcPeer, CarriesMediaBothWays) {
  WebRtcRig rig(options());
  rig.establish();
  EXPECT_TRUE(rig.peer.connected());
  EXPECT_TRUE(rig.client.connected());
  EXPECT_EQ(rig.count<Connected>(), 1u);
  EXPECT_EQ(rig.count<Failed>(), 0u);
  EXPECT_EQ(rig.peer.remote(), rig.client_address);
  for (uint16_t i = 1; i < 5; ++i) expect_media_both_ways(rig, i);
  ASSERT_TRUE(rig.client.send_rtcp(kReport));
  rig.settle();
  ASSERT_EQ(rig.sink.rtcp_packets.size(), 1u);
  EXPECT_EQ(rig.sink.rtcp_packets[0], kReport);
  const Stats stats = rig.peer.stats();
  EXPECT_EQ(stats.rtp_received, 4u);
  EXPECT_EQ(stats.rtp_sent, 4u);
  EXPECT_EQ(stats.rtcp_received, 1u);
  EXPECT_EQ(stats.dropped_foreign + stats.dropped_early + stats.dropped_malformed, 0u);
}

TEST_P(WebRtcPeer, WaitsForALateAgreement) {
  WebRtcRig rig(options());
  rig.connect_client();
  rig.advance(milliseconds(300));
  EXPECT_FALSE(rig.peer.connected());
  rig.apply();
  rig.settle();
  // Without waiting for a retransmission: what came early was kept.
  EXPECT_TRUE(rig.peer.connected());
  expect_media_both_ways(rig, 1);
}

TEST_P(WebRtcPeer, RefusesAnotherCertificate) {
  WebRtcRig rig(options());
  rig.options.client.print = dtls::testing::fake_identity("eve").print;
  rig.establish();
  EXPECT_FALSE(rig.peer.connected());
  EXPECT_EQ(rig.count<Connected>(), 0u);
  ASSERT_EQ(rig.count<Failed>(), 1u);
  EXPECT_EQ(rig.fault(), Fault::fingerprint_mismatch);
  EXPECT_FALSE(rig.peer_sends(rtp_packet(1)));
}

TEST_P(WebRtcPeer, HearsTheGoodbye) {
  WebRtcRig rig(options());
  rig.establish();
  rig.client.close();
  rig.settle();
  ASSERT_EQ(rig.count<Failed>(), 1u);
  EXPECT_EQ(rig.fault(), Fault::closed);
  EXPECT_FALSE(rig.peer.connected());
  EXPECT_FALSE(rig.peer_sends(rtp_packet(1)));
}

TEST_P(WebRtcPeer, SaysGoodbye) {
  WebRtcRig rig(options());
  rig.establish();
  rig.peer.close(rig.now, rig.sink);
  rig.settle();
  EXPECT_TRUE(rig.client.closed_by_server());
}

TEST_P(WebRtcPeer, RestartsIceWithoutLosingTheKeys) {
  WebRtcRig rig(options());
  rig.establish();
  expect_media_both_ways(rig, 1);
  rig.client.new_ufrag();
  rig.server.ice = {"SRV2", base::Secret<std::string>("anotherPasswordOfServer")};
  rig.peer.restart_ice(rig.server.ice);
  rig.apply();
  expect_media_both_ways(rig, 2);  // over the old pair
  rig.client_address = SocketAddress::parse("203.0.113.200:40000").value();
  rig.client.restart_ice(rig.server, rig.now);
  rig.advance(seconds(2));
  EXPECT_EQ(rig.peer.remote(), rig.client_address);
  expect_media_both_ways(rig, 3);
  EXPECT_EQ(rig.count<Connected>(), 1u);
  EXPECT_EQ(rig.count<Failed>(), 0u);
  EXPECT_EQ(rig.count<AddressValidated>(), 2u);
  EXPECT_EQ(rig.count<AddressReleased>(), 1u);
}

TEST(WebRtcPeerTimers, FailsWhenNobodyChecks) {
  WebRtcRig rig;
  rig.apply();
  rig.advance(seconds(60));
  ASSERT_EQ(rig.events.size(), 1u);
  EXPECT_EQ(std::get<Failed>(rig.events[0]).fault, Fault::ice_timeout);
  EXPECT_EQ(rig.peer.next_timeout(), base::kNever);
}

TEST(WebRtcPeerTimers, FailsWhenDtlsNeverComes) {
  WebRtcRig rig;
  rig.toward_server = [](auto& bytes) { return !dtls::looks_like_dtls(bytes); };
  rig.apply();
  rig.connect_client();
  rig.advance(seconds(25));
  ASSERT_EQ(rig.count<Failed>(), 1u);
  EXPECT_EQ(rig.fault(), Fault::dtls_failed);
}

TEST(WebRtcPeerTimers, LosesConsentAndComesBackWithARestart) {
  WebRtcRig rig;
  rig.establish();
  rig.toward_server = [](auto&) { return false; };
  rig.advance(seconds(60));
  ASSERT_EQ(rig.count<Failed>(), 1u);
  EXPECT_EQ(rig.fault(), Fault::consent_lost);
  EXPECT_EQ(rig.count<AddressReleased>(), 1u);
  EXPECT_FALSE(rig.peer.owns(rig.client_address));
  EXPECT_FALSE(rig.peer_sends(rtp_packet(1)));

  rig.toward_server = [](auto&) { return true; };
  rig.client.new_ufrag();
  rig.server.ice = {"SRV2", base::Secret<std::string>("anotherPasswordOfServer")};
  rig.peer.restart_ice(rig.server.ice);
  rig.apply();
  rig.client.restart_ice(rig.server, rig.now);
  rig.advance(seconds(2));
  EXPECT_EQ(rig.count<Connected>(), 2u);
  expect_media_both_ways(rig, 10);
}

TEST(WebRtcPeerTimers, KeepsConsentForHours) {
  WebRtcRig rig;
  rig.establish();
  rig.advance(std::chrono::hours(2));
  EXPECT_EQ(rig.count<Failed>(), 0u);
  expect_media_both_ways(rig, 1);
}

TEST(WebRtcPeerTimers, SurvivesALossyStart) {
  WebRtcRig rig;
  int n = 0;
  rig.toward_server = rig.toward_client = [&n](auto&) { return ++n % 3 != 0; };
  rig.apply();
  rig.connect_client();
  rig.advance(seconds(15));
  EXPECT_TRUE(rig.peer.connected());
  EXPECT_EQ(rig.count<Failed>(), 0u);
}

TEST(WebRtcPeerTrust, StrangersHaveNoEffect) {
  WebRtcRig rig;
  std::vector<std::vector<uint8_t>> hello;
  rig.toward_server = [&](auto& bytes) {
    if (!dtls::looks_like_dtls(bytes)) return true;
    hello.push_back(bytes);
    return false;
  };
  rig.apply();
  rig.connect_client();
  rig.advance(milliseconds(200));
  ASSERT_FALSE(hello.empty());
  rig.inject(hello[0], kStranger);
  EXPECT_TRUE(rig.sink.sent.empty());
  EXPECT_EQ(rig.peer.stats().dropped_foreign, 1u);
  rig.inject(rtp_packet(1), kStranger);
  EXPECT_EQ(rig.peer.stats().dropped_foreign, 2u);
  EXPECT_FALSE(rig.peer.owns(kStranger));
  EXPECT_TRUE(rig.peer.owns(rig.client_address));
}

TEST(WebRtcPeerTrust, NoMediaBeforeTheKeysAndNoneInClear) {
  WebRtcRig rig;
  rig.toward_server = [&](auto& bytes) { return !dtls::looks_like_dtls(bytes); };
  rig.apply();
  rig.connect_client();
  rig.advance(milliseconds(200));
  rig.inject(rtp_packet(1), rig.client_address);
  EXPECT_EQ(rig.peer.stats().dropped_early, 1u);
  EXPECT_FALSE(rig.peer_sends(rtp_packet(1)));
  rig.toward_server = [](auto&) { return true; };
  rig.advance(seconds(2));
  ASSERT_TRUE(rig.peer.connected());
  rig.inject(rtp_packet(2), rig.client_address);
  EXPECT_EQ(rig.peer.stats().dropped_unauthentic, 1u);
  EXPECT_TRUE(rig.sink.rtp_packets.empty());
}

TEST(WebRtcPeerTrust, CountsReplayedAndChangedPackets) {
  WebRtcRig rig;
  rig.establish();
  std::vector<uint8_t> captured;
  rig.toward_server = [&](auto& bytes) {
    if (stun::classify(bytes) == stun::PacketKind::rtp) captured = bytes;
    return true;
  };
  ASSERT_TRUE(rig.client.send_rtp(rtp_packet(1)));
  rig.settle();
  rig.inject(captured, rig.client_address);
  EXPECT_EQ(rig.peer.stats().dropped_replayed, 1u);
  captured[3] ^= 2;
  rig.inject(captured, rig.client_address);
  EXPECT_EQ(rig.peer.stats().dropped_unauthentic, 1u);
  rig.inject({0x80, 0, 1}, rig.client_address);
  rig.inject({100, 1, 2, 3}, rig.client_address);
  EXPECT_EQ(rig.peer.stats().dropped_malformed, 2u);
  EXPECT_EQ(rig.sink.rtp_packets.size(), 1u);
}

TEST(WebRtcPeerTrust, EarlyDtlsIsBounded) {
  WebRtcRig rig;
  rig.connect_client();
  rig.advance(milliseconds(100));
  for (int i = 0; i < 100; ++i) rig.inject(std::vector<uint8_t>(1000, 22), rig.client_address);
  EXPECT_GE(rig.peer.stats().dropped_early, 96u);
}

TEST(WebRtcPeerAgreement, TheSameAgainChangesNothing) {
  WebRtcRig rig;
  rig.establish();
  const size_t events = rig.events.size();
  rig.apply();
  rig.advance(seconds(1));
  EXPECT_EQ(rig.events.size(), events);
  expect_media_both_ways(rig, 1);
}

// Sequence numbers go round many times while agreements come.
TEST(WebRtcPeerAgreement, RolloverCountersOutliveReinvites) {
  WebRtcRig rig;
  rig.establish();
  for (uint32_t i = 0; i < 100; ++i) {
    if (i % 30 == 0) rig.apply();
    expect_media_both_ways(rig, static_cast<uint16_t>(i * 20'000));
  }
  EXPECT_EQ(rig.peer.stats().rtp_received, 100u);
}

TEST(WebRtcPeerAgreement, ANewFingerprintNeedsANewAssociation) {
  WebRtcRig rig;
  rig.establish();
  rig.options.client.print = dtls::testing::fake_identity("other device").print;
  rig.apply();
  EXPECT_FALSE(rig.peer.connected());
  EXPECT_FALSE(rig.peer_sends(rtp_packet(1)));
}

}  // namespace
}  // namespace viaduct::peer
