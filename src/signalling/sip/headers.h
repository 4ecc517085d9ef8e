// Values of header fields. Each parses one value (not a comma-separated list) and prints in a form
// that parses to the same value. Errors of parse(): malformed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "signalling/sip/method.h"
#include "signalling/sip/params.h"
#include "signalling/sip/uri.h"

namespace viaduct::sip {

inline constexpr std::string_view kBranchCookie = "z9hG4bK";  // §8.1.1.7

// Via (§20.42).
struct Via {
  std::string protocol = "SIP/2.0";
  std::string transport;  // upper case: "UDP", "TCP", "TLS", "WS", "WSS"
  std::string host;       // IPv6 in brackets
  uint16_t port = 0;      // 0: not given
  Params params;

  static base::Result<Via> parse(std::string_view text);
  // Views live until the next change. "" when absent.
  std::string_view branch() const { return params.get("branch").value_or(""); }
  bool has_rfc3261_branch() const;
  std::string str() const;
};

// From, To, Contact, Route, Record-Route, Refer-To, P-Asserted-Identity ...: name-addr or addr-spec
// with parameters (§20.10).
struct NameAddr {
  std::string display_name;  // without quotes and backslashes; control characters made spaces
  Uri uri;
  Params params;

  static base::Result<NameAddr> parse(std::string_view text);
  std::string_view tag() const { return params.get("tag").value_or(""); }
  void set_tag(std::string_view tag) { params.set("tag", tag); }
  // Contact's "expires" in seconds; too large ones are the largest.
  std::optional<uint32_t> expires() const;
  std::string str() const;  // always with angle brackets
};

struct Contacts {
  bool all = false;  // "Contact: *"; then the list is empty
  std::vector<NameAddr> list;
};

struct CSeq {
  uint32_t number = 0;  // below 2^31 (§8.1.1.5)
  Method method = Method::other;
  std::string method_text;

  static base::Result<CSeq> parse(std::string_view text);
  static CSeq of(uint32_t number, Method method);
  std::string str() const;
};

// RAck (RFC 3262 §7.2).
struct RAck {
  uint32_t rseq = 0;
  CSeq cseq;
  static base::Result<RAck> parse(std::string_view text);
  std::string str() const;
};

// Content-Type, and elements of Accept.
struct MediaType {
  std::string type;     // lower case
  std::string subtype;  // lower case
  Params params;
  static base::Result<MediaType> parse(std::string_view text);
  bool is(std::string_view t, std::string_view s) const { return type == t && subtype == s; }
  std::string str() const;
};

// Reason (RFC 3326): "Q.850;cause=16;text=\"...\"" or "SIP;cause=200;text=\"...\"".
struct Reason {
  std::string protocol;
  uint16_t cause = 0;  // 0: not given
  std::string text;
  static base::Result<Reason> parse(std::string_view text);
  std::string str() const;
};

struct RetryAfter {
  uint32_t seconds = 0;
  std::string comment;  // without its parentheses
  Params params;
  static base::Result<RetryAfter> parse(std::string_view text);
  std::string str() const;
};

// Replaces (RFC 3891) and the like: a Call-ID with parameters.
struct Replaces {
  std::string call_id;
  Params params;
  std::string_view to_tag() const { return params.get("to-tag").value_or(""); }
  std::string_view from_tag() const { return params.get("from-tag").value_or(""); }
  static base::Result<Replaces> parse(std::string_view text);
  std::string str() const;
};

// Authorization, WWW-Authenticate and their proxy twins: a scheme and its parameters (RFC 7235).
struct AuthValue {
  std::string scheme;  // as written; compares without case
  struct Param {
    std::string name;   // lower case
    std::string value;  // without quotes and backslashes
    bool quoted = false;
  };
  std::vector<Param> params;  // no name twice
  static base::Result<AuthValue> parse(std::string_view text);
  std::optional<std::string_view> get(std::string_view name) const;
  std::string str() const;
};

// Delta-seconds: digits only; values above 2^32-1 are read as that, since they mean "very long".
// Errors: malformed.
base::Result<uint32_t> parse_delta_seconds(std::string_view text);

// `text` as a quoted string, with the backslashes it needs.
std::string quoted(std::string_view text);

}  // namespace viaduct::sip
