#include "signalling/sip/grammar.h"

#include <algorithm>
#include <utility>

#include "base/address.h"
#include "base/ascii.h"

namespace viaduct::sip::grammar {
namespace {

using base::iequals;
using base::is_alpha;
using base::is_digit;

constexpr bool one_of(char c, std::string_view set) { return set.find(c) != set.npos; }

constexpr uint16_t classes_of(char c) {
  const bool alphanum = is_alpha(c) || is_digit(c);
  const bool unreserved = alphanum || one_of(c, "-_.!~*'()");
  const bool token = alphanum || one_of(c, "-.!%*_+`'~");
  const bool hex = is_digit(c) || (base::to_lower(c) >= 'a' && base::to_lower(c) <= 'f');
  uint16_t bits = 0;
  if (token) bits |= kToken | kWord;
  if (unreserved) bits |= kUser | kPassword | kUriParam | kUriHeader | kUric;
  if (one_of(c, "&=+$,;?/#")) bits |= kUser;
  if (one_of(c, "&=+$,")) bits |= kPassword;
  if (one_of(c, "[]/:&+$")) bits |= kUriParam;
  if (one_of(c, "[]/?:+$")) bits |= kUriHeader;
  if (one_of(c, ";/?:@&=+$,[]#")) bits |= kUric;
  if (alphanum || one_of(c, "-._")) bits |= kHost;
  if (token || one_of(c, "[]:")) bits |= kParamValue;  // a host, also IPv6 without brackets
  if (one_of(c, "()<>:\\\"/[]?{}@")) bits |= kWord;
  if (hex || one_of(c, "+*#-.()")) bits |= kTel;
  if (hex) bits |= kHex;
  if (alphanum || one_of(c, "+-.")) bits |= kScheme;
  return bits;
}

constexpr std::array<uint16_t, 256> make_classes() {
  std::array<uint16_t, 256> table{};
  for (int c = 0; c < 128; ++c) table[static_cast<size_t>(c)] = classes_of(static_cast<char>(c));
  return table;
}

bool is_param_list(std::string_view params) {  // *( ";" pname [ "=" pvalue ] ) of a URI
  while (!params.empty()) {
    params.remove_prefix(1);
    std::string_view param = params.substr(0, params.find(';'));
    params.remove_prefix(param.size());
    const size_t equals = param.find('=');
    if (equals == 0 || param.empty() || equals + 1 == param.size()) return false;
    if (!all_or_escaped(kUriParam, param.substr(0, equals))) return false;
    if (equals != param.npos && !all_or_escaped(kUriParam, param.substr(equals + 1))) return false;
  }
  return true;
}

bool is_header_list(std::string_view headers) {  // hname "=" hvalue *( "&" ... )
  while (true) {
    const size_t end = headers.find('&');
    const std::string_view header = headers.substr(0, end);
    const size_t equals = header.find('=');
    if (equals == 0 || equals == header.npos) return false;
    if (!all_or_escaped(kUriHeader, header.substr(0, equals))) return false;
    if (!all_or_escaped(kUriHeader, header.substr(equals + 1))) return false;
    if (end == headers.npos) return true;
    headers.remove_prefix(end + 1);
  }
}

bool parse_userinfo(std::string_view info, UriView& uri) {
  const size_t colon = info.find(':');
  uri.user = info.substr(0, colon);
  uri.has_user = true;
  if (uri.user.empty() || !all_or_escaped(kUser, uri.user)) return false;
  if (colon == info.npos) return true;
  uri.password = info.substr(colon);
  return all_or_escaped(kPassword, uri.password.substr(1));
}

bool parse_sip_uri(std::string_view rest, UriView& uri) {
  if (const size_t at = rest.find('@'); at != rest.npos) {
    if (!parse_userinfo(rest.substr(0, at), uri)) return false;
    rest.remove_prefix(at + 1);
  }
  Cursor cursor(rest);
  if (!take_host(cursor, uri.host)) return false;
  rest = cursor.rest();
  if (rest.starts_with(':')) {
    const size_t end = std::min(rest.find_first_of(";?"), rest.size());
    if (!parse_port(rest.substr(1, end - 1), uri.port)) return false;
    rest.remove_prefix(end);
  }
  if (rest.empty()) return true;
  const size_t question = rest.find('?');
  uri.params = rest.substr(0, question);
  if (!uri.params.empty() && (uri.params[0] != ';' || !is_param_list(uri.params))) return false;
  if (question == rest.npos) return true;
  uri.headers = rest.substr(question + 1);
  return is_header_list(uri.headers);
}

bool parse_tel_uri(std::string_view rest, UriView& uri) {
  const size_t semicolon = std::min(rest.find(';'), rest.size());
  uri.user = rest.substr(0, semicolon);
  uri.has_user = true;
  uri.params = rest.substr(semicolon);
  return !uri.user.empty() && all(kTel, uri.user) && is_param_list(uri.params);
}

bool take_param(Cursor& cursor, std::string_view& name, std::string_view& value) {
  name = cursor.take_while(kToken);
  value = {};
  if (name.empty()) return false;
  if (!cursor.take_spaced('=')) return true;
  value = cursor.next_is('"') ? cursor.take_quoted() : cursor.take_while(kParamValue);
  return !value.empty();
}

}  // namespace

constinit const std::array<uint16_t, 256> kClasses = make_classes();

bool all(CharClass wanted, std::string_view text) {
  for (char c : text)
    if (!is(wanted, c)) return false;
  return true;
}

bool all_or_escaped(CharClass wanted, std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (is(wanted, text[i])) continue;
    if (text[i] != '%' || text.size() - i < 3) return false;
    if (!is(kHex, text[i + 1]) || !is(kHex, text[i + 2])) return false;
    i += 2;
  }
  return true;
}

