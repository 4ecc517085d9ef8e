#include "core/dialplan/dialplan.h"

#include <re2/re2.h>

#include <array>

#include "base/ascii.h"
#include "core/dialplan/recording_name.h"

namespace viaduct::dialplan {
namespace {

constexpr int kMaxGroups = 10;  // \0 to \9
using Groups = std::array<re2::StringPiece, kMaxGroups>;

template <class Put>
std::string expand(std::string_view text, const Groups& groups, Put put) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && base::is_digit(text[i + 1])) {
      const re2::StringPiece& group = groups[static_cast<size_t>(text[++i] - '0')];
      out += put(std::string_view(group.data(), group.size()));
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string expand(std::string_view text, const Groups& groups) {
  return expand(text, groups, [](std::string_view group) { return group; });
}

Step expand(const Step& step, const Groups& groups) {
  Step out = step;
  // What the caller dialled may not choose a folder.
  if (auto* record = std::get_if<Record>(&out))
    record->file = expand(record->file, groups, harmless_in_file_name);
  if (auto* dial = std::get_if<DialUser>(&out)) dial->user = expand(dial->user, groups);
  if (auto* play = std::get_if<PlayClip>(&out)) play->clip = expand(play->clip, groups);
  return out;
}

}  // namespace

struct Dialplan::Compiled {
  Route route;
  RE2 pattern;
  Compiled(Route r, const RE2::Options& options)
      : route(std::move(r)), pattern(route.pattern, options) {}
};

Dialplan::Dialplan() = default;
Dialplan::~Dialplan() = default;
Dialplan::Dialplan(Dialplan&&) noexcept = default;
Dialplan& Dialplan::operator=(Dialplan&&) noexcept = default;

std::optional<std::string> Dialplan::add(Route route) {
  RE2::Options options;
  options.set_log_errors(false);
  auto compiled = std::make_unique<Compiled>(std::move(route), options);
  if (!compiled->pattern.ok()) return compiled->pattern.error();
  if (compiled->pattern.NumberOfCapturingGroups() >= kMaxGroups)
    return "more than nine groups in a pattern";
  routes_.push_back(std::move(compiled));
  return std::nullopt;
}

std::optional<std::vector<Step>> Dialplan::route(std::string_view context,
                                                 std::string_view number) const {
  if (number.size() > kMaxNumber) return std::nullopt;
  const re2::StringPiece text(number.data(), number.size());
  for (const auto& candidate : routes_) {
    if (!candidate->route.context.empty() && candidate->route.context != context) continue;
    Groups groups;
    const int wanted = 1 + candidate->pattern.NumberOfCapturingGroups();
    if (!candidate->pattern.Match(text, 0, text.size(), RE2::ANCHOR_BOTH, groups.data(), wanted))
      continue;
    std::vector<Step> steps;
    for (const Step& step : candidate->route.steps) steps.push_back(expand(step, groups));
    return steps;
  }
  return std::nullopt;
}

}  // namespace viaduct::dialplan
