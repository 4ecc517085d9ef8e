// Strong ids: values of different meaning cannot be mixed up.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>

namespace viaduct::base {

// A generational id: names one use of a slot, so that an id kept too long finds nothing instead of
// somebody else. Made by SlotMap; generation 0 is never in use, so a default Id names nothing.
template <class Tag>
struct Id {
  uint32_t index = 0;
  uint32_t generation = 0;

  explicit operator bool() const { return generation != 0; }
  friend auto operator<=>(const Id&, const Id&) = default;
  // For logs and dumps only.
  std::string str() const { return std::to_string(index) + "." + std::to_string(generation); }
};

// A value of type T whose meaning is Tag.
template <class T, class Tag>
class Named {
 public:
  Named() = default;
  explicit Named(T value) : value_(std::move(value)) {}
  const T& value() const { return value_; }
  friend auto operator<=>(const Named&, const Named&) = default;

 private:
  T value_{};
};

}  // namespace viaduct::base

template <class Tag>
struct std::hash<viaduct::base::Id<Tag>> {
  size_t operator()(const viaduct::base::Id<Tag>& id) const noexcept {
    return std::hash<uint64_t>{}(uint64_t{id.generation} << 32 | id.index);
  }
};

template <class T, class Tag>
struct std::hash<viaduct::base::Named<T, Tag>> {
  size_t operator()(const viaduct::base::Named<T, Tag>& named) const noexcept {
    return std::hash<T>{}(named.value());
  }
};
