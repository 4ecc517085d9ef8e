// Where log lines go: standard error, one a line, with the time in front; written by spdlog's own
// thread-safe sink, so that no part of the house has to know it.
#pragma once

#include <memory>

#include "base/log.h"

namespace viaduct::app {

// Must outlive everything that logs.
std::unique_ptr<base::LogSink> make_log_sink(bool json);

}  // namespace viaduct::app
