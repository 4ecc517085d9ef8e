#include "signalling/sip/headers.h"

#include <algorithm>
#include <limits>

#include "base/ascii.h"
#include "signalling/sip/grammar.h"

namespace viaduct::sip {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using grammar::Cursor;

constexpr Error bad(const char* what) { return {Errc::malformed, what}; }

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  return out;
}

// The parameters up to the end of the value.
bool rest_is_params(Cursor& cursor, Params& params) {
  std::string wire;
  if (!grammar::take_params(cursor, &wire)) return false;
  cursor.skip_lws();
  params = Params::from_wire(std::move(wire));
  return cursor.done();
}

// "(...)" with nested comments and quoted pairs; the cursor stands at "(".
bool take_comment(Cursor& cursor, std::string& comment) {
  const std::string_view text = cursor.rest();
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '(') {
      ++depth;
    } else if (text[i] == ')' && --depth == 0) {
      comment = text.substr(1, i - 1);
      cursor.skip(i + 1);
      return true;
    }
  }
  return false;
}

}  // namespace

Result<Via> Via::parse(std::string_view text) {
  Cursor cursor(text);
  grammar::ViaView view;
  std::string params;
  if (!grammar::take_via(cursor, view, &params)) return bad("bad Via");
  cursor.skip_lws();
  if (!cursor.done()) return bad("bad Via");
  Via via;
  via.protocol.assign(view.name).append(1, '/').append(view.version);
  via.transport = upper(view.transport);
  via.host = view.host;
  via.port = view.port;
  via.params = Params::from_wire(std::move(params));
  return via;
}

bool Via::has_rfc3261_branch() const {
  const std::string_view text = branch();
  return text.size() > kBranchCookie.size() &&
         base::iequals(text.substr(0, kBranchCookie.size()), kBranchCookie);
}

std::string Via::str() const {
  std::string out = protocol + "/" + transport + " " + host;
  if (port != 0) out.append(1, ':').append(std::to_string(port));
  return out + params.str();
}

Result<NameAddr> NameAddr::parse(std::string_view text) {
  Cursor cursor(text);
  grammar::NameAddrView view;
  std::string params;
  if (!grammar::take_name_addr(cursor, view, &params)) return bad("bad address");
  cursor.skip_lws();
  if (!cursor.done()) return bad("bad address");
  NameAddr value;
  value.display_name =
      view.display.starts_with('"') ? grammar::unquote(view.display) : std::string(view.display);
  value.uri = Uri::from_view(view.uri);
  value.params = Params::from_wire(std::move(params));
  return value;
}

std::optional<uint32_t> NameAddr::expires() const {
  const auto text = params.get("expires");
  if (!text) return std::nullopt;
  const auto seconds = parse_delta_seconds(*text);
  if (!seconds) return std::nullopt;
  return *seconds;
}

std::string NameAddr::str() const {
  std::string out;
  if (!display_name.empty()) out = quoted(display_name) + " ";
  out.push_back('<');
  uri.append_to(out);
  out.push_back('>');
  return out + params.str();
}

Result<CSeq> CSeq::parse(std::string_view text) {
  grammar::CSeqView view;
  if (!grammar::parse_cseq(base::trim(text), view)) return bad("bad CSeq");
  return CSeq{view.number, method_from_name(view.method), std::string(view.method)};
}

CSeq CSeq::of(uint32_t number, Method method) {
  return {number, method, std::string(method_name(method))};
}

std::string CSeq::str() const { return std::to_string(number) + " " + method_text; }

Result<RAck> RAck::parse(std::string_view text) {
  text = base::trim(text);
  const size_t space = std::min(text.find_first_of(" \t"), text.size());
  const auto rseq = base::parse_number<uint32_t>(text.substr(0, space));
  const auto cseq = CSeq::parse(text.substr(space));
  if (!rseq || !cseq) return bad("bad RAck");
  return RAck{*rseq, *cseq};
}

std::string RAck::str() const { return std::to_string(rseq) + " " + cseq.str(); }

Result<MediaType> MediaType::parse(std::string_view text) {
  Cursor cursor(base::trim(text));
  MediaType value;
  value.type = base::lower(cursor.take_while(grammar::kToken));
  if (value.type.empty() || !cursor.take_spaced('/')) return bad("bad media type");
  value.subtype = base::lower(cursor.take_while(grammar::kToken));
  if (value.subtype.empty() || !rest_is_params(cursor, value.params)) return bad("bad media type");
  return value;
}

