#include "transport/peer/plain_transport.h"

#include <gtest/gtest.h>

#include "transport/peer/testing/recording_sink.h"

namespace viaduct::peer {
namespace {

using base::SocketAddress;
using testing::RecordingSink;

SocketAddress at(std::string_view text) { return SocketAddress::parse(text).value(); }

const SocketAddress kSdp = at("192.0.2.10:4000");
const SocketAddress kSdpRtcp = at("192.0.2.10:4001");
const SocketAddress kNat = at("203.0.113.5:61000");
const SocketAddress kStranger = at("198.51.100.66:7");
constexpr base::TimePoint kNow{std::chrono::hours(1)};

struct PlainPeer : ::testing::Test {
  void receive(const SocketAddress& from, std::vector<uint8_t> bytes,
               Component via = Component::rtp) {
    peer.receive(via, bytes, from, kNow, sink);
  }
  bool send() {
    std::vector<uint8_t> buffer = rtp;
    buffer.resize(rtp.size() + kSrtpTrailer);
    return peer.send_rtp(buffer, rtp.size(), kNow, sink);
  }
  bool send_report() {
    std::vector<uint8_t> buffer = rtcp;
    buffer.resize(rtcp.size() + kSrtpTrailer);
    return peer.send_rtcp(buffer, rtcp.size(), kNow, sink);
  }
  std::vector<Event> events() {
    std::vector<Event> all;
    while (auto event = peer.poll()) all.push_back(*event);
    return all;
  }
  const std::vector<uint8_t> rtp{0x80, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 0xff, 0xff};
  const std::vector<uint8_t> rtcp{0x80, 201, 0, 1, 1, 2, 3, 4};
  Peer peer{PlainOptions{}};
  RecordingSink sink;
};

TEST_F(PlainPeer, SendsToTheAddressOfTheDescriptionUntilItHears) {
  EXPECT_FALSE(send());
  EXPECT_EQ(peer.stats().dropped_unsendable, 1u);
  peer.apply(RemotePlain{kSdp, kSdpRtcp, false}, kNow, sink);
  EXPECT_TRUE(send());
  EXPECT_TRUE(send_report());
  ASSERT_EQ(sink.sent.size(), 2u);
  EXPECT_EQ(sink.sent[0].to, kSdp);
  EXPECT_EQ(sink.sent[0].via, Component::rtp);
  EXPECT_EQ(sink.sent[0].bytes, rtp);
  EXPECT_EQ(sink.sent[1].to, kSdpRtcp);
  EXPECT_EQ(sink.sent[1].via, Component::rtcp);
  EXPECT_FALSE(peer.connected());
}

TEST_F(PlainPeer, LocksOntoTheFirstSource) {
  peer.apply(RemotePlain{kSdp, kSdpRtcp, false}, kNow, sink);
  receive(kNat, rtp);
  EXPECT_EQ(sink.rtp_packets.size(), 1u);
  EXPECT_TRUE(peer.connected());
  EXPECT_EQ(peer.remote(), kNat);
  EXPECT_TRUE(peer.owns(kNat));
  receive(kStranger, rtp);
  receive(kSdp, rtp);
  EXPECT_EQ(sink.rtp_packets.size(), 1u);
  EXPECT_EQ(peer.stats().dropped_foreign, 2u);
  ASSERT_TRUE(send());
  EXPECT_EQ(sink.sent.back().to, kNat);
  const auto all = events();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(std::get<AddressValidated>(all[0]).path, kNat);
  EXPECT_TRUE(std::holds_alternative<Connected>(all[1]));
}

TEST_F(PlainPeer, RubbishTeachesNothing) {
  peer.apply(RemotePlain{kSdp, kSdpRtcp, false}, kNow, sink);
  receive(kStranger, {});
  receive(kStranger, {0x80});
  receive(kStranger, std::vector<uint8_t>(20, 0));
  receive(kStranger, {0x8f, 0, 0, 1, 0, 0, 0, 160, 1, 2, 3, 4, 0xff, 0xff});  // CSRCs past the end
  receive(kStranger, rtcp);
  receive(kStranger, rtp, Component::rtcp);
  EXPECT_FALSE(peer.connected());
  EXPECT_EQ(peer.remote(), kSdp);
  EXPECT_EQ(peer.stats().dropped_malformed, 5u);
  EXPECT_EQ(peer.stats().dropped_foreign, 1u);
  EXPECT_TRUE(sink.rtp_packets.empty());
  EXPECT_TRUE(sink.rtcp_packets.empty());
}

TEST_F(PlainPeer, DropsWhatComesBeforeTheAgreement) {
  receive(kNat, rtp);
  EXPECT_EQ(peer.stats().dropped_early, 1u);
  EXPECT_FALSE(peer.connected());
}

TEST_F(PlainPeer, LearnsAnewOnlyAfterAChangedDescription) {
  peer.apply(RemotePlain{kSdp, kSdpRtcp, false}, kNow, sink);
  receive(kNat, rtp);
  peer.apply(RemotePlain{kSdp, kSdpRtcp, false}, kNow, sink);  // a session refresh
  receive(kStranger, rtp);
  EXPECT_EQ(peer.remote(), kNat);
  events();

  const SocketAddress moved = at("192.0.2.77:5000");
  peer.apply(RemotePlain{moved, kSdpRtcp, false}, kNow, sink);
  EXPECT_EQ(peer.remote(), moved);
  EXPECT_FALSE(peer.owns(kNat));
  const auto all = events();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(std::get<AddressReleased>(all[0]).path, kNat);
  receive(moved, rtp);
  EXPECT_TRUE(peer.owns(moved));
  EXPECT_EQ(events().size(), 1u);  // validated, but connected it was already
}

TEST_F(PlainPeer, RtcpHasALockOfItsOwn) {
  peer.apply(RemotePlain{kSdp, kSdpRtcp, false}, kNow, sink);
  const SocketAddress nat_rtcp = at("203.0.113.5:61001");
  receive(nat_rtcp, rtcp, Component::rtcp);
  receive(kStranger, rtcp, Component::rtcp);
  EXPECT_EQ(sink.rtcp_packets.size(), 1u);
  EXPECT_EQ(peer.stats().dropped_foreign, 1u);
  EXPECT_EQ(peer.remote(), kSdp);
  EXPECT_FALSE(peer.connected());
  ASSERT_TRUE(send_report());
  EXPECT_EQ(sink.sent.back().to, nat_rtcp);
}

TEST_F(PlainPeer, MuxedRtcpFollowsRtp) {
  peer.apply(RemotePlain{kSdp, {}, true}, kNow, sink);
  receive(kNat, rtp);
  receive(kNat, rtcp);
  EXPECT_EQ(sink.rtcp_packets.size(), 1u);
  ASSERT_TRUE(send_report());
  EXPECT_EQ(sink.sent.back().to, kNat);
  EXPECT_EQ(sink.sent.back().via, Component::rtp);
}

TEST_F(PlainPeer, SendsNowhereImpossible) {
  for (const char* text : {"0.0.0.0:4000", "192.0.2.1:0", "224.0.0.5:4000", "[::]:4000"}) {
    peer.apply(RemotePlain{at(text), {}, true}, kNow, sink);
    EXPECT_FALSE(send()) << text;
  }
  EXPECT_TRUE(sink.sent.empty());
  receive(kNat, rtp);  // port 0: learnt
  EXPECT_TRUE(send());
}

}  // namespace
}  // namespace viaduct::peer
