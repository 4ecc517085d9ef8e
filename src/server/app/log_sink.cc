#include "server/app/log_sink.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace viaduct::app {
namespace {

class SpdlogSink final : public base::LogSink {
 public:
  explicit SpdlogSink(bool json)
      : json_(json), logger_("viaduct", std::make_shared<spdlog::sinks::stderr_sink_mt>()) {
    // A JSON line is opened here with its time and goes on with the record's own members.
    logger_.set_pattern(json ? "{\"time\":\"%Y-%m-%dT%H:%M:%S.%e%z\",%v" : "%H:%M:%S.%e %v");
    logger_.set_level(spdlog::level::trace);
    logger_.flush_on(spdlog::level::trace);
  }

  void write(const base::LogRecord& record) override {
    if (json_) logger_.info("{}", base::format_json(record).substr(1));
    else logger_.info("{}", base::format_human(record));
  }

 private:
  const bool json_;
  spdlog::logger logger_;
};

}  // namespace

std::unique_ptr<base::LogSink> make_log_sink(bool json) {
  return std::make_unique<SpdlogSink>(json);
}

}  // namespace viaduct::app
