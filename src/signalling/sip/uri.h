// URIs in SIP: sip and sips (RFC 3261 §19.1), tel (RFC 3966), and others as opaque text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"
#include "signalling/sip/params.h"

namespace viaduct::sip {

namespace grammar {
struct UriView;
}

// A value that prints as it was read, except that the scheme is printed in lower case.
class Uri {
 public:
  enum class Scheme : uint8_t { sip, sips, tel, other };

  Uri() = default;  // empty: only to be assigned to
  // The whole of `text`, without angle brackets; errors: malformed.
  static base::Result<Uri> parse(std::string_view text);
  // sip:user@host:port; `user` as people write it (escaped here as needed, "" for none); `host` a
  // name, an IPv4 address or an IPv6 address with or without brackets; port 0: none.
  static Uri sip(std::string_view user, std::string_view host, uint16_t port = 0);
  static Uri sip(std::string_view user, const base::SocketAddress& address);

  Scheme scheme() const { return scheme_; }
  bool is_sip() const { return scheme_ == Scheme::sip || scheme_ == Scheme::sips; }
  std::string scheme_name() const;

  // Unescaped user part of sip/sips, or the number of tel ("+15551234"). May hold any byte (NUL
  // too) that the peer escaped. "" when absent, and for other schemes.
  std::string user() const;
  void set_user(std::string_view user);
  // sip/sips: as written, IPv6 in brackets. "" for other schemes.
  const std::string& host() const { return host_; }
  // The host when it is an IP address.
  std::optional<base::IpAddress> host_address() const;
  uint16_t port() const { return port_; }  // 0: not given
  void set_host(std::string_view host, uint16_t port);

  // Of sip, sips and tel: one parameter unescaped, "" for a flag; names compare unescaped and
  // without case.
  std::optional<std::string> param(std::string_view name) const;
  bool has_param(std::string_view name) const { return param(name).has_value(); }
  // All of them, in wire form (%-escaped).
  const Params& params() const { return params_; }
  Params& params() { return params_; }
  // What stands behind "?", in wire form.
  const std::string& headers() const { return headers_; }
  void clear_headers() { headers_.clear(); }
  // What stands behind "scheme:" of other schemes.
  const std::string& opaque() const { return opaque_; }

  std::string str() const;
  void append_to(std::string& out) const;

 private:
  friend struct NameAddr;
  friend bool equivalent(const Uri& a, const Uri& b);
  static Uri from_view(const grammar::UriView& view);

  Scheme scheme_ = Scheme::sip;
  bool has_user_ = false;
  uint16_t port_ = 0;
  std::string scheme_text_;  // other schemes only
  std::string user_;         // wire form
  std::string password_;     // wire form with its leading ":"; deprecated, kept for printing only
  std::string host_;
  std::string opaque_;
  Params params_;
  std::string headers_;
};

// The comparison of §19.1.4 (and RFC 3966 §4 for tel). Not transitive, therefore no operator==.
bool equivalent(const Uri& a, const Uri& b);

// "%41" -> "A"; a "%" that begins no escape stays as it is.
std::string unescape(std::string_view text);

}  // namespace viaduct::sip
