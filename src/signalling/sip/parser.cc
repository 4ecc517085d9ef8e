#include "signalling/sip/parser.h"

#include <algorithm>
#include <bitset>
#include <cstring>

#include "base/ascii.h"
#include "signalling/sip/grammar.h"

namespace viaduct::sip {

using base::Errc;
using base::Error;
using base::iequals;
using grammar::Cursor;

// Reads on behind a fault: a response to a bad request needs the fields that stand after it. The
// first fault is the one reported.
class MessageParser {
 public:
  explicit MessageParser(const ParseOptions& options) : options_(options) {}

  ParseResult parse(std::string_view datagram);

 private:
  // Bytes up to CRLF; `from` is moved behind it. A line that holds a bare CR or LF or another
  // control character is a fault, and its `usable` is false.
  struct Line {
    std::string_view text;
    bool usable = true;
  };
  bool next_line(size_t& from, Line& line);
  bool next_header_line(size_t& from, Line& line);

  bool read_start_line(std::string_view line);
  void read_request_line(std::string_view line);
  void read_status_line(std::string_view line);
  void read_headers(size_t& from);
  void read_header(std::string_view line);
  void read_body(size_t from);

  void check_required();
  void check_value(HeaderName name, std::string_view value);
  void check_contact(std::string_view value);

  void fault(const char* what, uint16_t status = 400, Errc code = Errc::malformed) {
    if (status_ == 0) {
      status_ = status;
      error_ = {code, what};
    }
  }
  Message::Slice slice(std::string_view text) const {
    return {static_cast<uint32_t>(text.data() - message_.bytes_.data()),
            static_cast<uint32_t>(text.size())};
  }
  Rejection drop(const char* what, Errc code = Errc::malformed) const {
    return {0, {code, what}, {}};
  }

  const ParseOptions& options_;
  Message message_;
  std::bitset<128> seen_;
  std::optional<size_t> content_length_;
  std::string_view cseq_method_;
  uint16_t status_ = 0;  // of the first fault; 0: none
  Error error_{Errc::malformed, ""};
};

namespace {

// Eight bytes at once, since every byte of every header passes here: whether one is below 0x20 or
// is 0x7f. (x - 0x20) borrows into the top bit of a byte that is smaller; ~x leaves UTF-8 out.
bool may_hold_control(std::string_view text) {
  constexpr uint64_t kOnes = 0x0101010101010101, kTops = 0x8080808080808080;
  uint64_t found = 0;
  const auto look = [&](uint64_t x) {
    const uint64_t y = x ^ (kOnes * 0x7f);
    found |= ((x - kOnes * 0x20) & ~x) | ((y - kOnes) & ~y);
  };
  while (text.size() >= 8) {
    uint64_t x;
    std::memcpy(&x, text.data(), 8);
    look(x);
    text.remove_prefix(8);
  }
  uint64_t last = kOnes * ' ';
  if (!text.empty()) std::memcpy(&last, text.data(), text.size());
  look(last);
  return (found & kTops) != 0;
}

// Control characters have no place in a header field but behind the backslash of a quoted pair,
// where line ends have none either.
bool is_clean(std::string_view text) {
  if (!may_hold_control(text)) return true;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!grammar::is_control(text[i]) || text[i] == '\t') continue;
    if (i == 0 || text[i - 1] != '\\' || text[i] == '\r' || text[i] == '\n') return false;
  }
  return true;
}

bool is_version(std::string_view text) {  // "SIP/" 1*DIGIT "." 1*DIGIT
  if (text.size() < 7 || !iequals(text.substr(0, 4), "SIP/")) return false;
  text.remove_prefix(4);
  const std::string_view major = base::take_until(text, '.');
  return base::parse_number<uint64_t>(major) && base::parse_number<uint64_t>(text);
}

// Calls take(Cursor&) for each element of a comma-separated list; false when one fails or is
// missing.
template <class F>
bool each_of_list(std::string_view value, F&& take) {
  Cursor cursor(value);
  do {
    if (!take(cursor)) return false;
  } while (cursor.take_spaced(','));
  return cursor.done();
}

bool is_address_list(std::string_view value) {
  return each_of_list(value, [](Cursor& cursor) {
    grammar::NameAddrView view;
    return grammar::take_name_addr(cursor, view, nullptr);
  });
}

