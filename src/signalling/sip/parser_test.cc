#include "signalling/sip/parser.h"

#include <gtest/gtest.h>

#include <string>

namespace viaduct::sip {
namespace {

using namespace std::string_literals;

constexpr std::string_view kStart = "OPTIONS sip:a@example.com SIP/2.0\r\n";
constexpr std::string_view kRequired =
    "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
    "From: <sip:b@example.com>;tag=f\r\n"
    "To: <sip:a@example.com>\r\n"
    "Call-ID: c1@h\r\n"
    "CSeq: 1 OPTIONS\r\n";

std::string options(std::string_view more = "", std::string_view body = "") {
  std::string text(kStart);
  return text.append(kRequired).append(more).append("\r\n").append(body);
}

struct Verdict {
  uint16_t status = 1;  // 1: parsed
  base::Errc code = base::Errc::malformed;
};

Verdict verdict(std::string_view text, const ParseOptions& limits = {}) {
  const ParseResult result = parse(text, limits);
  if (result) return {};
  return {result.error().status, result.error().error.code};
}

TEST(Parser, TakesAPlainRequest) {
  const ParseResult result = parse(options("Subject: \t hi  there \r\nX-Odd: 1\r\n", "body"));
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->is(Method::options));
  EXPECT_EQ(result->request_uri_text(), "sip:a@example.com");
  EXPECT_EQ(result->value(HeaderName::subject), "hi  there");
  EXPECT_EQ(result->value("x-odd"), "1");
  EXPECT_EQ(result->body(), "body");  // no Content-Length: to the end of the datagram
}

TEST(Parser, ContentLengthCutsTheDatagram) {
  EXPECT_EQ(parse(options("Content-Length: 2\r\n", "body"))->body(), "bo");
  EXPECT_EQ(parse(options("l: 0004\r\n", "body"))->body(), "body");
  for (const char* bad : {"5", "-1", "+4", "4x", "0x4", "", "4, 4", "18446744073709551620"})
    EXPECT_EQ(verdict(options("Content-Length: "s + bad + "\r\n", "body")).status, 400) << bad;
}

TEST(Parser, RefusesWhatTwoReadersTakeDifferently) {
  for (const char* twice :
       {"Content-Length: 0\r\nl: 0\r\n", "i: c1@h\r\n", "f: <sip:b@example.com>;tag=f\r\n",
        "t: <sip:a@example.com>\r\n", "CSeq: 1 OPTIONS\r\n",
        "Max-Forwards: 70\r\nMax-Forwards: 70\r\n", "c: a/b\r\nContent-Type: a/b\r\n"})
    EXPECT_EQ(verdict(options(twice)).status, 400) << twice;
  EXPECT_EQ(verdict(options("X: a\nContent-Length: 0\r\n")).status, 400);  // bare LF
  EXPECT_EQ(verdict(options("X: a\rb\r\n")).status, 400);                  // bare CR
  EXPECT_EQ(verdict(options("X: a\0b\r\n"s)).status, 400);
  EXPECT_EQ(verdict(options("X: a\x01\r\n")).status, 400);
  EXPECT_EQ(verdict(options("X: \"a\\\0b\"\r\n"s)).status, 1);    // a quoted pair
  EXPECT_EQ(verdict(options("X: a\r\n b\n c\r\n")).status, 400);  // bare LF in a folded line
  EXPECT_EQ(verdict(options(": x\r\n")).status, 400);
  EXPECT_EQ(verdict(options("no colon\r\n")).status, 400);
  EXPECT_EQ(verdict(options("Bad Name: x\r\n")).status, 400);
  EXPECT_EQ(verdict(std::string(kStart) + " folded: at once\r\n" + std::string(kRequired) + "\r\n")
                .status,
            400);
}

TEST(Parser, AFoldedNameDoesNotHideAField) {
  const ParseResult result = parse(options("X: a\r\n Content-Length: 4\r\n", ""));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->value("X"), "a   Content-Length: 4");
  EXPECT_FALSE(result->has(HeaderName::content_length));
}

TEST(Parser, BadNumbers) {
  for (const char* bad : {"Max-Forwards: 256\r\n", "Max-Forwards: -1\r\n", "Max-Forwards: x\r\n",
                          "Expires: -5\r\n", "Expires: \r\n"})
    EXPECT_EQ(verdict(options(bad)).status, 400) << bad;
  EXPECT_EQ(parse(options("Expires: 99999999999999999999\r\n"))->expires().value(), 4294967295u);
}

