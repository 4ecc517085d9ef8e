// What calls ask of the rest of the house. Adapters fill these; answers are immediate.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "core/call/leg.h"

namespace viaduct::call {

// Where a user's devices are now (core/location fills it).
class Locator {
 public:
  virtual ~Locator() = default;
  virtual bool user_exists(std::string_view user) const = 0;
  // Every device that can be called; empty: known perhaps, but not registered.
  virtual std::vector<Target> devices(std::string_view user) const = 0;
  // How the user is shown to the one who called it.
  virtual Identity identity(std::string_view user) const = 0;
};

// Sounds by the names of the configuration.
class ClipLibrary {
 public:
  virtual ~ClipLibrary() = default;
  virtual std::shared_ptr<const audio::Clip> find(std::string_view name) const = 0;
};

}  // namespace viaduct::call
