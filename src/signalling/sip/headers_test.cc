#include "signalling/sip/headers.h"

#include <gtest/gtest.h>

namespace viaduct::sip {
namespace {

TEST(Via, ParsesAndPrints) {
  const auto via = Via::parse("SIP / 2.0 / udp  [2001:db8::9]:5070 ; rport ; branch=z9hG4bKabc");
  ASSERT_TRUE(via.has_value());
  EXPECT_EQ(via->str(), "SIP/2.0/UDP [2001:db8::9]:5070;rport;branch=z9hG4bKabc");
  EXPECT_TRUE(via->has_rfc3261_branch());
  EXPECT_TRUE(via->params.has("rport"));
  EXPECT_EQ(via->params.get("rport"), "");
  // "received" of IPv6 has no brackets (§25.1).
  EXPECT_EQ(Via::parse("SIP/2.0/UDP a;received=2001:db8::1")->params.get("received"),
            "2001:db8::1");
}

TEST(Via, RefusesWhatIsNone) {
  for (const char* text : {"", "SIP/2.0/UDP", "SIP/2.0 host", "SIP/2.0/UDPhost", "SIP/2.0/UDP h;",
                           "SIP/2.0/UDP h:70000", "SIP/2.0/UDP h;branch=a;branch=b",
                           "SIP/2.0/UDP h, SIP/2.0/UDP i", "SIP/2.0/UDP h;branch=", "/2.0/UDP h"})
    EXPECT_FALSE(Via::parse(text).has_value()) << text;
}

TEST(NameAddr, Forms) {
  const auto quoted_name = NameAddr::parse("\"A. \\\"B\\\" C\" <sip:a@b;lr>;tag=1;x=\"y;z\"");
  ASSERT_TRUE(quoted_name.has_value());
  EXPECT_EQ(quoted_name->display_name, "A. \"B\" C");
  EXPECT_EQ(quoted_name->uri.str(), "sip:a@b;lr");
  EXPECT_EQ(quoted_name->tag(), "1");
  EXPECT_EQ(quoted_name->params.text("x"), "y;z");
  EXPECT_EQ(quoted_name->str(), "\"A. \\\"B\\\" C\" <sip:a@b;lr>;tag=1;x=\"y;z\"");

  const auto tokens = NameAddr::parse("Bob Smith <sip:b@c>");
  ASSERT_TRUE(tokens.has_value());
  EXPECT_EQ(tokens->display_name, "Bob Smith");

  const auto bare = NameAddr::parse("sip:b@c;tag=7");
  ASSERT_TRUE(bare.has_value());
  EXPECT_EQ(bare->tag(), "7");
  EXPECT_EQ(bare->str(), "<sip:b@c>;tag=7");

  const auto instance = NameAddr::parse("<sip:b@c>;+sip.instance=\"<urn:uuid:1>\";expires=60");
  ASSERT_TRUE(instance.has_value());
  EXPECT_EQ(instance->params.text("+sip.instance"), "<urn:uuid:1>");
  EXPECT_EQ(instance->expires(), 60u);
}

TEST(NameAddr, RefusesWhatIsNone) {
  for (const char* text : {"", "<>", "<sip:a@b", "\"a <sip:a@b>", "\"a\" sip:a@b", "a b",
                           "a, b <sip:a@b>", "< sip:a@b>", "<sip:a@b>;", "<sip:a@b>;tag=1;tag=2",
                           "sip:a@b?x=y", "<sip:a@b> x", "<sip:a@b>\r\nX: y", "\"a\nb\" <sip:a@b>"})
    EXPECT_FALSE(NameAddr::parse(text).has_value()) << text;
}

TEST(CSeq, Bounds) {
  EXPECT_EQ(CSeq::parse("2147483647 INVITE")->number, 2147483647u);
  EXPECT_EQ(CSeq::parse("0009 \t INVITE")->str(), "9 INVITE");
  EXPECT_EQ(CSeq::parse("1 invite")->method, Method::other);  // case counts
  for (const char* text : {"", "1", "INVITE", "2147483648 INVITE", "-1 INVITE", "+1 INVITE",
                           "1 IN VITE", "99999999999999999999 INVITE"})
    EXPECT_FALSE(CSeq::parse(text).has_value()) << text;
}

TEST(Headers, SmallOnes) {
  EXPECT_EQ(RAck::parse("776656 1 INVITE")->str(), "776656 1 INVITE");
  EXPECT_FALSE(RAck::parse("1 INVITE").has_value());

  const auto type = MediaType::parse("Application / SDP ; charset=\"utf-8\"");
  ASSERT_TRUE(type.has_value());
  EXPECT_TRUE(type->is("application", "sdp"));
  EXPECT_EQ(type->params.text("charset"), "utf-8");
  EXPECT_FALSE(MediaType::parse("application").has_value());

  const auto reason = Reason::parse("Q.850 ;cause=16 ;text=\"Normal \\\"end\\\"\"");
  ASSERT_TRUE(reason.has_value());
  EXPECT_EQ(reason->protocol, "Q.850");
  EXPECT_EQ(reason->cause, 16);
  EXPECT_EQ(reason->text, "Normal \"end\"");
  EXPECT_EQ(reason->str(), "Q.850;cause=16;text=\"Normal \\\"end\\\"\"");
  EXPECT_FALSE(Reason::parse("SIP;cause=x").has_value());

  const auto retry = RetryAfter::parse("120 (in a (long) meeting);duration=60");
  ASSERT_TRUE(retry.has_value());
  EXPECT_EQ(retry->seconds, 120u);
  EXPECT_EQ(retry->comment, "in a (long) meeting");
  EXPECT_EQ(retry->params.get("duration"), "60");
  EXPECT_FALSE(RetryAfter::parse("120 (open").has_value());

  const auto replaces = Replaces::parse("98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff");
  ASSERT_TRUE(replaces.has_value());
  EXPECT_EQ(replaces->call_id, "98732@sip.example.com");
  EXPECT_EQ(replaces->to_tag(), "ff87ff");

  EXPECT_EQ(parse_delta_seconds("99999999999").value(), 4294967295u);
  EXPECT_FALSE(parse_delta_seconds("-1").has_value());
}

TEST(AuthValue, ParametersAndTheirAbuse) {
  const auto value = AuthValue::parse("Digest realm=\"a, \\\"b\\\"\" , NC=00000001,qop=auth");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->get("realm"), "a, \"b\"");
  EXPECT_EQ(value->get("nc"), "00000001");
  EXPECT_EQ(value->str(), "Digest realm=\"a, \\\"b\\\"\", nc=00000001, qop=auth");
  for (const char* text : {"Digest", "Digest ", "Digest realm", "Digest realm=", "Digest a=1,a=2",
                           "Digest a=\"1", "Digest a=1,", "Digest a=1 b=2"})
    EXPECT_FALSE(AuthValue::parse(text).has_value()) << text;
}

TEST(Params, SetAndRemove) {
  Params params = Params::from_wire(";a=1;b;c=\"x;y\"");
  params.set("B", "2");
  params.set("d");
  EXPECT_EQ(params.str(), ";a=1;B=2;c=\"x;y\";d");
  params.remove("c");
  EXPECT_EQ(params.str(), ";a=1;B=2;d");
  EXPECT_EQ(params.size(), 3u);
}

TEST(Headers, QuotingKeepsLinesWhole) {
  EXPECT_EQ(quoted("a\"b\\c\r\nX: y"), "\"a\\\"b\\\\c  X: y\"");
}

}  // namespace
}  // namespace viaduct::sip
