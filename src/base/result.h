// Result<T>: a value or an Error. Wire input is reported this way; it never throws.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>

namespace viaduct::base {

// What went wrong, coarsely; `what` says it for a reader.
enum class Errc {
  malformed,    // does not follow the grammar
  truncated,    // ends before the grammar does
  too_large,    // exceeds a bound of ours
  unsupported,  // well-formed, but nothing we do
  not_found,
  conflict,      // contradicts the present state
  exhausted,     // a resource of ours is used up
  unauthorised,  // failed an integrity or credential check
  io,            // the operating system said no: see os_error
};

struct Error {
  Errc code;
  const char* what;  // static storage
  int os_error = 0;  // errno where code is io

  friend bool operator==(const Error& a, const Error& b) { return a.code == b.code; }
};

// Found by boost::system::result when value() is called on an error: a programmer's mistake.
[[noreturn]] inline void throw_exception_from_error(const Error& error,
                                                    const boost::source_location&) {
  throw std::logic_error(error.what);
}

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace viaduct::base
