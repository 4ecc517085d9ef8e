#include "signalling/sip/message.h"

#include <algorithm>

#include "base/ascii.h"
#include "signalling/sip/grammar.h"
#include "signalling/sip/status.h"

namespace viaduct::sip {
namespace {

// Ends of lines in a value would let its author write header fields of his own.
bool is_unsafe(char c) { return c == '\r' || c == '\n' || c == '\0'; }

}  // namespace

Message Message::request(Method method, const Uri& uri) { return request(method, uri.str()); }

Message Message::request(Method method, std::string_view uri) {
  Message message;
  message.kind_ = Kind::request;
  message.method_ = method;
  message.start_a_ = message.keep(method_name(method));
  message.start_b_ = message.keep(uri);
  return message;
}

Message Message::response(uint16_t status, std::string_view reason) {
  Message message;
  message.kind_ = Kind::response;
  message.status_ = status;
  message.start_b_ = message.keep(reason.empty() ? sip::reason_phrase(status) : reason);
  return message;
}

void Message::set_request_uri(const Uri& uri) { start_b_ = keep(uri.str()); }

Message::Slice Message::keep(std::string_view text) {
  const Slice slice{static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(text.size())};
  bytes_.append(text);
  std::replace_if(bytes_.begin() + slice.at, bytes_.end(), is_unsafe, ' ');
  return slice;
}

Message::Slice Message::keep_verbatim(std::string_view text) {
  const Slice slice{static_cast<uint32_t>(bytes_.size()), static_cast<uint32_t>(text.size())};
  bytes_.append(text);
  return slice;
}

size_t Message::find(HeaderName name, size_t from) const {
  for (size_t i = from; i < fields_.size(); ++i)
    if (fields_[i].id == name) return i;
  return kNone;
}

Message::Header Message::header(size_t index) const {
  const Field& field = fields_[index];
  return {field.id, field.id == HeaderName::other ? view(field.name) : header_text(field.id),
          view(field.value)};
}

std::optional<std::string_view> Message::value(HeaderName name) const {
  const size_t at = find(name);
  if (at == kNone) return std::nullopt;
  return view(fields_[at].value);
}

std::optional<std::string_view> Message::value(std::string_view name) const {
  const HeaderName id = header_from_text(name);
  if (id != HeaderName::other) return value(id);
  for (const Field& field : fields_)
    if (field.id == HeaderName::other && base::iequals(view(field.name), name))
      return view(field.value);
  return std::nullopt;
}

HeaderValues Message::values(HeaderName name) const { return {*this, name}; }

void Message::add(HeaderName name, std::string_view value) {
  if (name == HeaderName::content_length || name == HeaderName::other) return;
  fields_.push_back({name, {}, keep(value)});
}

bool Message::add(std::string_view name, std::string_view value) {
  if (name.empty() || !grammar::all(grammar::kToken, name)) return false;
  const HeaderName id = header_from_text(name);
  if (id == HeaderName::content_length) return false;
  const Slice kept_name = id == HeaderName::other ? keep(name) : Slice{};
  fields_.push_back({id, kept_name, keep(value)});
  return true;
}

void Message::copy_fields(const Message& from, HeaderName name) {
  for (size_t at = from.find(name); at != kNone; at = from.find(name, at + 1))
    fields_.push_back({name, {}, keep_verbatim(from.view(from.fields_[at].value))});
}

void Message::prepend(HeaderName name, std::string_view value) {
  const size_t at = std::min(find(name), fields_.size());
  const Field field{name, {}, keep(value)};
  fields_.insert(fields_.begin() + static_cast<std::ptrdiff_t>(at), field);
}

void Message::set(HeaderName name, std::string_view value) {
  const size_t at = find(name);
  if (at == kNone) return add(name, value);
  fields_[at].value = keep(value);
  const auto behind = fields_.begin() + static_cast<std::ptrdiff_t>(at) + 1;
  fields_.erase(std::remove_if(behind, fields_.end(), [&](const Field& f) { return f.id == name; }),
                fields_.end());
}

void Message::remove(HeaderName name) {
  std::erase_if(fields_, [&](const Field& field) { return field.id == name; });
}

void Message::replace_first_via(std::string_view text) {
  const size_t at = find(HeaderName::via);
  if (at == kNone) return;
  std::string_view rest = view(fields_[at].value);
  take_list_element(rest);
  std::string value(text);
  if (const std::string_view others = base::trim(rest); !others.empty())
    value.append(value.empty() ? "" : ", ").append(others);
  if (value.empty()) fields_.erase(fields_.begin() + static_cast<std::ptrdiff_t>(at));
  else fields_[at].value = keep(value);
}

void Message::remove_first_via() { replace_first_via({}); }
void Message::set_first_via(const Via& via) { replace_first_via(via.str()); }

void Message::set_body(std::string_view content_type, std::string_view body) {
  const std::string type(content_type);  // may be a view of our own bytes, like `body`
  body_ = keep_verbatim(body);
  if (body_.size == 0) remove(HeaderName::content_type);
  else set(HeaderName::content_type, type);
}

std::string Message::str() const {
  std::string out;
  out.reserve(bytes_.size() + fields_.size() * 16 + 64);
  if (is_request()) {
    out.append(method_text()).append(1, ' ').append(request_uri_text()).append(" SIP/2.0\r\n");
  } else {
    out.append("SIP/2.0 ").append(std::to_string(status_)).append(1, ' ');
    out.append(reason_phrase()).append("\r\n");
  }
  for (size_t i = 0; i < fields_.size(); ++i) {
    if (fields_[i].id == HeaderName::content_length) continue;
    const Header field = header(i);
    out.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  out.append("Content-Length: ").append(std::to_string(body_.size)).append("\r\n\r\n");
  return out.append(body());
}

bool same_content(const Message& a, const Message& b) {
  if (a.is_request() != b.is_request() || a.status() != b.status() ||
      a.method_text() != b.method_text() || a.request_uri_text() != b.request_uri_text() ||
      a.body() != b.body())
    return false;
  const auto next = [](const Message& message, size_t i) {
    while (i < message.header_count() && message.header(i).id == HeaderName::content_length) ++i;
    return i;
  };
  size_t i = next(a, 0), j = next(b, 0);
  while (i < a.header_count() && j < b.header_count()) {
    const Message::Header left = a.header(i), right = b.header(j);
    if (left.id != right.id || left.name != right.name || left.value != right.value) return false;
    i = next(a, i + 1);
    j = next(b, j + 1);
  }
  return i == a.header_count() && j == b.header_count();
}

Message make_response(const Message& request, uint16_t status, std::string_view to_tag,
                      std::string_view reason) {
  Message response = Message::response(status, reason);
  response.copy_fields(request, HeaderName::via);
  if (status > 100 && status < 300) response.copy_fields(request, HeaderName::record_route);
  response.copy_fields(request, HeaderName::from);
  const base::Result<NameAddr> to = request.to();
  if (status > 100 && !to_tag.empty() && to && to->tag().empty())
    response.add(HeaderName::to,
                 std::string(*request.value(HeaderName::to)) + ";tag=" + std::string(to_tag));
  else response.copy_fields(request, HeaderName::to);
  response.copy_fields(request, HeaderName::call_id);
  response.copy_fields(request, HeaderName::cseq);
  if (status == 100) response.copy_fields(request, HeaderName::timestamp);
  return response;
}

std::optional<std::string_view> take_list_element(std::string_view& rest) {
  while (!rest.empty()) {
    bool in_quotes = false, in_angles = false;
    size_t end = 0;
    for (; end < rest.size(); ++end) {
      const char c = rest[end];
      if (in_quotes) {
        if (c == '\\') ++end;
        else if (c == '"') in_quotes = false;
      } else if (c == '"' && !in_angles) {
        in_quotes = true;
      } else if (c == '<' || c == '>') {
        in_angles = c == '<';
      } else if (c == ',' && !in_angles) {
        break;
      }
    }
    end = std::min(end, rest.size());
    const std::string_view element = base::trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!element.empty()) return element;
  }
  return std::nullopt;
}

HeaderValues::Iterator& HeaderValues::Iterator::operator++() {
  while (!(current_ = take_list_element(rest_))) {
    const size_t at = message_->find(name_, next_field_);
    if (at == Message::kNone) break;
    rest_ = message_->view(message_->fields_[at].value);
    next_field_ = at + 1;
  }
  return *this;
}

}  // namespace viaduct::sip
