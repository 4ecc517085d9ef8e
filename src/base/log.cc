#include "base/log.h"

#include <atomic>
#include <cstdio>

namespace viaduct::base {
namespace {

std::atomic<LogSink*> g_sink{nullptr};
std::atomic<LogLevel> g_least{LogLevel::off};
std::atomic<bool> g_reveal_pii{false};

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          char escape[8];
          std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned char>(c));
          out += escape;
        } else {
          out += c;
        }
    }
  }
  out += '"';
}

}  // namespace

void reveal_pii_in_logs(bool reveal) { g_reveal_pii = reveal; }
bool pii_revealed_in_logs() { return g_reveal_pii.load(std::memory_order_relaxed); }

void set_log_sink(LogSink* sink, LogLevel least) {
  g_least = sink ? least : LogLevel::off;
  g_sink = sink;
}

bool log_enabled(LogLevel level) { return level >= g_least.load(std::memory_order_relaxed); }

void log(LogLevel level, std::string_view component, std::string_view message,
         std::initializer_list<LogField> fields) {
  if (!log_enabled(level)) return;
  if (LogSink* sink = g_sink.load()) sink->write({level, component, message, fields});
}

std::string_view level_name(LogLevel level) {
  static constexpr std::string_view kNames[] = {"trace",   "debug", "info",
                                                "warning", "error", "off"};
  return kNames[static_cast<size_t>(level)];
}

std::string format_json(const LogRecord& record) {
  std::string out = "{\"level\":";
  append_quoted(out, level_name(record.level));
  out += ",\"component\":";
  append_quoted(out, record.component);
  out += ",\"message\":";
  append_quoted(out, record.message);
  for (const LogField& field : record.fields) {
    out += ',';
    append_quoted(out, field.name);
    out += ':';
    if (field.is_number) out += field.value;
    else append_quoted(out, field.value);
  }
  return out + '}';
}

std::string format_human(const LogRecord& record) {
  std::string out(level_name(record.level));
  out.resize(8, ' ');
  out += record.component;
  out += ": ";
  out += record.message;
  for (const LogField& field : record.fields) {
    out += ' ';
    out += field.name;
    out += '=';
    const bool plain = field.value.find_first_of(" \"\n\r\t") == std::string::npos;
    if (plain && !field.value.empty()) out += field.value;
    else append_quoted(out, field.value);
  }
  return out;
}

}  // namespace viaduct::base
