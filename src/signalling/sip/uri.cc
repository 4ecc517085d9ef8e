#include "signalling/sip/uri.h"

#include <algorithm>
#include <vector>

#include "base/ascii.h"
#include "signalling/sip/grammar.h"

namespace viaduct::sip {
namespace {

using base::Errc;
using base::Error;
using base::iequals;

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

int hex_value(char c) { return base::is_digit(c) ? c - '0' : base::to_lower(c) - 'a' + 10; }

bool is_escape_at(std::string_view text, size_t i) {
  return text[i] == '%' && text.size() - i > 2 && grammar::is(grammar::kHex, text[i + 1]) &&
         grammar::is(grammar::kHex, text[i + 2]);
}

void append_escaped(std::string& out, char c) {
  const auto byte = static_cast<uint8_t>(c);
  out.push_back('%');
  out.push_back(kHexDigits[byte >> 4]);
  out.push_back(kHexDigits[byte & 15]);
}

// What §19.1.4 compares: escapes of characters outside the reserved set are the characters; those
// that stay have upper-case digits.
std::string normal(std::string_view text) {
  constexpr std::string_view kReserved = ";/?:@&=+$,%";
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!is_escape_at(text, i)) {
      out.push_back(text[i]);
      continue;
    }
    const char c = static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2]));
    if (kReserved.find(c) != kReserved.npos || grammar::is_control(c)) append_escaped(out, c);
    else out.push_back(c);
    i += 2;
  }
  return out;
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

Pairs sorted_params(const Params& params) {
  Pairs pairs;
  params.for_each([&](const Params::Param& param) {
    pairs.emplace_back(base::lower(normal(param.name)), base::lower(normal(param.value)));
  });
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  return pairs;
}

Pairs sorted_headers(std::string_view headers) {
  Pairs pairs;
  while (!headers.empty()) {
    std::string_view header = base::take_until(headers, '&');
    const std::string_view name = base::take_until(header, '=');
    pairs.emplace_back(base::lower(normal(name)), normal(header));
  }
  std::sort(pairs.begin(), pairs.end());
  return pairs;
}

// Parameters that no URI may have alone (§19.1.4).
bool must_match(const std::string& name) {
  return name == "user" || name == "ttl" || name == "method" || name == "maddr" ||
         name == "transport";
}

bool params_equivalent(const Params& a, const Params& b) {
  const Pairs left = sorted_params(a), right = sorted_params(b);
  auto l = left.begin();
  auto r = right.begin();
  while (l != left.end() || r != right.end()) {
    if (r == right.end() || (l != left.end() && l->first < r->first)) {
      if (must_match((l++)->first)) return false;
    } else if (l == left.end() || r->first < l->first) {
      if (must_match((r++)->first)) return false;
    } else if ((l++)->second != (r++)->second) {
      return false;
    }
  }
  return true;
}

std::string without_separators(std::string_view number) {
  std::string out;
  for (char c : number)
    if (c != '-' && c != '.' && c != '(' && c != ')') out.push_back(base::to_lower(c));
  return out;
}

}  // namespace

base::Result<Uri> Uri::parse(std::string_view text) {
  grammar::UriView view;
  if (!grammar::parse_uri(text, view)) return Error{Errc::malformed, "bad URI"};
  return from_view(view);
}

Uri Uri::from_view(const grammar::UriView& view) {
  Uri uri;
  if (iequals(view.scheme, "sip")) uri.scheme_ = Scheme::sip;
  else if (iequals(view.scheme, "sips")) uri.scheme_ = Scheme::sips;
  else if (iequals(view.scheme, "tel")) uri.scheme_ = Scheme::tel;
  else uri.scheme_ = Scheme::other;
  if (uri.scheme_ == Scheme::other) uri.scheme_text_ = base::lower(view.scheme);
  uri.has_user_ = view.has_user;
  uri.user_ = view.user;
  uri.password_ = view.password;
  (uri.scheme_ == Scheme::other ? uri.opaque_ : uri.host_) = view.host;
  uri.port_ = view.port;
  uri.params_ = Params::from_wire(std::string(view.params));
  uri.headers_ = view.headers;
  return uri;
}

Uri Uri::sip(std::string_view user, std::string_view host, uint16_t port) {
  Uri uri;
  uri.set_user(user);
  uri.set_host(host, port);
  return uri;
}

Uri Uri::sip(std::string_view user, const base::SocketAddress& address) {
  return sip(user, address.ip.str(), address.port);
}

std::string Uri::scheme_name() const {
  switch (scheme_) {
    case Scheme::sip: return "sip";
    case Scheme::sips: return "sips";
    case Scheme::tel: return "tel";
    case Scheme::other: break;
  }
  return scheme_text_;
}

std::string Uri::user() const { return unescape(user_); }

std::optional<std::string> Uri::param(std::string_view name) const {
  std::optional<std::string> value;
  params_.for_each([&](const Params::Param& param) {
    if (!value && iequals(unescape(param.name), name)) value = unescape(param.value);
  });
  return value;
}

void Uri::set_user(std::string_view user) {
  user_.clear();
  password_.clear();
  has_user_ = !user.empty();
  for (char c : user) {
    if (grammar::is(grammar::kUser, c) && c != '#') user_.push_back(c);
    else append_escaped(user_, c);
  }
}

std::optional<base::IpAddress> Uri::host_address() const {
  std::string_view text = host_;
  if (text.starts_with('[')) text = text.substr(1, text.size() - 2);
  const auto address = base::IpAddress::parse(text);
  if (!address) return std::nullopt;
  return *address;
}

void Uri::set_host(std::string_view host, uint16_t port) {
  const bool bare_v6 = host.find(':') != host.npos && !host.starts_with('[');
  host_ = bare_v6 ? "[" + std::string(host) + "]" : std::string(host);
  port_ = port;
}

std::string Uri::str() const {
  std::string out;
  append_to(out);
  return out;
}

void Uri::append_to(std::string& out) const {
  out.append(scheme_name()).append(1, ':');
  if (scheme_ == Scheme::other) {
    out.append(opaque_);
    return;
  }
  out.append(user_).append(password_);
  if (is_sip()) {
    if (has_user_) out.push_back('@');
    out.append(host_);
    if (port_ != 0) out.append(1, ':').append(std::to_string(port_));
  }
  out.append(params_.str());
  if (!headers_.empty()) out.append(1, '?').append(headers_);
}

bool equivalent(const Uri& a, const Uri& b) {
  if (a.scheme_ != b.scheme_) return false;
  switch (a.scheme_) {
    case Uri::Scheme::other: return a.scheme_text_ == b.scheme_text_ && a.opaque_ == b.opaque_;
    case Uri::Scheme::tel:
      return without_separators(a.user_) == without_separators(b.user_) &&
             sorted_params(a.params_) == sorted_params(b.params_);
    case Uri::Scheme::sip:
    case Uri::Scheme::sips: break;
  }
  return a.has_user_ == b.has_user_ && normal(a.user_) == normal(b.user_) &&
         normal(a.password_) == normal(b.password_) && iequals(a.host_, b.host_) &&
         a.port_ == b.port_ && params_equivalent(a.params_, b.params_) &&
         sorted_headers(a.headers_) == sorted_headers(b.headers_);
}

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (!is_escape_at(text, i)) {
      out.push_back(text[i]);
      continue;
    }
    out.push_back(static_cast<char>(hex_value(text[i + 1]) << 4 | hex_value(text[i + 2])));
    i += 2;
  }
  return out;
}

}  // namespace viaduct::sip
