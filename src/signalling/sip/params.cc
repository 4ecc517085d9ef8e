#include "signalling/sip/params.h"

#include "base/ascii.h"
#include "signalling/sip/grammar.h"

namespace viaduct::sip {
namespace {

// Where the parameter that begins at `text` ends: the next ";" outside quotes.
size_t end_of_param(std::string_view text) {
  bool in_quotes = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (in_quotes && text[i] == '\\') ++i;
    else if (text[i] == '"') in_quotes = !in_quotes;
    else if (text[i] == ';' && !in_quotes) return i;
  }
  return text.size();
}

}  // namespace

Params Params::from_wire(std::string wire) {
  Params params;
  params.wire_ = std::move(wire);
  return params;
}

std::optional<Params::Param> Params::take(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  rest.remove_prefix(1);  // ";"
  const std::string_view text = rest.substr(0, end_of_param(rest));
  rest.remove_prefix(text.size());
  const size_t equals = text.find('=');
  if (equals == text.npos) return Param{text, {}, false};
  return Param{text.substr(0, equals), text.substr(equals + 1), true};
}

std::optional<std::string_view> Params::get(std::string_view name) const {
  std::string_view rest = wire_;
  while (const std::optional<Param> param = take(rest))
    if (base::iequals(param->name, name)) return param->value;
  return std::nullopt;
}

std::optional<std::string> Params::text(std::string_view name) const {
  const std::optional<std::string_view> value = get(name);
  if (!value) return std::nullopt;
  return value->starts_with('"') ? grammar::unquote(*value) : std::string(*value);
}

void Params::set(std::string_view name, std::string_view value) {
  std::string wire;
  bool found = false;
  const auto put = [&] {
    wire.append(1, ';').append(name);
    if (!value.empty()) wire.append(1, '=').append(value);
    found = true;
  };
  for_each([&](const Param& param) {
    if (base::iequals(param.name, name)) {
      if (!found) put();
      return;
    }
    wire.append(1, ';').append(param.name);
    if (param.has_value) wire.append(1, '=').append(param.value);
  });
  if (!found) put();
  wire_ = std::move(wire);
}

void Params::remove(std::string_view name) {
  std::string wire;
  for_each([&](const Param& param) {
    if (base::iequals(param.name, name)) return;
    wire.append(1, ';').append(param.name);
    if (param.has_value) wire.append(1, '=').append(param.value);
  });
  wire_ = std::move(wire);
}

size_t Params::size() const {
  size_t count = 0;
  for_each([&](const Param&) { ++count; });
  return count;
}

}  // namespace viaduct::sip
