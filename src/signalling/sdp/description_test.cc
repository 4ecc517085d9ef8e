#include "signalling/sdp/description.h"

#include <gtest/gtest.h>

#include <string>

namespace viaduct::sdp {
namespace {

using base::Errc;

constexpr std::string_view kPhone =
    "v=0\r\n"
    "o=alice 2890844526 2890844527 IN IP4 host.example.com\r\n"
    "s=A call\r\n"
    "i=notes\r\n"
    "c=IN IP4 192.0.2.1/127\r\n"
    "b=AS:80\r\n"
    "t=0 0\r\n"
    "r=7d 1h 0 25h\r\n"
    "a=tool:phone 1.0\r\n"
    "m=audio 49170/2 RTP/AVP 0 8 101\r\n"
    "i=voice\r\n"
    "c=IN IP6 2001:db8::1\r\n"
    "b=TIAS:64000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\n"
    "a=empty:\r\n"
    "a=sendrecv\r\n"
    "m=video 0 RTP/AVP 31\r\n";

TEST(Description, ReadsEveryLineAndPrintsItAgain) {
  const auto parsed = parse(kPhone);
  ASSERT_TRUE(parsed) << parsed.error().what;
  EXPECT_EQ(parsed->origin.user, "alice");
  EXPECT_EQ(parsed->origin.session_id, "2890844526");
  EXPECT_EQ(parsed->origin.version, "2890844527");
  EXPECT_EQ(parsed->origin.address.address, "host.example.com");
  EXPECT_EQ(parsed->name, "A call");
  EXPECT_EQ(parsed->connection->address, "192.0.2.1/127");
  ASSERT_EQ(parsed->media.size(), 2u);
  const Media& audio = parsed->media[0];
  EXPECT_EQ(audio.kind, "audio");
  EXPECT_EQ(audio.port, 49170);
  EXPECT_EQ(audio.port_count, 2);
  EXPECT_EQ(audio.protocol, "RTP/AVP");
  EXPECT_EQ(audio.formats, (std::vector<std::string>{"0", "8", "101"}));
  EXPECT_EQ(audio.connection, (Connection{"IN", "IP6", "2001:db8::1"}));
  EXPECT_EQ(audio.attributes[0], (Attribute{"rtpmap", "101 telephone-event/8000"}));
  EXPECT_EQ(audio.attributes[1], (Attribute{"empty", ""}));
  EXPECT_EQ(audio.attributes[2], (Attribute{"sendrecv", std::nullopt}));
  EXPECT_EQ(parsed->media[1].port, 0);
  EXPECT_EQ(print(*parsed), kPhone);
}

TEST(Description, TakesWhatPeersReallySend) {
  // LF only, blank lines inside and behind, no s= and no t=, padded words, no last line end, a line
  // of unknown type, session lines in odd order.
  const auto parsed = parse(
      "\nv=0\n\na=group:BUNDLE 0\nc=IN IP4 192.0.2.7\no=-  1   1 IN IP4 192.0.2.7 \n"
      "x=whatever\nm=audio  4000  RTP/AVP  0 \n\r\n \na=sendrecv\n\n\nm=video 9 RTP/AVP 96");
  ASSERT_TRUE(parsed) << parsed.error().what;
  EXPECT_EQ(print(*parsed),
            "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n"
            "a=group:BUNDLE 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendrecv\r\n"
            "m=video 9 RTP/AVP 96\r\n");
}

TEST(Description, RefusesWhatIsNone) {
  const std::string head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n";
  for (const std::string& text : {
           std::string(),
           std::string("\r\n\r\n"),
           std::string("INVITE sip:bob@example.com SIP/2.0\r\n"),
           std::string("o=- 1 1 IN IP4 192.0.2.1\r\n"),
           std::string("v=1\r\no=- 1 1 IN IP4 192.0.2.1\r\n"),
           std::string("v=0\r\ns=-\r\n"),
           std::string("v=0\r\no=- 1 1 IN\r\n"),
           head + "o=- 1 1 IN IP4 192.0.2.1\r\n",
           head + "c=IN IP4\r\n",
           head + "m=audio\r\n",
           head + "m=audio 5000 RTP/AVP\r\n",
           head + "m=audio 65536 RTP/AVP 0\r\n",
           head + "m=audio -1 RTP/AVP 0\r\n",
           head + "m=audio 5000/x RTP/AVP 0\r\n",
           head + "no line\r\n",
           head + "a\r\n",
           head + "a=mid:0\rm=audio 0 RTP/AVP 0\r\n",
           head + std::string("a=mid:\0", 7) + "\r\n",
       }) {
    const auto parsed = parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::malformed) << text;
  }
}

TEST(Description, IsBounded) {
  const std::string head = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n";
  const std::string media = "m=audio 5000 RTP/AVP 0 8\r\n";
  Limits limits;
  limits.media = 2;
  limits.attributes = 3;
  limits.formats = 2;
  limits.lines = 12;
  limits.bytes = 400;
  const std::string attributes = "a=a\r\na=b\r\na=c\r\n";
  EXPECT_TRUE(parse(head + attributes + media + attributes + media, limits));
  for (const std::string& text :
       {head + media + media + media, head + attributes + "a=d\r\n",
        head + media + attributes + "a=d\r\n", head + "m=audio 5000 RTP/AVP 0 8 9\r\n",
        head + "i=1\r\ni=2\r\ni=3\r\ni=4\r\ni=5\r\ni=6\r\ni=7\r\ni=8\r\ni=9\r\ni=10\r\n",
        head + "i=" + std::string(400, 'x') + "\r\n"}) {
    const auto parsed = parse(text, limits);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::too_large) << text;
  }
}

}  // namespace
}  // namespace viaduct::sdp