bool is_one_address(std::string_view value) {
  Cursor cursor(value);
  grammar::NameAddrView view;
  return grammar::take_name_addr(cursor, view, nullptr) && cursor.done();
}

bool is_via_list(std::string_view value) {
  return each_of_list(value, [](Cursor& cursor) {
    grammar::ViaView view;
    if (!grammar::take_via(cursor, view, nullptr)) return false;
    return iequals(view.name, "SIP") && view.version == "2.0";
  });
}

}  // namespace

ParseResult MessageParser::parse(std::string_view datagram) {
  if (datagram.size() > options_.max_message) return drop("message too large", Errc::too_large);
  while (datagram.starts_with("\r\n")) datagram.remove_prefix(2);  // §7.5
  if (datagram.empty()) return drop("nothing but line ends", Errc::truncated);
  message_.bytes_ = datagram;
  message_.fields_.reserve(24);

  size_t from = 0;
  Line line;
  if (!next_line(from, line) || !line.usable || !read_start_line(line.text)) return drop("not SIP");
  read_headers(from);
  if (!seen_[static_cast<size_t>(HeaderName::via)]) return drop("no Via");
  check_required();
  if (status_ == 0) read_body(from);

  if (status_ == 0) return std::move(message_);
  if (message_.is_response() || message_.method_ == Method::ack)
    return drop(error_.what, error_.code);
  return Rejection{status_, error_, std::move(message_)};
}

bool MessageParser::next_line(size_t& from, Line& line) {
  const std::string& bytes = message_.bytes_;
  const size_t end = bytes.find('\n', from);
  if (end == bytes.npos) return false;
  const bool ends_well = end > from && bytes[end - 1] == '\r';
  line.text = std::string_view(bytes).substr(from, end - from - (ends_well ? 1 : 0));
  line.usable = ends_well;
  from = end + 1;
  return true;
}

// Unfolds in place: a line end before white space becomes two spaces (§7.3.1).
bool MessageParser::next_header_line(size_t& from, Line& line) {
  const size_t begin = from;
  std::string& bytes = message_.bytes_;
  if (!next_line(from, line)) return false;
  while (from < bytes.size() && grammar::is_lws(bytes[from]) && !line.text.empty()) {
    const size_t end = from;
    const bool usable = line.usable;
    if (!next_line(from, line)) return false;
    if (usable) bytes[end - 1] = bytes[end - 2] = ' ';
    line.usable = line.usable && usable;
    line.text =
        std::string_view(line.text.data() - (end - begin), line.text.size() + (end - begin));
  }
  line.usable = line.usable && is_clean(line.text);
  return true;
}

bool MessageParser::read_start_line(std::string_view line) {
  if (line.size() > options_.max_start_line) return false;
  const size_t space = line.find(' ');
  if (space == line.npos || space == 0) return false;
  if (is_version(line.substr(0, space))) {
    read_status_line(line);
    return true;
  }
  const std::string_view method = line.substr(0, space);
  if (!grammar::all(grammar::kToken, method) || line.find(" SIP/") == line.npos) return false;
  message_.kind_ = Message::Kind::request;
  message_.start_a_ = slice(method);
  message_.method_ = method_from_name(method);
  read_request_line(line.substr(space + 1));
  return true;
}

void MessageParser::read_request_line(std::string_view line) {
  const size_t space = line.find(' ');
  const std::string_view uri_text = line.substr(0, space);
  const std::string_view version = line.substr(space + 1);
  message_.start_b_ = slice(uri_text);
  grammar::UriView uri;
  if (!is_version(version)) return fault("bad request line");
  if (!iequals(version, "SIP/2.0")) return fault("SIP version", 505, Errc::unsupported);
  if (!grammar::parse_uri(uri_text, uri)) return fault("bad Request-URI");
  if (!uri.headers.empty()) return fault("Request-URI with header fields");  // §19.1.1
}

