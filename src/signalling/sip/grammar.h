// The grammar of RFC 3261 §25 as functions on a cursor, without allocation: what the strict parser
// checks and what the typed values are built from. Private to this folder.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace viaduct::sip::grammar {

enum CharClass : uint16_t {
  kToken = 1 << 0,
  kUser = 1 << 1,      // user-unreserved and unreserved, and "#", which phones dial unescaped
  kPassword = 1 << 2,  // of userinfo
  kUriParam = 1 << 3,  // paramchar
  kUriHeader = 1 << 4,
  kUric = 1 << 5,  // of other schemes
  kHost = 1 << 6,  // of names; "_" is not in the grammar but in many networks
  kParamValue = 1 << 7,
  kWord = 1 << 8,  // of Call-ID
  kTel = 1 << 9,
  kHex = 1 << 10,
  kScheme = 1 << 11,
};
extern const std::array<uint16_t, 256> kClasses;

inline bool is(CharClass wanted, char c) {
  return (kClasses[static_cast<uint8_t>(c)] & wanted) != 0;
}
inline bool is_lws(char c) { return c == ' ' || c == '\t'; }
inline bool is_control(char c) { return static_cast<uint8_t>(c) < 0x20 || c == 0x7f; }

bool all(CharClass wanted, std::string_view text);             // true for ""
bool all_or_escaped(CharClass wanted, std::string_view text);  // the same with %XX among them

class Cursor {
 public:
  explicit Cursor(std::string_view text) : at_(text.data()), end_(text.data() + text.size()) {}

  bool done() const { return at_ == end_; }
  char peek() const { return at_ == end_ ? '\0' : *at_; }
  bool next_is(char c) const { return at_ != end_ && *at_ == c; }
  std::string_view rest() const { return {at_, static_cast<size_t>(end_ - at_)}; }
  void skip(size_t n) { at_ += n; }
  void skip_lws() {
    while (at_ != end_ && is_lws(*at_)) ++at_;
  }
  bool take(char c) {
    if (!next_is(c)) return false;
    ++at_;
    return true;
  }
  // SWS c SWS; when `c` does not follow nothing is taken.
  bool take_spaced(char c) {
    const char* const before = at_;
    skip_lws();
    if (!take(c)) {
      at_ = before;
      return false;
    }
    skip_lws();
    return true;
  }
  // As many as there are; may be "".
  std::string_view take_while(CharClass wanted) {
    const char* const begin = at_;
    while (at_ != end_ && is(wanted, *at_)) ++at_;
    return {begin, static_cast<size_t>(at_ - begin)};
  }
  // A quoted string with its quotes; "" when none is here or it does not end.
  std::string_view take_quoted();

 private:
  const char* at_;
  const char* end_;
};

// *(SEMI generic-param), in wire form behind `*out` unless that is null. A second tag or branch is
// an error: two readers could take different ones.
bool take_params(Cursor& cursor, std::string* out);

// hostname, IPv4address or IPv6reference.
bool take_host(Cursor& cursor, std::string_view& host);
// 1-65535.
bool parse_port(std::string_view text, uint16_t& port);

struct ViaView {
  std::string_view name, version, transport;
  std::string_view host;
  uint16_t port = 0;
};
// One via-parm; stops behind it.
bool take_via(Cursor& cursor, ViaView& via, std::string* params);

struct UriView {
  std::string_view scheme;
  bool has_user = false;
  std::string_view user;      // tel: the number
  std::string_view password;  // with its ":"
  std::string_view host;      // other schemes: all behind "scheme:"
  uint16_t port = 0;
  std::string_view params;   // with the first ";"
  std::string_view headers;  // without "?"
};
// The whole of `text`.
bool parse_uri(std::string_view text, UriView& uri);

struct NameAddrView {
  std::string_view display;  // tokens, or a quoted string with its quotes
  UriView uri;
};
// One (name-addr / addr-spec) with its parameters; stops behind them.
bool take_name_addr(Cursor& cursor, NameAddrView& value, std::string* params);

struct CSeqView {
  uint32_t number = 0;
  std::string_view method;
};
bool parse_cseq(std::string_view text, CSeqView& cseq);
bool is_call_id(std::string_view text);

// Without quotes and backslashes; control characters become spaces, for they have no meaning in any
// quoted string of SIP and do harm where it is shown.
std::string unquote(std::string_view quoted_string);

}  // namespace viaduct::sip::grammar
