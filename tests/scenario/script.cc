#include "scenario/script.h"

#include "base/ascii.h"

namespace viaduct::scenario {
namespace {

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> out;
  while (!(text = base::trim(text)).empty()) out.emplace_back(base::take_until(text, ' '));
  return out;
}

std::string join(const std::vector<std::string>& words, size_t from) {
  std::string out;
  for (size_t i = from; i < words.size(); ++i) out += (i == from ? "" : " ") + words[i];
  return out;
}

}  // namespace

std::string Statement::text() const { return join(words, 0); }

std::vector<Statement> read_statements(std::string_view text) {
  std::vector<Statement> out;
  for (int line = 1; !text.empty(); ++line) {
    std::string_view rest = base::take_until(text, '\n');
    rest = base::take_until(rest, '#');
    while (!rest.empty()) {
      Statement statement{line, split(base::take_until(rest, ';'))};
      if (!statement.words.empty()) out.push_back(std::move(statement));
    }
  }
  return out;
}

std::optional<Captures> fit(std::string_view pattern, const std::vector<std::string>& words,
                            size_t from) {
  Captures out;
  size_t at = from;
  for (const std::string& wanted : split(pattern)) {
    if (at >= words.size()) return std::nullopt;
    if (wanted == "<...>") {
      out.push_back(join(words, at));
      return out;
    }
    if (wanted.front() == '<') out.push_back(words[at]);
    else if (wanted != words[at]) return std::nullopt;
    ++at;
  }
  return at == words.size() ? std::optional(out) : std::nullopt;
}

size_t read_number(const std::string& text) {
  const auto number = base::parse_number<size_t>(text);
  if (!number) throw Fault("\"" + text + "\" is no number");
  return *number;
}

base::Duration read_duration(const std::string& number, const std::string& unit) {
  const auto count = static_cast<int64_t>(read_number(number));
  if (unit == "ms") return std::chrono::milliseconds(count);
  if (unit == "s") return std::chrono::seconds(count);
  if (unit == "min") return std::chrono::minutes(count);
  throw Fault("a time is a number of ms, s or min, not " + unit);
}

}  // namespace viaduct::scenario
