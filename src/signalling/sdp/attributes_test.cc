#include "signalling/sdp/attributes.h"

#include <gtest/gtest.h>

namespace viaduct::sdp {
namespace {

TEST(Attributes, AreFoundByName) {
  Attributes attributes;
  add(attributes, "rtcp-mux");
  add(attributes, "mid", " 0 ");
  add(attributes, "extmap", "1 urn:a");
  add(attributes, "extmap", "2 urn:b");
  EXPECT_TRUE(has(attributes, "rtcp-mux"));
  EXPECT_FALSE(has(attributes, "RTCP-MUX"));
  EXPECT_EQ(value_of(attributes, "rtcp-mux"), "");
  EXPECT_EQ(value_of(attributes, "mid"), "0");
  EXPECT_EQ(value_of(attributes, "ptime"), std::nullopt);
  EXPECT_EQ(values_of(attributes, "extmap"), (std::vector<std::string_view>{"1 urn:a", "2 urn:b"}));
  EXPECT_EQ(direction_of(attributes), std::nullopt);
  add(attributes, "recvonly");
  EXPECT_EQ(direction_of(attributes), "recvonly");
}

TEST(Attributes, RtpMap) {
  const auto opus = parse_rtpmap("111 opus/48000/2");
  ASSERT_TRUE(opus);
  EXPECT_EQ(opus->payload_type, 111);
  EXPECT_EQ(opus->name, "opus");
  EXPECT_EQ(opus->clock_rate, 48000u);
  EXPECT_EQ(opus->channels, 2);
  EXPECT_EQ(parse_rtpmap(" 0  PCMU/8000 ")->channels, std::nullopt);
  for (auto bad : {"", "opus/48000", "128 opus/48000", "1 opus", "1 /8000", "1 opus/0", "1 opus/x",
                   "1 opus/48000/0", "1 opus/48000/x", "-1 opus/48000"})
    EXPECT_FALSE(parse_rtpmap(bad)) << bad;
}

TEST(Attributes, FormatsOfASection) {
  Media media;
  add(media.attributes, "rtpmap", "101 telephone-event/8000");
  add(media.attributes, "rtpmap", "110 telephone-event/48000");
  add(media.attributes, "fmtp", "110 0-16");
  add(media.attributes, "fmtp", "101  0-15 ");
  EXPECT_EQ(rtpmap_of(media, 110)->clock_rate, 48000u);
  EXPECT_FALSE(rtpmap_of(media, 11));
  EXPECT_EQ(fmtp_of(media, 101), "0-15");
  EXPECT_EQ(fmtp_of(media, 10), "");
}

TEST(Attributes, Group) {
  const Group group = parse_group("BUNDLE  0 audio ");
  EXPECT_EQ(group.semantics, "BUNDLE");
  EXPECT_EQ(group.mids, (std::vector<std::string_view>{"0", "audio"}));
}

TEST(Attributes, Rtcp) {
  EXPECT_EQ(parse_rtcp("53020")->port, 53020);
  EXPECT_FALSE(parse_rtcp("53020")->address);
  EXPECT_EQ(parse_rtcp("53020 IN IP6 2001:db8::1")->address->address, "2001:db8::1");
  for (auto bad : {"", "x", "65536", "1 IN IP4"}) EXPECT_FALSE(parse_rtcp(bad)) << bad;
}

TEST(Attributes, Candidate) {
  const auto chrome = parse_candidate(
      "2983460899 1 tcp 1518214911 192.0.2.2 9 typ host tcptype active generation 0");
  ASSERT_TRUE(chrome);
  EXPECT_EQ(chrome->transport, "tcp");
  EXPECT_EQ(chrome->priority, 1518214911u);
  EXPECT_EQ(chrome->tcptype, "active");
  EXPECT_EQ(chrome->extensions, "generation 0");
  EXPECT_EQ(print(*chrome),
            "2983460899 1 tcp 1518214911 192.0.2.2 9 typ host tcptype active generation 0");
  const auto reflexive = parse_candidate(
      "candidate:1 1 UDP 1694498815 198.51.100.4 40000 typ srflx raddr 10.0.0.4 rport 4000");
  ASSERT_TRUE(reflexive);
  EXPECT_EQ(reflexive->type, "srflx");
  EXPECT_EQ(reflexive->extensions, "raddr 10.0.0.4 rport 4000");
  EXPECT_TRUE(parse_candidate("1 1 udp 1 f0c1.local 9 typ host"));
  for (auto bad : {"", "1 1 udp 1 192.0.2.1 9", "1 1 udp 1 192.0.2.1 9 typ", "1 0 udp 1 a 9 typ h",
                   "1 1 udp 4294967296 a 9 typ host", "1 1 udp 1 a 65536 typ host",
                   "1 1 udp 1 a 9 type host", "undefined"})
    EXPECT_FALSE(parse_candidate(bad)) << bad;
}

TEST(Attributes, Fingerprint) {
  const auto parsed = parse_fingerprint("SHA-256 0a:FF:10");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->algorithm, "sha-256");
  EXPECT_EQ(parsed->digest, (std::vector<uint8_t>{0x0a, 0xff, 0x10}));
  EXPECT_EQ(print(*parsed), "sha-256 0A:FF:10");
  for (auto bad : {"", "sha-256", "sha-256 ", "sha-256 0", "sha-256 0A:", "sha-256 0A-FF",
                   "sha-256 0G", "sha-256 0A:FF:1"})
    EXPECT_FALSE(parse_fingerprint(bad)) << bad;
  std::string longest = "sha-512 00";
  for (int i = 1; i < 64; ++i) longest += ":00";
  EXPECT_TRUE(parse_fingerprint(longest));
  EXPECT_FALSE(parse_fingerprint(longest + ":00"));
}

TEST(Attributes, Setup) {
  EXPECT_EQ(parse_setup("actpass"), Setup::actpass);
  EXPECT_EQ(parse_setup(" Passive"), Setup::passive);
  EXPECT_EQ(parse_setup("server"), std::nullopt);
  EXPECT_EQ(print(Setup::holdconn), "holdconn");
}

TEST(Attributes, Sources) {
  const auto ssrc = parse_ssrc("1583996955 cname:a:b");
  ASSERT_TRUE(ssrc);
  EXPECT_EQ(ssrc->id, 1583996955u);
  EXPECT_EQ(ssrc->attribute, (Attribute{"cname", "a:b"}));
  EXPECT_FALSE(parse_ssrc("x cname:a"));
  EXPECT_FALSE(parse_ssrc("1"));
  EXPECT_EQ(parse_msid("- track")->track, "track");
  EXPECT_EQ(parse_msid("stream")->track, "");
  EXPECT_FALSE(parse_msid(""));
}

}  // namespace
}  // namespace viaduct::sdp
