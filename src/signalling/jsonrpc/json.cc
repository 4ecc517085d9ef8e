#include "signalling/jsonrpc/json.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>

#include "base/ascii.h"
#include "base/check.h"

namespace viaduct::jsonrpc {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

base::Error to_error(const boost::json::error_code& error) {
  if (error == boost::json::error::incomplete) return {base::Errc::truncated, "JSON ends early"};
  if (error == boost::json::error::too_deep) return {base::Errc::too_large, "JSON nested too deep"};
  return {base::Errc::malformed, "no JSON"};
}

// The bytes of the character that `text` begins with (RFC 3629 §4); 0 if it begins with none.
size_t character_size(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<uint8_t>(text[i]) : uint8_t{0};
  };
  const auto tail = [&](size_t i) { return (byte(i) & 0xC0) == 0x80; };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool overlong = first == 0xE0 && byte(1) < 0xA0;
    const bool surrogate = first == 0xED && byte(1) > 0x9F;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool overlong = first == 0xF0 && byte(1) < 0x90;
    const bool beyond = first == 0xF4 && byte(1) > 0x8F;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

// Walks over the text of one value that a parser has accepted already, without building anything.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) { skip_space(); }

  bool at(char c) const { return at_ < text_.size() && text_[at_] == c; }
  void skip(char c) {
    VIADUCT_CHECK(at(c));
    ++at_;
    skip_space();
  }
  void skip_if(char c) {
    if (at(c)) skip(c);
  }
  // Takes off the next value of any kind.
  std::string_view value() {
    const size_t start = at_;
    size_t depth = 0;
    do {
      VIADUCT_CHECK(at_ < text_.size());
      const char c = text_[at_];
      if (c == '"') {
        skip_string();
      } else {
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') --depth;
        ++at_;
        if (depth == 0 && c != '}' && c != ']') skip_scalar();
      }
    } while (depth > 0);
    const std::string_view taken = text_.substr(start, at_ - start);
    skip_space();
    return taken;
  }

 private:
  void skip_space() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  void skip_string() {
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_)
      if (text_[at_] == '\\') ++at_;
    ++at_;
  }
  void skip_scalar() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n,:]}").find(text_[at_]) == std::string_view::npos)
      ++at_;
  }

  std::string_view text_;
  size_t at_ = 0;
};

// The meaning of a member name's text, quotes and escapes included.
std::string member_name(std::string_view quoted) {
  if (quoted.find('\\') == std::string_view::npos)
    return std::string(quoted.substr(1, quoted.size() - 2));
  const auto document = parse(quoted, 1);
  VIADUCT_CHECK(document.has_value());
  return std::string(*as_string(document->value));
}

}  // namespace

base::Result<Document> parse(std::string_view text, size_t max_depth) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  boost::json::parse_options options;
  options.max_depth = max_depth;
  boost::json::stream_parser parser({}, options);
  boost::json::error_code error;
  const size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error && !parser.done()) parser.finish(error);  // a number may end with the text
  if (error) return to_error(error);
  return Document{parser.release(), text.substr(0, used)};
}

std::string print(const Value& value) { return boost::json::serialize(value); }
std::string print(const Object& object) { return boost::json::serialize(object); }

std::string valid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const size_t size = character_size(text);
    valid.append(size != 0 ? text.substr(0, size) : std::string_view("\xEF\xBF\xBD"));
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return valid;
}

const Value* find(const Object& object, std::string_view name) {
  if (const Value* exact = object.if_contains(name)) return exact;
  for (const auto& member : object)
    if (base::iequals(member.key(), name)) return &member.value();
  return nullptr;
}

const Object* find_object(const Object& object, std::string_view name) {
  const Value* value = find(object, name);
  return value ? value->if_object() : nullptr;
}

const Array* find_array(const Object& object, std::string_view name) {
  const Value* value = find(object, name);
  return value ? value->if_array() : nullptr;
}

std::optional<std::string_view> find_string(const Object& object, std::string_view name) {
  const Value* value = find(object, name);
  return value ? as_string(*value) : std::nullopt;
}

std::optional<std::string_view> as_string(const Value& value) {
  const auto* text = value.if_string();
  if (!text) return std::nullopt;
  return std::string_view(text->data(), text->size());
}

bool is_true(const Value& value) {
  if (const bool* flag = value.if_bool()) return *flag;
  const auto text = as_string(value);
  if (!text) return false;
  for (const std::string_view word : {"true", "t", "yes", "on", "enabled", "active", "allow"})
    if (base::iequals(*text, word)) return true;
  return base::parse_number<int64_t>(*text).value_or(0) != 0;
}

bool is_false(const Value& value) {
  if (const bool* flag = value.if_bool()) return !*flag;
  const auto text = as_string(value);
  return text && base::iequals(*text, "false");
}

std::optional<int64_t> as_integer(const Value& value) {
  if (const int64_t* number = value.if_int64()) return *number;
  if (const auto text = as_string(value)) return base::parse_number<int64_t>(*text);
  return std::nullopt;
}

std::string_view raw_member(std::string_view object, std::string_view name) {
  Scanner scanner(object);
  scanner.skip('{');
  std::string_view exact;
  std::string_view similar;
  while (!scanner.at('}')) {
    const std::string key = member_name(scanner.value());
    scanner.skip(':');
    const std::string_view value = scanner.value();
    scanner.skip_if(',');
    if (key == name) exact = value;  // of duplicates the last counts, as in the parsed object
    if (similar.empty() && base::iequals(key, name)) similar = value;
  }
  return exact.empty() ? similar : exact;
}

std::vector<std::string_view> raw_elements(std::string_view array) {
  Scanner scanner(array);
  scanner.skip('[');
  std::vector<std::string_view> elements;
  while (!scanner.at(']')) {
    elements.push_back(scanner.value());
    scanner.skip_if(',');
  }
  return elements;
}

}  // namespace viaduct::jsonrpc
