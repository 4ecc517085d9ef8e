#include "support/party.h"

#include <algorithm>

#include "base/ascii.h"

namespace viaduct::support {
namespace {

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> out;
  while (!(text = base::trim(text)).empty()) out.push_back(base::take_until(text, ' '));
  return out;
}

bool contains(const std::vector<std::string_view>& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

}  // namespace

bool matches(std::string_view text, std::string_view words) {
  const auto has = split(text);
  const auto wants = split(words);
  if (has.empty() || wants.empty() || has.front() != wants.front()) return false;
  if (contains(has, "again") != contains(wants, "again")) return false;
  return std::ranges::all_of(wants, [&](std::string_view word) { return contains(has, word); });
}

}  // namespace viaduct::support
