#include "core/dialplan/dialplan.h"

#include <re2/re2.h>

#include <array>

#include "base/ascii.h"
#include "core/dialplan/recording_name.h"

namespace viaduct::dialplan {
namespace {

constexpr int kMaxGroups = 10;  // \0 to \9
using Groups = std::array<re2::StringPiece, kMaxGroups>;

// `text` with what `put` gives for the number of each group that stands in it.
template <class Put>
std::string expand(std::string_view text, Put put) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && base::is_digit(text[i + 1]))
      out += put(text[++i] - '0');
    else out += text[i];
  }
  return out;
}

// The texts of a step in which groups may stand, each with what makes a group harmless there.
template <class StepType, class Visit>
void for_each_text(StepType& step, Visit visit) {
  const auto as_it_is = [](std::string_view group) { return group; };
  // What the caller dialled may not choose a folder.
  if (auto* record = std::get_if<Record>(&step)) visit(record->file, harmless_in_file_name);
  if (auto* dial = std::get_if<DialUser>(&step)) visit(dial->user, as_it_is);
  if (auto* play = std::get_if<PlayClip>(&step)) visit(play->clip, as_it_is);
}

Step expand(const Step& step, const Groups& groups) {
  Step out = step;
  for_each_text(out, [&](std::string& text, const auto& harmless) {
    text = expand(text, [&](int number) {
      const re2::StringPiece& group = groups[static_cast<size_t>(number)];
      return harmless(std::string_view(group.data(), group.size()));
    });
  });
  return out;
}

RE2::Options options() {
  RE2::Options out;
  out.set_log_errors(false);
  return out;
}

}  // namespace

struct Dialplan::Compiled {
  Route route;
  RE2 pattern;
  explicit Compiled(Route r) : route(std::move(r)), pattern(route.pattern, options()) {}
};

std::optional<int> missing_group(const Route& route) {
  const RE2 pattern(route.pattern, options());
  if (!pattern.ok()) return std::nullopt;
  std::optional<int> missing;
  for (const Step& step : route.steps)
    for_each_text(step, [&](const std::string& text, const auto&) {
      (void)expand(text, [&](int number) {
        if (!missing && number > pattern.NumberOfCapturingGroups()) missing = number;
        return "";
      });
    });
  return missing;
}

Dialplan::Dialplan() = default;
Dialplan::~Dialplan() = default;
Dialplan::Dialplan(Dialplan&&) noexcept = default;
Dialplan& Dialplan::operator=(Dialplan&&) noexcept = default;

std::optional<std::string> Dialplan::add(Route route) {
  auto compiled = std::make_unique<Compiled>(std::move(route));
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