std::string_view Cursor::take_quoted() {
  const char* const begin = at_;
  if (!next_is('"')) return {};
  for (const char* p = at_ + 1; p != end_; ++p) {
    if (*p == '"') {
      at_ = p + 1;
      return {begin, static_cast<size_t>(at_ - begin)};
    }
    if (*p == '\\') {
      if (++p == end_ || *p == '\r' || *p == '\n') return {};
    } else if (is_control(*p) && *p != '\t') {
      return {};
    }
  }
  return {};
}

bool take_params(Cursor& cursor, std::string* out) {
  bool seen_tag = false, seen_branch = false;
  while (cursor.take_spaced(';')) {
    std::string_view name, value;
    if (!take_param(cursor, name, value)) return false;
    if (iequals(name, "tag") && std::exchange(seen_tag, true)) return false;
    if (iequals(name, "branch") && std::exchange(seen_branch, true)) return false;
    if (!out) continue;
    out->append(1, ';').append(name);
    if (!value.empty()) out->append(1, '=').append(value);
  }
  return true;
}

bool take_host(Cursor& cursor, std::string_view& host) {
  if (!cursor.next_is('[')) {
    host = cursor.take_while(kHost);
    return !host.empty();
  }
  const std::string_view rest = cursor.rest();
  const size_t close = rest.find(']');
  if (close == rest.npos || close > 46) return false;
  const auto address = base::IpAddress::parse(rest.substr(1, close - 1));
  if (!address || rest.substr(0, close).find(':') == rest.npos) return false;
  host = rest.substr(0, close + 1);
  cursor.skip(close + 1);
  return true;
}

bool parse_port(std::string_view text, uint16_t& port) {
  if (text.size() > 5) return false;
  const auto number = base::parse_number<uint16_t>(text);
  if (!number || *number == 0) return false;
  port = *number;
  return true;
}

bool take_via(Cursor& cursor, ViaView& via, std::string* params) {
  cursor.skip_lws();
  via.name = cursor.take_while(kToken);
  if (via.name.empty() || !cursor.take_spaced('/')) return false;
  via.version = cursor.take_while(kToken);
  if (via.version.empty() || !cursor.take_spaced('/')) return false;
  via.transport = cursor.take_while(kToken);
  if (via.transport.empty() || !is_lws(cursor.peek())) return false;
  cursor.skip_lws();
  if (!take_host(cursor, via.host)) return false;
  via.port = 0;
  if (cursor.take_spaced(':') && !parse_port(cursor.take_while(kHex), via.port)) return false;
  return take_params(cursor, params);
}

bool parse_uri(std::string_view text, UriView& uri) {
  const size_t colon = text.find(':');
  if (colon == text.npos || colon == 0 || colon > 64) return false;
  uri = {};
  uri.scheme = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 1);
  if (iequals(uri.scheme, "sip") || iequals(uri.scheme, "sips")) return parse_sip_uri(rest, uri);
  if (!is_alpha(uri.scheme[0]) || !all(kScheme, uri.scheme)) return false;
  if (iequals(uri.scheme, "tel")) return parse_tel_uri(rest, uri);
  uri.host = rest;
  return !rest.empty() && all_or_escaped(kUric, rest);
}

bool take_name_addr(Cursor& cursor, NameAddrView& value, std::string* params) {
  cursor.skip_lws();
  value.display = {};
  const std::string_view all_of_it = cursor.rest();
  if (cursor.next_is('"')) {
    value.display = cursor.take_quoted();
    if (value.display.empty()) return false;
    cursor.skip_lws();
  } else {
    while (is(kToken, cursor.peek()) || is_lws(cursor.peek())) cursor.skip(1);
    if (cursor.next_is('<'))
      value.display = base::trim(all_of_it.substr(0, all_of_it.size() - cursor.rest().size()));
  }
  if (cursor.take('<')) {
    const std::string_view rest = cursor.rest();
    const size_t close = rest.find('>');
    if (close == rest.npos || !parse_uri(rest.substr(0, close), value.uri)) return false;
    cursor.skip(close + 1);
    return take_params(cursor, params);
  }
  if (!value.display.empty()) return false;
  // addr-spec: a comma, question mark or semicolon would have to be inside angle brackets (§20).
  const std::string_view spec = all_of_it.substr(0, all_of_it.find_first_of(";, \t?"));
  cursor = Cursor(all_of_it);
  cursor.skip(spec.size());
  if (cursor.next_is('?') || !parse_uri(spec, value.uri)) return false;
  return take_params(cursor, params);
}

bool parse_cseq(std::string_view text, CSeqView& cseq) {
  const size_t digits = std::min(text.find_first_of(" \t"), text.size());
  const auto number = base::parse_number<uint32_t>(text.substr(0, digits));
  cseq.method = base::trim(text.substr(digits));
  if (!number || *number >= 1u << 31) return false;
  cseq.number = *number;
  return !cseq.method.empty() && all(kToken, cseq.method);
}

bool is_call_id(std::string_view text) {
  return !text.empty() && text.front() != '@' && text.back() != '@' && all(kWord, text);
}

std::string unquote(std::string_view quoted_string) {
  std::string out;
  if (quoted_string.size() < 2) return out;
  out.reserve(quoted_string.size());
  quoted_string = quoted_string.substr(1, quoted_string.size() - 2);
  for (size_t i = 0; i < quoted_string.size(); ++i) {
    if (quoted_string[i] == '\\' && i + 1 < quoted_string.size()) ++i;
    out.push_back(is_control(quoted_string[i]) ? ' ' : quoted_string[i]);
  }
  return out;
}

}  // namespace viaduct::sip::grammar
