#include "signalling/sip/uri.h"

#include <gtest/gtest.h>

namespace viaduct::sip {
namespace {

Uri uri(std::string_view text) {
  auto parsed = Uri::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed ? *parsed : Uri();
}

bool same(std::string_view a, std::string_view b) {
  const bool forth = equivalent(uri(a), uri(b));
  EXPECT_EQ(forth, equivalent(uri(b), uri(a))) << a << " " << b;
  return forth;
}

TEST(Uri, TakesApart) {
  const Uri u = uri("SIP:alice:secret@atlanta.com:5070;transport=tcp;lr?subject=hi&x=");
  EXPECT_EQ(u.scheme(), Uri::Scheme::sip);
  EXPECT_EQ(u.user(), "alice");
  EXPECT_EQ(u.host(), "atlanta.com");
  EXPECT_EQ(u.port(), 5070);
  EXPECT_EQ(u.param("Transport"), "tcp");
  EXPECT_TRUE(u.has_param("lr"));
  EXPECT_FALSE(u.has_param("maddr"));
  EXPECT_EQ(u.headers(), "subject=hi&x=");
  EXPECT_EQ(u.str(), "sip:alice:secret@atlanta.com:5070;transport=tcp;lr?subject=hi&x=");
}

TEST(Uri, PrintsWhatItRead) {
  for (const char* text :
       {"sip:atlanta.com", "sips:1212@gateway.com", "sip:alice@192.0.2.4", "sip:[2001:db8::10]",
        "sip:a@[2001:db8::10]:5070;lr", "sip:+1-212-555-1212:1234@gateway.com;user=phone",
        "sip:%61lice@a.com;transport=TCP", "tel:+1-201-555-0123", "sip:*72#@pbx",
        "tel:7042;phone-context=example.com", "mailto:a@b.c", "urn:service:sos",
        "sip:alice;day=tuesday@atlanta.com", "sip:my_host"})
    EXPECT_EQ(uri(text).str(), text);
}

TEST(Uri, IPv6Host) {
  const Uri u = uri("sip:bob@[2001:db8::9:1]:5080");
  EXPECT_EQ(u.host(), "[2001:db8::9:1]");
  EXPECT_EQ(u.port(), 5080);
  ASSERT_TRUE(u.host_address().has_value());
  EXPECT_EQ(u.host_address()->str(), "2001:db8::9:1");
  EXPECT_EQ(uri("sip:192.0.2.9").host_address()->str(), "192.0.2.9");
  EXPECT_FALSE(uri("sip:example.com").host_address().has_value());
}

TEST(Uri, Tel) {
  const Uri u = uri("tel:+1(555)12-34;ext=9");
  EXPECT_EQ(u.scheme(), Uri::Scheme::tel);
  EXPECT_EQ(u.user(), "+1(555)12-34");
  EXPECT_EQ(u.host(), "");
  EXPECT_EQ(u.param("ext"), "9");
}

TEST(Uri, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "sip",
                           "sip:",
                           ":a",
                           "sip:@host",
                           "sip:a@",
                           "sip:a b@c",
                           "sip:a@b@c",
                           "sip:a@b:0",
                           "sip:a@b:65536",
                           "sip:a@b:",
                           "sip:a@b:5060x",
                           "sip:a@b;",
                           "sip:a@b;;lr",
                           "sip:a@b;x=",
                           "sip:a@b;=x",
                           "sip:a%4@b",
                           "sip:a%zz@b",
                           "sip:a@[::1",
                           "sip:a@[1.2.3.4]",
                           "sip:a@[zz]",
                           "sip:a@b?",
                           "sip:a@b?x",
                           "sip:a@b?=x",
                           "sip:a@b<c",
                           "sip:a\"b@c",
                           "1sip:a@b",
                           "tel:",
                           "tel:+1 2",
                           "foo:",
                           "foo:a b",
                           "sip:a@b\r\nX: y",
                           "sip:\xc3\xa4@b"})
    EXPECT_FALSE(Uri::parse(text).has_value()) << text;
}

TEST(Uri, BuildsWithEscapes) {
  EXPECT_EQ(Uri::sip("1000", "example.com").str(), "sip:1000@example.com");
  EXPECT_EQ(Uri::sip("", "example.com", 5070).str(), "sip:example.com:5070");
  EXPECT_EQ(Uri::sip("a b@c:\"<>%#", "h").str(), "sip:a%20b%40c%3A%22%3C%3E%25%23@h");
  EXPECT_EQ(uri(Uri::sip("a b@c:\"<>%#", "h").str()).user(), "a b@c:\"<>%#");
  EXPECT_EQ(Uri::sip("x", "2001:db8::1", 5060).str(), "sip:x@[2001:db8::1]:5060");
  const auto address = base::SocketAddress::parse("[2001:db8::1]:7000");
  EXPECT_EQ(Uri::sip("x", *address).str(), "sip:x@[2001:db8::1]:7000");
}

// The pairs of RFC 3261 §19.1.4.
TEST(Uri, Equivalence) {
  EXPECT_TRUE(same("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"));
  EXPECT_TRUE(same("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
  EXPECT_TRUE(same("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"));
  EXPECT_TRUE(same("sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                   "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"));
  EXPECT_TRUE(same("sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                   "sip:alice@atlanta.com?priority=urgent&subject=project%20x"));
  EXPECT_FALSE(same("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"));
  EXPECT_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
  EXPECT_FALSE(same("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
  EXPECT_FALSE(same("sip:bob@biloxi.com:6000;transport=tcp", "sip:bob@biloxi.com"));
  EXPECT_FALSE(same("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"));
  EXPECT_FALSE(same("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"));
  EXPECT_FALSE(same("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"));
  EXPECT_FALSE(same("sip:bob@a.com", "sips:bob@a.com"));
  EXPECT_FALSE(same("sip:a%3Bb@c", "sip:a;b@c"));  // an escaped reserved character is another one
  EXPECT_TRUE(same("tel:+1-201-555-0123", "tel:+1(201)5550123"));
  EXPECT_FALSE(same("tel:+12015550123", "tel:12015550123"));
}

}  // namespace
}  // namespace viaduct::sip
