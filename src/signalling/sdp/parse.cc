// Reading a session description line by line. Lines before the first m= belong to the session, the
// others to the media section above them.
#include <utility>

#include "base/ascii.h"
#include "signalling/sdp/description.h"

namespace viaduct::sdp {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr Error kOk{Errc::malformed, nullptr};

bool failed(const Error& error) { return error.what != nullptr; }
Error malformed(const char* what) { return {Errc::malformed, what}; }
Error too_large(const char* what) { return {Errc::too_large, what}; }

// The next word; several separators count as one, as some peers pad.
std::string_view take_word(std::string_view& text) {
  text = base::trim(text);
  size_t end = text.find_first_of(" \t");
  if (end == std::string_view::npos) end = text.size();
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

std::optional<Connection> parse_connection(std::string_view value) {
  Connection out;
  out.network = take_word(value);
  out.family = take_word(value);
  out.address = take_word(value);
  if (out.address.empty() || !base::trim(value).empty()) return std::nullopt;
  return out;
}

std::optional<Origin> parse_origin(std::string_view value) {
  Origin out;
  out.user = take_word(value);
  out.session_id = take_word(value);
  out.version = take_word(value);
  auto address = parse_connection(value);
  if (!address) return std::nullopt;
  out.address = std::move(*address);
  return out;
}

Attribute parse_attribute(std::string_view value) {
  const size_t colon = value.find(':');
  if (colon == std::string_view::npos) return {std::string(base::trim(value)), std::nullopt};
  return {std::string(base::trim(value.substr(0, colon))), std::string(value.substr(colon + 1))};
}

bool is_text(std::string_view line) {
  return line.find_first_of(std::string_view("\0\r", 2)) == std::string_view::npos;
}

class Parser {
 public:
  explicit Parser(const Limits& limits) : limits_(limits) {}

  Result<Description> run(std::string_view text) {
    if (text.size() > limits_.bytes) return too_large("session description");
    for (size_t lines = 0; !text.empty();) {
      std::string_view line = base::take_until(text, '\n');
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (base::trim(line).empty()) continue;
      if (++lines > limits_.lines) return too_large("session description lines");
      if (line.size() < 2 || line[1] != '=' || !base::is_alpha(line[0]) || !is_text(line))
        return malformed("not a line of a session description");
      const Error error = take(line[0], line.substr(2));
      if (failed(error)) return error;
    }
    if (!version_seen_) return malformed("no v= line");
    if (!origin_seen_) return malformed("no o= line");
    return std::move(out_);
  }

 private:
  Error take(char type, std::string_view value) {
    if (!version_seen_) {
      version_seen_ = type == 'v' && base::trim(value) == "0";
      return version_seen_ ? kOk : malformed("does not begin with v=0");
    }
    switch (type) {
      case 'm': return media(value);
      case 'a': return attribute(value);
      case 'c': return connection(value);
      case 'o': return origin(value);
      case 's':
        if (out_.media.empty()) out_.name = value;
        return kOk;
      default: return other(type, value);
    }
  }

  Error origin(std::string_view value) {
    if (origin_seen_) return malformed("second o= line");
    auto parsed = parse_origin(value);
    if (!parsed) return malformed("o= line");
    out_.origin = std::move(*parsed);
    origin_seen_ = true;
    return kOk;
  }

  Error connection(std::string_view value) {
    auto parsed = parse_connection(value);
    if (!parsed) return malformed("c= line");
    auto& place = out_.media.empty() ? out_.connection : out_.media.back().connection;
    if (!place) place = std::move(*parsed);
    return kOk;
  }

  Error attribute(std::string_view value) {
    auto& place = out_.media.empty() ? out_.attributes : out_.media.back().attributes;
    if (place.size() >= limits_.attributes) return too_large("attributes");
    Attribute parsed = parse_attribute(value);
    if (!parsed.name.empty()) place.push_back(std::move(parsed));
    return kOk;
  }

  Error media(std::string_view value) {
    if (out_.media.size() >= limits_.media) return too_large("media sections");
    Media section;
    section.kind = take_word(value);
    std::string_view ports = take_word(value);
    const auto port = base::parse_number<uint16_t>(base::take_until(ports, '/'));
    const auto count =
        ports.empty() ? std::optional<uint16_t>(1) : base::parse_number<uint16_t>(ports);
    section.protocol = take_word(value);
    if (!port || !count || section.protocol.empty()) return malformed("m= line");
    section.port = *port;
    section.port_count = *count;
    for (auto format = take_word(value); !format.empty(); format = take_word(value)) {
      if (section.formats.size() >= limits_.formats) return too_large("formats");
      section.formats.emplace_back(format);
    }
    if (section.formats.empty()) return malformed("m= line without formats");
    out_.media.push_back(std::move(section));
    return kOk;
  }

  // RFC 8866 §5: a line of a type nobody knows is passed over.
  Error other(char type, std::string_view value) {
    const std::string_view known = out_.media.empty() ? "iuepbtrzk" : "ibk";
    if (known.find(type) == std::string_view::npos) return kOk;
    auto& place = out_.media.empty() ? out_.lines : out_.media.back().lines;
    place.push_back({type, std::string(value)});
    return kOk;
  }

  const Limits& limits_;
  Description out_;
  bool version_seen_ = false;
  bool origin_seen_ = false;
};

}  // namespace

Result<Description> parse(std::string_view text, const Limits& limits) {
  return Parser(limits).run(text);
}

}  // namespace viaduct::sdp
