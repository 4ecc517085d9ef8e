// JSON values for the folders above: the one place that knows which library parses them.
//
// Members are looked up without regard to case, because Verto's reference server does so and its
// clients rely on it ("callID", "callId", "CallID"); an exact match is preferred.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace viaduct::jsonrpc {

using Value = boost::json::value;
using Object = boost::json::object;
using Array = boost::json::array;

// One JSON document and how much of the text it is.
struct Document {
  Value value;
  std::string_view text;  // the value's own text, a view into what was parsed
};

// Reads the first value of `text`. A byte order mark before it is skipped, what follows it is
// ignored (the reference server does both). Errors: malformed, truncated, too_large (deeper than
// `max_depth`).
base::Result<Document> parse(std::string_view text, size_t max_depth);

// Compact, no newline; UTF-8 if all texts inside are.
std::string print(const Value& value);
std::string print(const Object& object);

// The text with each byte that is no UTF-8 replaced by U+FFFD. For texts that come from elsewhere
// than JSON: browsers drop a WebSocket that carries anything but UTF-8.
std::string valid_utf8(std::string_view text);

// nullptr when there is no such member.
const Value* find(const Object& object, std::string_view name);
// The member if it is of that kind.
const Object* find_object(const Object& object, std::string_view name);
const Array* find_array(const Object& object, std::string_view name);
std::optional<std::string_view> find_string(const Object& object, std::string_view name);

std::optional<std::string_view> as_string(const Value& value);
// true, or a string that says so: "true", "t", "yes", "on", "enabled", "active", "allow" in any
// case, or a decimal other than zero.
bool is_true(const Value& value);
// false or the string "false".
bool is_false(const Value& value);
// A whole number, as a number or as its decimal text.
std::optional<int64_t> as_integer(const Value& value);

// The text of a member's value as it was sent, to give it back unchanged (1.50 stays 1.50).
// `object` must be the text of an object that parse() accepted. Empty when there is no such member.
std::string_view raw_member(std::string_view object, std::string_view name);
// The texts of the elements of an array that parse() accepted.
std::vector<std::string_view> raw_elements(std::string_view array);

}  // namespace viaduct::jsonrpc
