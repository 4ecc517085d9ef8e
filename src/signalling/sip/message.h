// A SIP message (RFC 3261 §7): one string of bytes and a table of where its header fields lie in
// it.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "signalling/sip/header_name.h"
#include "signalling/sip/headers.h"
#include "signalling/sip/method.h"
#include "signalling/sip/uri.h"

namespace viaduct::sip {

class HeaderValues;

// A value type. All string_views it gives live until the message is changed, moved or destroyed.
class Message {
 public:
  Message() = default;  // neither request nor response: only to be assigned to
  static Message request(Method method, const Uri& uri);
  static Message request(Method method, std::string_view uri);
  // An empty `reason` takes the standard phrase. To answer a request use make_response().
  static Message response(uint16_t status, std::string_view reason = {});

  bool is_request() const { return kind_ == Kind::request; }
  bool is_response() const { return kind_ == Kind::response; }

  // Requests.
  Method method() const { return method_; }
  std::string_view method_text() const { return view(start_a_); }
  bool is(Method method) const { return is_request() && method_ == method; }
  std::string_view request_uri_text() const { return view(start_b_); }
  base::Result<Uri> request_uri() const { return Uri::parse(request_uri_text()); }
  void set_request_uri(const Uri& uri);
  // Responses.
  uint16_t status() const { return status_; }  // 100-699; 0 for requests
  std::string_view reason_phrase() const { return view(start_b_); }

  // Header fields in order. `value` is unfolded and trimmed.
  struct Header {
    HeaderName id;
    std::string_view name;  // canonical for known names
    std::string_view value;
  };
  size_t header_count() const { return fields_.size(); }
  Header header(size_t index) const;
  bool has(HeaderName name) const { return find(name) != kNone; }
  // The first field of that name as text, with all its comma-separated values.
  std::optional<std::string_view> value(HeaderName name) const;
  std::optional<std::string_view> value(std::string_view name) const;
  // The values of all fields of that name, split at commas outside quotes, angle brackets.
  HeaderValues values(HeaderName name) const;

  // CR, LF and NUL in a value become spaces, so that nobody writes header fields through one.
  // Content-Length is not kept: printing writes it.
  void add(HeaderName name, std::string_view value);
  // False, and nothing done, when `name` is no token or is Content-Length.
  bool add(std::string_view name, std::string_view value);
  // All fields of that name, byte for byte.
  void copy_fields(const Message& from, HeaderName name);
  void prepend(HeaderName name, std::string_view value);  // before the first field of that name
  void set(HeaderName name, std::string_view value);      // replaces the first, removes the others
  void remove(HeaderName name);
  // The top Via value, also when it shares its field with others. Nothing happens without one.
  void remove_first_via();
  void set_first_via(const Via& via);

  std::string_view body() const { return view(body_); }
  // Sets Content-Type too; an empty body removes it.
  void set_body(std::string_view content_type, std::string_view body);

  // Typed values, parsed on demand. Errors: not_found when the field is absent, malformed.
  base::Result<Via> via() const;  // the top one
  base::Result<std::vector<Via>> vias() const;
  base::Result<NameAddr> from() const;
  base::Result<NameAddr> to() const;
  std::string_view call_id() const { return value(HeaderName::call_id).value_or(""); }
  base::Result<CSeq> cseq() const;
  base::Result<Contacts> contacts() const;
  base::Result<NameAddr> contact() const;  // the first; not_found also for "*"
  base::Result<uint32_t> max_forwards() const;
  base::Result<uint32_t> expires() const;
  base::Result<uint32_t> min_expires() const;
  // route, record_route, path, service_route, p_asserted_identity, ...: empty when absent.
  base::Result<std::vector<NameAddr>> addresses(HeaderName name) const;
  base::Result<std::vector<NameAddr>> route() const { return addresses(HeaderName::route); }
  base::Result<std::vector<NameAddr>> record_route() const {
    return addresses(HeaderName::record_route);
  }
  // authorization, proxy_authorization, www_authenticate, proxy_authenticate: one value for each
  // field; fields that do not parse are left out.
  std::vector<AuthValue> auth_values(HeaderName name) const;
  base::Result<MediaType> content_type() const;
  // allow, supported, require, proxy_require, unsupported, allow_events, ...: empty when absent.
  std::vector<std::string_view> tokens(HeaderName name) const;
  bool has_token(HeaderName name, std::string_view token) const;  // option tags: without case
  base::Result<Reason> reason() const;                            // the first
  base::Result<RetryAfter> retry_after() const;
  std::string_view user_agent() const { return value(HeaderName::user_agent).value_or(""); }

  // The message on the wire: long header names, Content-Length written last and always right.
  std::string str() const;

 private:
  friend class MessageParser;
  friend class HeaderValues;
  enum class Kind : uint8_t { none, request, response };
  static constexpr size_t kNone = static_cast<size_t>(-1);

  // A place in bytes_: survives moves of the message and growth of the string.
  struct Slice {
    uint32_t at = 0;
    uint32_t size = 0;
  };
  struct Field {
    HeaderName id;
    Slice name;  // empty for known names
    Slice value;
  };

  std::string_view view(Slice slice) const {
    return std::string_view(bytes_).substr(slice.at, slice.size);
  }
  Slice keep(std::string_view text);
  Slice keep_verbatim(std::string_view text);
  void replace_first_via(std::string_view text);
  size_t find(HeaderName name, size_t from = 0) const;

  std::string bytes_;  // grows at the end; replaced parts stay until the message dies
  std::vector<Field> fields_;
  Slice start_a_;  // method
  Slice start_b_;  // Request-URI or reason phrase
  Slice body_;
  uint16_t status_ = 0;
  Method method_ = Method::other;
  Kind kind_ = Kind::none;
};

// Same start line, header fields (Content-Length aside) and body.
bool same_content(const Message& a, const Message& b);

// The response to a request as §8.2.6 wants it: Via, From, To, Call-ID, CSeq copied; Record-Route
// for 101-299 (§12.1.1); Timestamp for 100. `to_tag` is put on a To that has no tag, except in a
// 100.
Message make_response(const Message& request, uint16_t status, std::string_view to_tag = {},
                      std::string_view reason = {});

// Splits a field's value at commas outside quotes and angle brackets; empty elements are skipped.
// Gives the next element, trimmed, and takes it off `rest`; nullopt at the end.
std::optional<std::string_view> take_list_element(std::string_view& rest);

// A lazy range over values; must not outlive or see changes of its message.
class HeaderValues {
 public:
  class Iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;
    Iterator(const Message& message, HeaderName name) : message_(&message), name_(name) { ++*this; }
    std::string_view operator*() const { return *current_; }
    Iterator& operator++();
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return !it.current_; }

   private:
    const Message* message_;
    HeaderName name_;
    size_t next_field_ = 0;
    std::string_view rest_;
    std::optional<std::string_view> current_;
  };
  HeaderValues(const Message& message, HeaderName name) : message_(&message), name_(name) {}
  Iterator begin() const { return Iterator(*message_, name_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  const Message* message_;
  HeaderName name_;
};

}  // namespace viaduct::sip