std::string MediaType::str() const { return type + "/" + subtype + params.str(); }

Result<Reason> Reason::parse(std::string_view text) {
  Cursor cursor(base::trim(text));
  Reason value;
  Params params;
  value.protocol = cursor.take_while(grammar::kToken);
  if (value.protocol.empty() || !rest_is_params(cursor, params)) return bad("bad Reason");
  if (const auto cause = params.get("cause")) {
    const auto number = base::parse_number<uint16_t>(*cause);
    if (!number) return bad("bad Reason cause");
    value.cause = *number;
  }
  value.text = params.text("text").value_or("");
  return value;
}

std::string Reason::str() const {
  std::string out = protocol;
  if (cause != 0) out += ";cause=" + std::to_string(cause);
  if (!text.empty()) out += ";text=" + quoted(text);
  return out;
}

Result<RetryAfter> RetryAfter::parse(std::string_view text) {
  text = base::trim(text);
  const size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto seconds = parse_delta_seconds(text.substr(0, end));
  if (!seconds) return seconds.error();
  RetryAfter value;
  value.seconds = *seconds;
  Cursor cursor(text.substr(end));
  cursor.skip_lws();
  if (cursor.next_is('(') && !take_comment(cursor, value.comment)) return bad("bad Retry-After");
  if (!rest_is_params(cursor, value.params)) return bad("bad Retry-After");
  return value;
}

std::string RetryAfter::str() const {
  std::string out = std::to_string(seconds);
  if (!comment.empty()) out += " (" + comment + ")";
  return out + params.str();
}

Result<Replaces> Replaces::parse(std::string_view text) {
  text = base::trim(text);
  const size_t end = std::min(text.find_first_of("; \t"), text.size());
  Replaces value;
  value.call_id = text.substr(0, end);
  Cursor cursor(text.substr(end));
  if (!grammar::is_call_id(value.call_id) || !rest_is_params(cursor, value.params))
    return bad("bad Replaces");
  return value;
}

std::string Replaces::str() const { return call_id + params.str(); }

Result<AuthValue> AuthValue::parse(std::string_view text) {
  constexpr size_t kMostParams = 32;  // RFC 7616 has a dozen
  Cursor cursor(base::trim(text));
  AuthValue value;
  value.scheme = cursor.take_while(grammar::kToken);
  if (value.scheme.empty() || !grammar::is_lws(cursor.peek())) return bad("bad credentials");
  cursor.skip_lws();
  do {
    Param param{base::lower(cursor.take_while(grammar::kToken)), {}, false};
    if (param.name.empty() || !cursor.take_spaced('=')) return bad("bad credentials");
    if (cursor.next_is('"')) {
      const std::string_view quoted_value = cursor.take_quoted();
      if (quoted_value.empty()) return bad("bad credentials");
      param.value = grammar::unquote(quoted_value);
      param.quoted = true;
    } else {
      param.value = cursor.take_while(grammar::kToken);
      if (param.value.empty()) return bad("bad credentials");
    }
    if (value.get(param.name)) return bad("credentials with a parameter twice");
    if (value.params.size() == kMostParams) return bad("credentials with too many parameters");
    value.params.push_back(std::move(param));
  } while (cursor.take_spaced(','));
  cursor.skip_lws();
  if (!cursor.done()) return bad("bad credentials");
  return value;
}

std::optional<std::string_view> AuthValue::get(std::string_view name) const {
  for (const Param& param : params)
    if (base::iequals(param.name, name)) return param.value;
  return std::nullopt;
}

std::string AuthValue::str() const {
  std::string out = scheme;
  const char* separator = " ";
  for (const Param& param : params) {
    out.append(separator).append(param.name).append(1, '=');
    out.append(param.quoted ? quoted(param.value) : param.value);
    separator = ", ";
  }
  return out;
}

Result<uint32_t> parse_delta_seconds(std::string_view text) {
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  if (text.empty()) return bad("bad number of seconds");
  uint64_t value = 0;
  for (char c : text) {
    if (!base::is_digit(c)) return bad("bad number of seconds");
    value = std::min(value * 10 + static_cast<uint64_t>(c - '0'), kMost);
  }
  return static_cast<uint32_t>(value);
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(grammar::is_control(c) ? ' ' : c);
  }
  out.push_back('"');
  return out;
}

}  // namespace viaduct::sip
