// Any datagram: parsed, every typed value read, answered, printed, parsed again to the same.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "signalling/sip/parser.h"
#include "signalling/sip/response_path.h"
#include "signalling/sip/screening.h"

namespace {

namespace sip = viaduct::sip;

// A value that parses prints in a form that parses and prints the same.
template <class T>
void check_prints(const viaduct::base::Result<T>& value) {
  if (!value) return;
  const std::string text = value->str();
  const auto again = T::parse(text);
  VIADUCT_CHECK(again.has_value());
  VIADUCT_CHECK(again->str() == text);
}

template <class T>
void check_list(const viaduct::base::Result<std::vector<T>>& list) {
  if (!list) return;
  for (const T& value : *list) check_prints(viaduct::base::Result<T>(value));
}

void check_values(const sip::Message& message) {
  using sip::HeaderName;
  check_list(message.vias());
  check_prints(message.from());
  check_prints(message.to());
  check_prints(message.cseq());
  check_prints(message.contact());
  check_prints(message.content_type());
  check_prints(message.reason());
  check_prints(message.retry_after());
  for (const HeaderName name : {HeaderName::route, HeaderName::record_route, HeaderName::path,
                                HeaderName::refer_to, HeaderName::p_asserted_identity})
    check_list(message.addresses(name));
  if (const auto contacts = message.contacts()) {
    VIADUCT_CHECK(!contacts->all || contacts->list.empty());
    for (const auto& contact : contacts->list) (void)contact.expires();
  }
  for (const HeaderName name : {HeaderName::authorization, HeaderName::proxy_authenticate})
    for (const sip::AuthValue& value : message.auth_values(name))
      check_prints(viaduct::base::Result<sip::AuthValue>(value));
  (void)message.max_forwards();
  (void)message.expires();
  (void)message.min_expires();
  (void)message.tokens(HeaderName::supported);
  (void)message.has_token(HeaderName::require, "100rel");
  if (const auto text = message.value(HeaderName::replaces))
    check_prints(sip::Replaces::parse(*text));
  if (const auto text = message.value(HeaderName::rack)) check_prints(sip::RAck::parse(*text));
}

// What the strict parser let through keeps its promises.
void check_strictness(const sip::Message& message) {
  VIADUCT_CHECK(message.via().has_value());
  VIADUCT_CHECK(message.vias().has_value());
  VIADUCT_CHECK(message.from().has_value());
  VIADUCT_CHECK(message.to().has_value());
  VIADUCT_CHECK(message.cseq().has_value());
  VIADUCT_CHECK(!message.call_id().empty());
  VIADUCT_CHECK(message.route().has_value());
  VIADUCT_CHECK(message.record_route().has_value());
  if (message.is_request()) VIADUCT_CHECK(message.request_uri().has_value());
  for (size_t i = 0; i < message.header_count(); ++i)
    VIADUCT_CHECK(message.header(i).value.find_first_of("\r\n") == std::string_view::npos);
}

// A response to anything that asks for one is a message that others could parse, unless the request
// itself was not.
void check_answer(sip::Message request, bool parsed) {
  const auto source = viaduct::base::SocketAddress::parse("198.51.100.7:5062").value();
  const bool noted = sip::note_source(request, source).has_value();
  if (parsed) VIADUCT_CHECK(noted);
  const sip::Message response = sip::make_response(request, 486, "tag");
  if (noted) VIADUCT_CHECK(sip::response_destination(response).has_value());
  if (!parsed) return;
  const auto again = sip::parse(response.str());
  VIADUCT_CHECK(again.has_value());
  VIADUCT_CHECK(!again->to()->tag().empty());
  (void)sip::screen_request(request, {{}, {"timer"}, {"application/sdp"}}, "tag");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view datagram(reinterpret_cast<const char*>(data), size);
  const sip::ParseResult first = sip::parse(datagram);
  if (!first) {
    if (!first.error().drop()) {
      check_values(first.error().request);
      check_answer(first.error().request, false);
    }
    return 0;
  }
  check_strictness(*first);
  check_values(*first);
  if (first->is_request()) check_answer(*first, true);
  const std::string text = first->str();
  const sip::ParseResult second = sip::parse(text);
  if (!second) {  // long names and Content-Length can take it over the bounds, nothing else
    VIADUCT_CHECK(second.error().error.code == viaduct::base::Errc::too_large);
    return 0;
  }
  VIADUCT_CHECK(sip::same_content(*first, *second));
  VIADUCT_CHECK(second->str() == text);
  return 0;
}