TEST(Parser, DropsWhatNobodyWaitsFor) {
  for (const std::string& text :
       {""s, "\r\n\r\n"s, "hello"s, "\0\0\0\0"s, "GET / HTTP/1.1\r\n\r\n"s, "SIP/2.0 99 x\r\n\r\n"s,
        "SIP/2.0 700 x\r\n\r\n"s, "SIP/2.0 200\r\n\r\n"s,
        "OPTIONS sip:a@b SIP/2.0\r\n\r\n"s,        // no Via: no way back
        "ACK sip:a@b SIP/2.0\r\nVia: x\r\n\r\n"s,  // an ACK has no response
        "SIP/2.0 200 OK\r\nVia: x\r\n\r\n"s})
    EXPECT_EQ(verdict(text).status, 0) << text;
}

TEST(Parser, KeepAlives) {
  EXPECT_TRUE(is_keep_alive("\r\n\r\n"));
  EXPECT_TRUE(is_keep_alive(std::string_view("\0", 1)));
  EXPECT_TRUE(is_keep_alive(""));
  EXPECT_FALSE(is_keep_alive("\r\n\r\n\r\n"));
  EXPECT_FALSE(is_keep_alive("x"));
}

TEST(Parser, LineEndsBeforeAMessageAreSkipped) {
  EXPECT_EQ(verdict("\r\n\r\n" + options()).status, 1);
}

TEST(Parser, Bounds) {
  ParseOptions limits;
  limits.max_message = 400;
  limits.max_headers = 8;
  limits.max_header_line = 64;
  EXPECT_EQ(verdict(options(), limits).status, 1);
  EXPECT_EQ(verdict(options("X-A: 1\r\nX-A: 2\r\nX-A: 3\r\n"), limits).status, 1);
  EXPECT_EQ(verdict(options("X-A: 1\r\nX-A: 2\r\nX-A: 3\r\nX-A: 4\r\n"), limits).status, 513);
  EXPECT_EQ(verdict(options("X-A: " + std::string(62, 'x') + "\r\n"), limits).status, 513);
  EXPECT_EQ(
      verdict(options("X-A: " + std::string(30, 'x') + "\r\n " + std::string(30, 'x') + "\r\n"),
              limits)
          .status,
      513);
  EXPECT_EQ(verdict(options("", std::string(400, 'x')), limits).status, 0);
  EXPECT_EQ(verdict(options("", std::string(400, 'x')), limits).code, base::Errc::too_large);
}

TEST(Parser, ARefusedRequestKeepsWhatTheAnswerNeeds) {
  const std::string text =
      "INVITE sip:a@b  SIP/2.0\r\n"
      "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
      "To: \"open <sip:a@b>\r\n"
      "From: <sip:b@c>;tag=f\r\n"
      "Call-ID: c1\r\n"
      "Call-ID: c2\r\n"
      "CSeq: 1 INVITE\r\n\r\n";
  const ParseResult result = parse(text);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().status, 400);
  EXPECT_STREQ(result.error().error.what, "bad request line");  // the first fault
  EXPECT_EQ(make_response(result.error().request, 400, "t").str(),
            "SIP/2.0 400 Bad Request\r\n"
            "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"
            "From: <sip:b@c>;tag=f\r\n"
            "To: \"open <sip:a@b>\r\n"
            "Call-ID: c1\r\n"
            "CSeq: 1 INVITE\r\n"
            "Content-Length: 0\r\n\r\n");
}

TEST(Parser, CompactForms) {
  const ParseResult result = parse(
      "INVITE sip:a@b SIP/2.0\r\nv: SIP/2.0/UDP h;branch=z9hG4bK1\r\nf: <sip:b@c>;tag=f\r\n"
      "t: <sip:a@b>\r\ni: c1\r\nCSeq: 1 INVITE\r\nm: <sip:b@h>\r\nc: application/sdp\r\n"
      "k: 100rel, timer\r\nk: replaces\r\nl: 2\r\n\r\nv=");
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->contact()->uri.str(), "sip:b@h");
  EXPECT_TRUE(result->content_type()->is("application", "sdp"));
  EXPECT_EQ(result->tokens(HeaderName::supported),
            (std::vector<std::string_view>{"100rel", "timer", "replaces"}));
  EXPECT_TRUE(result->has_token(HeaderName::supported, "Timer"));
  EXPECT_EQ(result->header(0).name, "Via");
}

TEST(Parser, EveryPrefixOfAMessageIsRefused) {
  const std::string text = options("Content-Length: 4\r\n", "body");
  for (size_t size = 0; size < text.size(); ++size)
    EXPECT_FALSE(parse(std::string_view(text).substr(0, size)).has_value()) << size;
}

}  // namespace
}  // namespace viaduct::sip
