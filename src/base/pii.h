// Pii<T>: personal data (addresses, numbers, names) that only prints redacted unless the operator
// allowed it. Secret<T>: keys and passwords, which never print.
#pragma once

#include <utility>

namespace viaduct::base {

template <class T>
class Pii {
 public:
  Pii() = default;
  explicit Pii(T value) : value_(std::move(value)) {}
  // The one way to the value, so that uses can be found.
  const T& reveal() const { return value_; }
  friend bool operator==(const Pii&, const Pii&) = default;

 private:
  T value_{};
};

template <class T>
class Secret {
 public:
  Secret() = default;
  explicit Secret(T value) : value_(std::move(value)) {}
  const T& reveal() const { return value_; }
  // Not comparable on purpose: compare with constant_time_equal (hash.h).

 private:
  T value_{};
};

}  // namespace viaduct::base
