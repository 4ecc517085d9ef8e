// The messages of RFC 4475, each with what it is about and what we make of it.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "signalling/sip/parser.h"
#include "signalling/sip/screening.h"

namespace viaduct::sip {
namespace {

constexpr uint16_t kValid = 1;  // parses, and may be served
constexpr uint16_t kDrop = 0;

struct Torture {
  const char* name;
  uint16_t verdict;  // kValid, kDrop or the status to answer
  const char* intent;
};

const Torture kTable[] = {
    // 3.1.1 valid messages
    {"wsinv", kValid, "white space and folding wherever the grammar allows it"},
    {"intmeth", kValid, "every character a token, a user part and a quoted string may hold"},
    {"esc01", kValid, "escapes with % in user parts and parameters"},
    {"escnull", kValid, "escaped NULs in URIs"},
    {"esc02", kValid, "% where it is no escape"},
    {"lwsdisp", kValid, "no space between display name and <"},
    {"longreq", kValid, "long values and 34 Via fields in all spellings"},
    {"dblreq", kValid, "a second message behind the first in one datagram: cut off"},
    {"semiuri", kValid, "semicolon in the user part"},
    {"transports", kValid, "unknown transports in lower Vias"},
    {"mpart01", kValid, "a binary multipart body"},
    {"unreason", kValid, "a reason phrase in UTF-8"},
    {"noreason", kValid, "an empty reason phrase"},
    // 3.1.2 invalid messages
    {"badinv01", 400, "empty parameters and elements in Via and Contact"},
    {"clerr", 400, "Content-Length larger than the body"},
    {"ncl", 400, "negative Content-Length"},
    {"scalar02", 400, "overlarge numbers in a request"},
    {"scalarlg", kDrop, "overlarge numbers in a response"},
    {"quotbal", 400, "a quoted string that does not end"},
    {"ltgtruri", 400, "Request-URI in angle brackets"},
    {"lwsruri", 400, "white space in the Request-URI"},
    {"lwsstart", 400, "several spaces in the request line"},
    {"trws", 400, "spaces behind the SIP version"},
    {"escruri", 400, "header fields in the Request-URI"},
    {"baddate", kValid, "a Date not in GMT: Date is not read"},
    {"regbadct", 400, "a Contact with header fields but without angle brackets"},
    {"badaspec", 400, "spaces inside angle brackets"},
    {"baddn", 400, "a comma in an unquoted display name"},
    {"badvers", 505, "SIP/7.0"},
    {"mismatch01", 400, "CSeq names another method"},
    {"mismatch02", 400, "the same with an unknown method"},
    {"bigcode", kDrop, "a status of ten digits"},
    // 3.2 transaction layer
    {"badbranch", kValid, "only the magic cookie as branch: matched as RFC 2543 does"},
    // 3.3 application layer
    {"insuf", 400, "required header fields missing"},
    {"unkscm", 416, "Request-URI of an unknown scheme"},
    {"novelsc", 416, "Request-URI of a scheme with a dot"},
    {"unksm2", kValid, "other URI schemes in To, From and Contact: the registrar refuses them"},
    {"bext01", 420, "unknown option tags in Require and Proxy-Require"},
    {"invut", 415, "unknown body type"},
    {"regaut01", kValid, "unknown authorisation scheme: challenged as if it were not there"},
    {"multi01", 400, "single header fields several times"},
    {"mcl01", 400, "two Content-Lengths"},
    {"bcast", kValid, "a response with a broadcast address in its second Via"},
    {"zeromf", kValid, "Max-Forwards 0: served by us, never passed on"},
    {"cparam01", kValid, "an unknown parameter of Contact"},
    {"cparam02", kValid, "an unknown parameter of the URI in Contact"},
    {"regescrt", kValid, "an escaped Route in a Contact"},
    {"sdp01", kValid, "Accept without SDP"},
    // 3.4 backward compatibility
    {"inv2543", kValid, "no tag, no branch, no Max-Forwards, no Content-Length"},
    // with the archive, but in no section: a request line without a version
    {"test", kDrop, "no version in the request line"},
};

std::filesystem::path folder() {
  return std::filesystem::path(VIADUCT_SOURCE_DIR) / "tests/torture/rfc4475";
}

std::string read(const std::string& name) {
  std::ifstream file(folder() / (name + ".dat"), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Message parsed(const std::string& name) {
  ParseResult result = parse(read(name));
  EXPECT_TRUE(result.has_value()) << name << ": " << (result ? "" : result.error().error.what);
  return result ? std::move(*result) : Message();
}

uint16_t verdict_of(const std::string& bytes) {
  const ParseResult result = parse(bytes);
  if (!result) return result.error().status;
  if (result->is_response()) return kValid;
  const ScreeningOptions options{
      {}, {}, {"application/sdp", "multipart/mixed", "text/plain", "message/sipfrag"}};
  const auto refusal = screen_request(*result, options, "tag");
  return refusal ? refusal->status() : kValid;
}

TEST(Torture, EachMessageGetsItsVerdict) {
  for (const Torture& row : kTable) {
    const std::string bytes = read(row.name);
    ASSERT_FALSE(bytes.empty()) << row.name;
    EXPECT_EQ(verdict_of(bytes), row.verdict) << row.name << ": " << row.intent;
  }
}

TEST(Torture, TheTableNamesEveryFile) {
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder())) {
    if (entry.path().extension() != ".dat") continue;
    ++files;
    const std::string name = entry.path().stem().string();
    EXPECT_TRUE(std::any_of(std::begin(kTable), std::end(kTable), [&](const Torture& row) {
      return name == row.name;
    })) << name;
  }
  EXPECT_EQ(files, std::size(kTable));
}

TEST(Torture, ValidMessagesPrintToThemselves) {
  for (const Torture& row : kTable) {
    if (row.verdict != kValid) continue;
    const Message first = parsed(row.name);
    const ParseResult second = parse(first.str());
    ASSERT_TRUE(second.has_value()) << row.name;
    EXPECT_TRUE(same_content(first, *second)) << row.name;
  }
}

TEST(Torture, RefusedRequestsCanBeAnswered) {
  for (const Torture& row : kTable) {
    if (row.verdict < 400) continue;
    const ParseResult result = parse(read(row.name));
    const Message& request = result ? *result : result.error().request;
    const Message response = make_response(request, row.verdict, "t");
    EXPECT_TRUE(response.has(HeaderName::via)) << row.name;
    EXPECT_TRUE(response.has(HeaderName::cseq)) << row.name;
  }
}

TEST(Torture, WhiteSpaceInvite) {
  const Message message = parsed("wsinv");
  EXPECT_EQ(message.max_forwards().value(), 68u);
  EXPECT_EQ(message.cseq()->number, 9u);
  EXPECT_EQ(message.to()->tag(), "1918181833n");
  EXPECT_EQ(message.from()->display_name, "J Rosenberg \\\"");
  EXPECT_EQ(message.from()->tag(), "98asjd8");
  const auto vias = message.vias();
  ASSERT_TRUE(vias.has_value());
  ASSERT_EQ(vias->size(), 3u);
  EXPECT_EQ((*vias)[0].str(), "SIP/2.0/UDP 192.0.2.2;branch=390skdjuw");
  EXPECT_EQ((*vias)[1].str(), "SIP/2.0/TCP spindle.example.com;branch=z9hG4bK9ikj8");
  EXPECT_EQ((*vias)[2].str(), "SIP/2.0/UDP 192.168.255.111;branch=z9hG4bK30239");
  EXPECT_EQ(message.contact()->params.str(), ";newparam=newvalue;secondparam;q=0.33");
  EXPECT_EQ(message.body().size(), 150u);
}

TEST(Torture, UnusualCharacters) {
  const Message message = parsed("intmeth");
  const auto uri = message.request_uri();
  ASSERT_TRUE(uri.has_value());
  EXPECT_EQ(uri->user(), "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
  EXPECT_EQ(uri->host(), "example.com");
  EXPECT_EQ(uri->str(), message.request_uri_text());
  EXPECT_EQ(message.to()->display_name, "BEL:  NUL:  DEL: ");
  EXPECT_EQ(message.from()->display_name, "token1~` token2'+_ token3*%!.-");
  EXPECT_EQ(message.via()->branch(), "z9hG4bK-.!%66*_+`'~");
}

TEST(Torture, Escapes) {
  const Message message = parsed("esc01");
  EXPECT_EQ(message.request_uri()->user(), "sips:user@example.com");
  EXPECT_EQ(message.to()->uri.user(), "user");
  EXPECT_EQ(message.from()->uri.user(), "I have spaces");
  EXPECT_TRUE(message.contact()->uri.has_param("lr"));
  EXPECT_EQ(message.contact()->uri.param("name"), "value%41");

  const Message nulls = parsed("escnull");
  const auto contacts = nulls.contacts();
  ASSERT_TRUE(contacts.has_value());
  ASSERT_EQ(contacts->list.size(), 2u);
  EXPECT_EQ(contacts->list[1].uri.user(), std::string(2, '\0'));

  EXPECT_EQ(parsed("esc02").contacts()->list.size(), 2u);  // "C%6Fntact" is another name
  EXPECT_EQ(parsed("semiuri").request_uri()->user(), "user;par=u@example.net");
}

TEST(Torture, Others) {
  EXPECT_EQ(parsed("longreq").vias()->size(), 34u);
  EXPECT_EQ(parsed("dblreq").body(), "");
  EXPECT_EQ(parsed("noreason").reason_phrase(), "");
  EXPECT_FALSE(parsed("badbranch").via()->has_rfc3261_branch());
  EXPECT_EQ(parsed("cparam01").contact()->params.str(), ";unknownparam");
  EXPECT_EQ(parsed("cparam01").contact()->uri.params().str(), "");
  EXPECT_EQ(parsed("cparam02").contact()->uri.params().str(), ";unknownparam");
  EXPECT_EQ(parsed("regescrt").contact()->uri.headers(), "Route=%3Csip:sip.example.com%3E");
  EXPECT_EQ(parsed("inv2543").from()->tag(), "");
}

}  // namespace
}  // namespace viaduct::sip