void MessageParser::read_status_line(std::string_view line) {
  message_.kind_ = Message::Kind::response;
  std::string_view rest = line;
  if (!iequals(base::take_until(rest, ' '), "SIP/2.0")) fault("SIP version");
  const std::string_view code = rest.substr(0, 3);
  const auto status = base::parse_number<uint16_t>(code);
  if (!status || *status < 100 || *status > 699 || rest.size() < 4 || rest[3] != ' ')
    return fault("bad status line");
  message_.status_ = *status;
  message_.start_b_ = slice(rest.substr(4));
  if (!is_clean(rest)) fault("bad reason phrase");
}

void MessageParser::read_headers(size_t& from) {
  Line line;
  while (next_header_line(from, line)) {
    if (!line.usable) fault("bad line end or control character in a header field");
    if (line.text.empty()) return;
    if (message_.fields_.size() == options_.max_headers)
      return fault("too many header fields", 513, Errc::too_large);
    if (line.text.size() > options_.max_header_line)
      fault("header field too long", 513, Errc::too_large);
    else if (line.usable) read_header(line.text);
  }
  fault("header does not end", 400, Errc::truncated);
}

void MessageParser::read_header(std::string_view line) {
  Cursor cursor(line);
  const std::string_view name = cursor.take_while(grammar::kToken);
  if (name.empty() || !cursor.take_spaced(':')) return fault("bad header field");
  const std::string_view value = base::trim(cursor.rest());
  const HeaderName id = header_from_text(name);
  const size_t bit = static_cast<size_t>(id);
  if (seen_[bit] && is_single(id)) {
    // The first one stays, so that a response names the transaction that most readers see.
    return fault("header field twice");
  }
  seen_[bit] = true;
  message_.fields_.push_back(
      {id, id == HeaderName::other ? slice(name) : Message::Slice{}, slice(value)});
  check_value(id, value);
}

void MessageParser::check_value(HeaderName name, std::string_view value) {
  switch (name) {
    case HeaderName::via:
      if (!is_via_list(value)) fault("bad Via");
      return;
    case HeaderName::from:
      if (!is_one_address(value)) fault("bad From");
      return;
    case HeaderName::to:
      if (!is_one_address(value)) fault("bad To");
      return;
    case HeaderName::call_id:
      if (!grammar::is_call_id(value)) fault("bad Call-ID");
      return;
    case HeaderName::cseq: {
      grammar::CSeqView cseq;
      if (!grammar::parse_cseq(value, cseq)) fault("bad CSeq");
      cseq_method_ = cseq.method;
      return;
    }
    case HeaderName::contact: return check_contact(value);
    case HeaderName::route:
    case HeaderName::record_route:
    case HeaderName::path:
      if (!is_address_list(value)) fault("bad route");
      return;
    case HeaderName::max_forwards: {
      const auto hops = parse_delta_seconds(value);
      if (!hops || *hops > 255) fault("bad Max-Forwards");
      return;
    }
    case HeaderName::expires:
      if (!parse_delta_seconds(value)) fault("bad Expires");
      return;
    case HeaderName::content_length: {
      const auto size = base::parse_number<size_t>(value);
      if (!size) return fault("bad Content-Length");
      content_length_ = *size;
      return;
    }
    default: return;
  }
}

void MessageParser::check_contact(std::string_view value) {
  if (value == "*" || is_address_list(value)) return;
  fault("bad Contact");
}

void MessageParser::check_required() {
  constexpr HeaderName kRequired[] = {HeaderName::from, HeaderName::to, HeaderName::call_id,
                                      HeaderName::cseq};
  for (const HeaderName name : kRequired)
    if (!seen_[static_cast<size_t>(name)]) fault("a required header field is missing");
  if (message_.is_request() && cseq_method_ != message_.method_text())
    fault("CSeq names another method");
}

void MessageParser::read_body(size_t from) {
  const size_t available = message_.bytes_.size() - from;
  const size_t size = content_length_.value_or(available);
  if (size > available) return fault("body shorter than Content-Length", 400, Errc::truncated);
  message_.bytes_.resize(from + size);
  message_.body_ = {static_cast<uint32_t>(from), static_cast<uint32_t>(size)};
}

ParseResult parse(std::string_view datagram, const ParseOptions& options) {
  return MessageParser(options).parse(datagram);
}

bool is_keep_alive(std::string_view datagram) {
  if (datagram.size() > 4) return false;
  return std::all_of(datagram.begin(), datagram.end(),
                     [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace viaduct::sip
