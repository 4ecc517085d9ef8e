#include "signalling/negotiation/direct.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace viaduct::negotiation {
namespace {

using ::testing::HasSubstr;

const std::string kNoCandidates =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:111 opus/48000/2\r\n"
    "a=mid:0\r\na=setup:actpass\r\na=rtcp-mux\r\n"
    "a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
    "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n";

std::string with(const std::string& address, const std::string& transport = "udp") {
  return kNoCandidates + "a=candidate:1 1 " + transport + " 2122260223 " + address +
         " 54321 typ host\r\n";
}

std::string refusal(const std::string& description) {
  const auto result = check_direct(description);
  return result ? "" : result.error().what;
}

TEST(Direct, NeedsAnAddressThatTheOtherBrowserCanSendTo) {
  EXPECT_TRUE(check_direct(with("10.0.0.7")));
  EXPECT_TRUE(check_direct(with("2001:db8::7")));
  EXPECT_THAT(refusal(kNoCandidates), HasSubstr("no address"));
  EXPECT_THAT(refusal(with("8f4c3c1e-0a5f-4a53-9b6f-6a51b0f0c7d1.local")), HasSubstr("no address"));
  EXPECT_THAT(refusal(with("10.0.0.7", "tcp")), HasSubstr("no address"));
}

TEST(Direct, NeedsAudioOverWebRtc) {
  std::string rejected = with("10.0.0.7");
  rejected.replace(rejected.find("m=audio 9"), 9, "m=audio 0");
  EXPECT_THAT(refusal(rejected), HasSubstr("no audio"));
  std::string plain = with("10.0.0.7");
  plain.replace(plain.find("UDP/TLS/RTP/SAVPF"), 17, "RTP/AVP");
  EXPECT_THAT(refusal(plain), HasSubstr("no audio"));
  std::string apart = with("10.0.0.7");
  apart.replace(apart.find("a=rtcp-mux\r\n"), 12, "");
  EXPECT_THAT(refusal(apart), HasSubstr("no audio"));
  EXPECT_NE(refusal("nonsense"), "");
}

TEST(Direct, OfSeveralSectionsTheBundleSpeaksOnce) {
  // Chrome names its candidates in the first section of the group only.
  std::string video_first = with("10.0.0.7");
  video_first.replace(video_first.find("BUNDLE 0"), 8, "BUNDLE 0 1");
  video_first.replace(video_first.find("m=audio"), 7, "m=video");
  video_first += "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:1\r\na=rtcp-mux\r\n";
  EXPECT_TRUE(check_direct(video_first));
}

}  // namespace
}  // namespace viaduct::negotiation
