#include "signalling/sip/message.h"

#include <gtest/gtest.h>

#include "base/rng.h"
#include "signalling/sip/identifiers.h"
#include "signalling/sip/parser.h"
#include "signalling/sip/response_path.h"
#include "signalling/sip/screening.h"
#include "signalling/sip/status.h"

namespace viaduct::sip {
namespace {

Message invite(std::string_view more = "", std::string_view via = "192.0.2.1:5070;rport") {
  std::string text = "INVITE sip:a@example.com SIP/2.0\r\nVia: SIP/2.0/UDP ";
  text.append(via).append(
      ";branch=z9hG4bK1\r\nVia: SIP/2.0/TCP 192.0.2.7;branch=z9hG4bK0\r\n"
      "Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\n"
      "From: <sip:b@example.com>;tag=f\r\nTo: sip:a@example.com\r\nCall-ID: c1\r\n"
      "CSeq: 7 INVITE\r\nTimestamp: 54\r\n");
  text.append(more).append("\r\n");
  ParseResult result = parse(text);
  EXPECT_TRUE(result.has_value()) << text;
  return result ? std::move(*result) : Message();
}

TEST(Message, BuildsARequest) {
  Message message = Message::request(Method::register_, Uri::sip("", "example.com"));
  message.add(HeaderName::via, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1");
  message.add(HeaderName::to, NameAddr{"Ann \"A\"", Uri::sip("ann", "example.com"), {}}.str());
  message.add("X-Thing", "1");
  EXPECT_FALSE(message.add("X Thing", "1"));
  EXPECT_FALSE(message.add("Content-Length", "7"));
  message.set_body("text/plain", "hello");
  EXPECT_EQ(message.str(),
            "REGISTER sip:example.com SIP/2.0\r\n"
            "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
            "To: \"Ann \\\"A\\\"\" <sip:ann@example.com>\r\n"
            "X-Thing: 1\r\n"
            "Content-Type: text/plain\r\n"
            "Content-Length: 5\r\n\r\nhello");
}

TEST(Message, NobodyWritesFieldsThroughAValue) {
  Message message = Message::response(200, "OK\r\nX: 1");
  message.add(HeaderName::subject, "a\r\nX: 1\n\0b");
  EXPECT_EQ(message.str(),
            "SIP/2.0 200 OK  X: 1\r\nSubject: a  X: 1 \r\nContent-Length: 0\r\n\r\n");
}

TEST(Message, ChangesFields) {
  Message message = invite("Route: <sip:r1>\r\nSubject: x\r\nRoute: <sip:r2>\r\n");
  message.prepend(HeaderName::route, "<sip:r0>");
  ASSERT_EQ(message.route()->size(), 3u);
  EXPECT_EQ(message.route()->at(0).uri.host(), "r0");
  message.set(HeaderName::route, "<sip:only>");
  ASSERT_EQ(message.route()->size(), 1u);
  EXPECT_EQ(message.value(HeaderName::subject), "x");
  message.remove(HeaderName::route);
  EXPECT_TRUE(message.route()->empty());
  message.add(HeaderName::subject, *message.value(HeaderName::call_id));  // a view of itself
  EXPECT_EQ(message.header(message.header_count() - 1).value, "c1");
  message.set_request_uri(Uri::sip("z", "y"));
  EXPECT_EQ(message.request_uri_text(), "sip:z@y");
}

TEST(Message, TopViaInASharedField) {
  Message message = invite();
  message.set(HeaderName::via, "SIP/2.0/UDP a;x=\"1,2\" , SIP/2.0/UDP b");
  message.remove_first_via();
  EXPECT_EQ(message.value(HeaderName::via), "SIP/2.0/UDP b");
  message.remove_first_via();
  EXPECT_FALSE(message.has(HeaderName::via));
  message.remove_first_via();
}

TEST(Message, AbsentAndMalformedAreTold) {
  Message message = invite("Retry-After: soon\r\n");
  EXPECT_EQ(message.contact().error().code, base::Errc::not_found);
  EXPECT_EQ(message.retry_after().error().code, base::Errc::malformed);
  message.add(HeaderName::contact, "*");
  EXPECT_TRUE(message.contacts()->all);
  EXPECT_EQ(message.contact().error().code, base::Errc::not_found);
  message.add(HeaderName::contact, "<sip:x@y>");
  EXPECT_EQ(message.contacts().error().code, base::Errc::malformed);
}

TEST(Message, ListsSplitOutsideQuotesAndBrackets) {
  std::string_view rest = " a;x=\"1,\\\"2\" ,, <sip:a,b@c>;q=1,\"d,e\" <sip:f> ,";
  EXPECT_EQ(take_list_element(rest), "a;x=\"1,\\\"2\"");
  EXPECT_EQ(take_list_element(rest), "<sip:a,b@c>;q=1");
  EXPECT_EQ(take_list_element(rest), "\"d,e\" <sip:f>");
  EXPECT_EQ(take_list_element(rest), std::nullopt);
}

TEST(Response, CopiesWhatItMust) {
  EXPECT_EQ(make_response(invite(), 180, "t").str(),
            "SIP/2.0 180 Ringing\r\n"
            "Via: SIP/2.0/UDP 192.0.2.1:5070;rport;branch=z9hG4bK1\r\n"
            "Via: SIP/2.0/TCP 192.0.2.7;branch=z9hG4bK0\r\n"
            "Record-Route: <sip:p1;lr>, <sip:p2;lr>\r\n"
            "From: <sip:b@example.com>;tag=f\r\n"
            "To: sip:a@example.com;tag=t\r\n"
            "Call-ID: c1\r\nCSeq: 7 INVITE\r\nContent-Length: 0\r\n\r\n");
  const Message trying = make_response(invite(), 100, "t");
  EXPECT_EQ(trying.value(HeaderName::to), "sip:a@example.com");
  EXPECT_EQ(trying.value(HeaderName::timestamp), "54");
  EXPECT_FALSE(make_response(invite(), 404, "t").has(HeaderName::record_route));
  EXPECT_EQ(make_response(invite(), 404, "t", "Gone Fishing").reason_phrase(), "Gone Fishing");
}

TEST(Response, AToTagStays) {
  Message request = invite();
  request.set(HeaderName::to, "<sip:a@example.com>;tag=old");
  EXPECT_EQ(make_response(request, 200, "new").to()->tag(), "old");
}

base::SocketAddress address(std::string_view text) {
  return base::SocketAddress::parse(text).value();
}

TEST(ResponsePath, SourceIsNotedAndLeadsBack) {
  struct Case {
    const char *via, *source, *noted, *destination;
  };
  for (const Case& c : {
           Case{"192.0.2.1:5070", "192.0.2.1:5070", "192.0.2.1:5070", "192.0.2.1:5070"},
           Case{"192.0.2.1", "192.0.2.1:9", "192.0.2.1", "192.0.2.1:5060"},
           Case{"192.0.2.1:5070", "198.51.100.2:9", "192.0.2.1:5070;received=198.51.100.2",
                "198.51.100.2:5070"},
           Case{"192.0.2.1:5070;rport", "198.51.100.2:9",
                "192.0.2.1:5070;rport=9;received=198.51.100.2", "198.51.100.2:9"},
           Case{"192.0.2.1;rport", "192.0.2.1:9", "192.0.2.1;rport=9;received=192.0.2.1",
                "192.0.2.1:9"},
           Case{"host.example;received=203.0.113.9", "198.51.100.2:9",
                "host.example;received=198.51.100.2", "198.51.100.2:5060"},
           Case{"192.0.2.1;received=203.0.113.9", "192.0.2.1:9", "192.0.2.1", "192.0.2.1:5060"},
           Case{"192.0.2.1;maddr=203.0.113.9", "192.0.2.1:9", "192.0.2.1;maddr=203.0.113.9",
                "192.0.2.1:5060"},
           Case{"[2001:db8::1];rport", "[2001:db8::2]:9",
                "[2001:db8::1];rport=9;received=2001:db8::2", "[2001:db8::2]:9"},
       }) {
    std::string via(c.via);
    Message request = invite("", via);
    ASSERT_TRUE(note_source(request, address(c.source)).has_value());
    Via noted = request.via().value();
    EXPECT_EQ(noted.branch(), "z9hG4bK1");
    noted.params.remove("branch");
    EXPECT_EQ(noted.str(), std::string("SIP/2.0/UDP ") + c.noted);
    EXPECT_EQ(request.vias()->size(), 2u);
    const Message response = make_response(request, 200, "t");
    EXPECT_EQ(response_destination(response)->str(), c.destination) << c.via;
  }
}

TEST(ResponsePath, ANameIsNoDestination) {
  EXPECT_EQ(response_destination(invite("", "host.example")).error().code, base::Errc::not_found);
  EXPECT_EQ(response_destination(Message::response(200)).error().code, base::Errc::not_found);
}

TEST(Screening, AsksInOrder) {
  const ScreeningOptions options{{Method::invite, Method::options}, {"timer"}, {"application/sdp"}};
  EXPECT_FALSE(screen_request(invite("Require: timer\r\n"), options, "t").has_value());

  const auto extension =
      screen_request(invite("Require: timer, foo\r\nProxy-Require: bar\r\n"), options, "t");
  ASSERT_TRUE(extension.has_value());
  EXPECT_EQ(extension->status(), 420);
  EXPECT_EQ(extension->value(HeaderName::unsupported), "foo, bar");

  Message other = invite("Content-Type: text/html\r\n");
  other.set_body("text/html", "x");
  EXPECT_EQ(screen_request(other, options, "t")->status(), 415);
  EXPECT_EQ(screen_request(other, options, "t")->value(HeaderName::accept), "application/sdp");
  other.add("Content-Disposition", "render; handling=optional");
  EXPECT_FALSE(screen_request(other, options, "t").has_value());

  other.set_request_uri(Uri::parse("urn:service:sos").value());
  EXPECT_EQ(screen_request(other, options, "t")->status(), 416);
  const Message bye = Message::request(Method::bye, "sip:a@b");
  const auto method = screen_request(bye, options, "t");
  EXPECT_EQ(method->status(), 405);
  EXPECT_EQ(method->value(HeaderName::allow), "INVITE, OPTIONS");
}

TEST(Identifiers, AreTokensAndDiffer) {
  base::SeededRng rng(1);
  EXPECT_TRUE(new_branch(rng).starts_with("z9hG4bK"));
  EXPECT_NE(new_branch(rng), new_branch(rng));
  EXPECT_NE(new_tag(rng), new_tag(rng));
  EXPECT_EQ(new_call_id(rng).find('@'), std::string::npos);
}

TEST(Status, Phrases) {
  EXPECT_EQ(reason_phrase(486), "Busy Here");
  EXPECT_EQ(reason_phrase(608), "Rejected");
  EXPECT_EQ(reason_phrase(499), "Request Failure");
  EXPECT_FALSE(reason_phrase(0).empty());
}

}  // namespace
}  // namespace viaduct::sip
