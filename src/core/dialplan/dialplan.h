// Dialplan: the number asked for -> the steps to take. The first matching route wins.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/dialplan/steps.h"

namespace viaduct::dialplan {

struct Route {
  std::string name;     // for logs and the configuration's faults
  std::string context;  // empty: every context
  std::string pattern;  // RE2 syntax; must match the whole number
  // DialUser::user, PlayClip::clip and Record::file may hold \0 to \9: the whole number and the
  // groups.
  std::vector<Step> steps;
};

// The first group that a step names and the pattern does not have; in a call it is empty. Nothing
// where all are there, or the pattern itself has a fault.
std::optional<int> missing_group(const Route& route);

// Matching takes linear time whatever the pattern (RE2), so a dial plan cannot be made to hang.
class Dialplan {
 public:
  Dialplan();
  ~Dialplan();
  Dialplan(Dialplan&&) noexcept;
  Dialplan& operator=(Dialplan&&) noexcept;

  // The pattern's fault in words, or nothing. A route with a fault is not added.
  std::optional<std::string> add(Route route);

  // Nothing when no route matches. Numbers over kMaxNumber characters match nothing.
  std::optional<std::vector<Step>> route(std::string_view context, std::string_view number) const;

  static constexpr size_t kMaxNumber = 256;

 private:
  struct Compiled;
  std::vector<std::unique_ptr<Compiled>> routes_;
};

}  // namespace viaduct::dialplan
