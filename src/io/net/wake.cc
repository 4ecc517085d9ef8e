#include "io/net/wake.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "base/check.h"

namespace viaduct::net {

Wake::Wake() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) { VIADUCT_CHECK(fd_ >= 0); }
Wake::~Wake() { ::close(fd_); }

void Wake::signal() {
  const uint64_t one = 1;
  // Fails only when the counter is full: then the other thread is awake anyway.
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
}

void Wake::clear() {
  uint64_t count;
  [[maybe_unused]] const auto got = ::read(fd_, &count, sizeof count);
}

}  // namespace viaduct::net
