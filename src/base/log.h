// The log front: a message, its fields and the object it speaks of. Where the lines go, in which
// form and with what time stamp is the sink's affair (server/app). Thread-safe as far as the sink
// is. A per-packet place counts instead of logging; what a peer sent is never logged above debug.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/ids.h"
#include "base/pii.h"

namespace viaduct::base {

enum class LogLevel : uint8_t { trace, debug, info, warning, error, off };

// Pii fields print as "<redacted>" unless allowed with reveal_pii_in_logs(true).
void reveal_pii_in_logs(bool reveal);
bool pii_revealed_in_logs();

struct LogField {
  std::string_view name;
  std::string value;
  bool is_number = false;

  LogField(std::string_view n, std::string_view v) : name(n), value(v) {}
  LogField(std::string_view n, const std::string& v) : name(n), value(v) {}
  LogField(std::string_view n, const char* v) : name(n), value(v) {}
  LogField(std::string_view n, bool v) : name(n), value(v ? "true" : "false"), is_number(true) {}
  template <class T>
  requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) LogField(std::string_view n, T v)
      : name(n), value(std::to_string(v)), is_number(true) {}
  template <class Tag>
  LogField(std::string_view n, const Id<Tag>& id) : name(n), value(id.str()) {}
  template <class T>
  LogField(std::string_view n, const Pii<T>& pii)
      : name(n), value(pii_revealed_in_logs() ? to_text(pii.reveal()) : "<redacted>") {}
  template <class T>
  LogField(std::string_view n, const Secret<T>&) = delete;

 private:
  template <class T>
  static std::string to_text(const T& value) {
    if constexpr (requires { value.str(); }) return value.str();
    else return std::string(value);
  }
};

struct LogRecord {
  LogLevel level;
  std::string_view component;  // the folder that speaks: "sip", "ice", ...
  std::string_view message;    // constant text; what varies is in the fields
  std::initializer_list<LogField> fields;
};

class LogSink {
 public:
  virtual ~LogSink() = default;
  virtual void write(const LogRecord& record) = 0;
};

// The sink must outlive its use; nullptr (the default) silences. Set once at start.
void set_log_sink(LogSink* sink, LogLevel least);
bool log_enabled(LogLevel level);
void log(LogLevel level, std::string_view component, std::string_view message,
         std::initializer_list<LogField> fields = {});

// One line without its time stamp: {"level":"info","component":"sip",...} or a human's form.
std::string format_json(const LogRecord& record);
std::string format_human(const LogRecord& record);
std::string_view level_name(LogLevel level);

}  // namespace viaduct::base
