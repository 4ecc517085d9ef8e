#include "signalling/negotiation/codec_names.h"

#include <gtest/gtest.h>

namespace viaduct::negotiation {
namespace {

const std::string kHead =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n";

TEST(CodecNames, OfOurs) {
  EXPECT_EQ(codec_names(std::vector{kOpus, kPcmu}), "opus, PCMU");
  EXPECT_EQ(codec_names({}), "none");
}

TEST(CodecNames, OfADescriptionAsItSaysThem) {
  EXPECT_EQ(codec_names_of(kHead + "m=audio 4000 RTP/AVP 18 3 97 98\r\na=rtpmap:97 iLBC/8000\r\n"),
            "G729, GSM, iLBC, payload type 98");
  EXPECT_EQ(codec_names_of(kHead + "m=video 4000 RTP/AVP 96\r\n"), "none");
  EXPECT_EQ(codec_names_of("INVITE"), "none");
}

TEST(CodecNames, AreBounded) {
  std::string sdp = kHead + "m=audio 4000 RTP/AVP";
  for (int i = 20; i < 120; ++i) sdp += " " + std::to_string(i);
  sdp += "\r\na=rtpmap:20 " + std::string(500, 'x') + "/8000\r\n";
  const std::string names = codec_names_of(sdp);
  EXPECT_LT(names.size(), 320u);
  EXPECT_EQ(names.find("xx"), std::string::npos);
}

}  // namespace
}  // namespace viaduct::negotiation
