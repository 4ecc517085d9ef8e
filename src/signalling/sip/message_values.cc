// The typed values of a message, parsed on demand.
#include "base/ascii.h"
#include "signalling/sip/message.h"

namespace viaduct::sip {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr Error kAbsent{Errc::not_found, "no such header field"};

template <class T>
Result<T> parse_field(const Message& message, HeaderName name) {
  const std::optional<std::string_view> text = message.value(name);
  if (!text) return kAbsent;
  return T::parse(*text);
}

template <class T>
Result<T> parse_first(const Message& message, HeaderName name) {
  for (const std::string_view element : message.values(name)) return T::parse(element);
  return kAbsent;
}

template <class T>
Result<std::vector<T>> parse_list(const Message& message, HeaderName name) {
  std::vector<T> list;
  for (const std::string_view element : message.values(name)) {
    Result<T> value = T::parse(element);
    if (!value) return value.error();
    list.push_back(std::move(*value));
  }
  return list;
}

Result<uint32_t> parse_seconds(const Message& message, HeaderName name) {
  const std::optional<std::string_view> text = message.value(name);
  if (!text) return kAbsent;
  return parse_delta_seconds(*text);
}

}  // namespace

Result<Via> Message::via() const { return parse_first<Via>(*this, HeaderName::via); }
Result<std::vector<Via>> Message::vias() const { return parse_list<Via>(*this, HeaderName::via); }
Result<NameAddr> Message::from() const { return parse_field<NameAddr>(*this, HeaderName::from); }
Result<NameAddr> Message::to() const { return parse_field<NameAddr>(*this, HeaderName::to); }
Result<CSeq> Message::cseq() const { return parse_field<CSeq>(*this, HeaderName::cseq); }

Result<Contacts> Message::contacts() const {
  Contacts contacts;
  size_t count = 0;
  for (const std::string_view element : values(HeaderName::contact)) {
    ++count;
    if (element == "*") {
      contacts.all = true;
      continue;
    }
    Result<NameAddr> value = NameAddr::parse(element);
    if (!value) return value.error();
    contacts.list.push_back(std::move(*value));
  }
  if (count == 0) return kAbsent;
  if (contacts.all && count > 1) return Error{Errc::malformed, "Contact * beside others"};
  return contacts;
}

Result<NameAddr> Message::contact() const {
  for (const std::string_view element : values(HeaderName::contact))
    return element == "*" ? Result<NameAddr>(kAbsent) : NameAddr::parse(element);
  return kAbsent;
}

Result<uint32_t> Message::max_forwards() const {
  const Result<uint32_t> number = parse_seconds(*this, HeaderName::max_forwards);
  if (number && *number > 255) return Error{Errc::malformed, "Max-Forwards above 255"};
  return number;
}

Result<uint32_t> Message::expires() const { return parse_seconds(*this, HeaderName::expires); }
Result<uint32_t> Message::min_expires() const {
  return parse_seconds(*this, HeaderName::min_expires);
}

Result<std::vector<NameAddr>> Message::addresses(HeaderName name) const {
  return parse_list<NameAddr>(*this, name);
}

std::vector<AuthValue> Message::auth_values(HeaderName name) const {
  std::vector<AuthValue> list;
  for (size_t at = find(name); at != kNone; at = find(name, at + 1))
    if (auto parsed = AuthValue::parse(view(fields_[at].value))) list.push_back(std::move(*parsed));
  return list;
}

Result<MediaType> Message::content_type() const {
  return parse_field<MediaType>(*this, HeaderName::content_type);
}

std::vector<std::string_view> Message::tokens(HeaderName name) const {
  std::vector<std::string_view> list;
  for (const std::string_view element : values(name)) list.push_back(element);
  return list;
}

bool Message::has_token(HeaderName name, std::string_view token) const {
  for (const std::string_view element : values(name))
    if (base::iequals(element, token)) return true;
  return false;
}

Result<Reason> Message::reason() const { return parse_first<Reason>(*this, HeaderName::reason); }
Result<RetryAfter> Message::retry_after() const {
  return parse_field<RetryAfter>(*this, HeaderName::retry_after);
}

}  // namespace viaduct::sip
