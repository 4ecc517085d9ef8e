#include "core/dialplan/recording_name.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace viaduct::dialplan {
namespace {

constexpr size_t kLongestName = 200;
constexpr size_t kLongestField = 64;
constexpr std::array<std::string_view, 5> kFields = {"call", "caller", "dialled", "date", "time"};

std::string padded(int64_t number, size_t digits) {
  const std::string out = std::to_string(number);
  return out.size() < digits ? std::string(digits - out.size(), '0') + out : out;
}

std::string date_of(base::WallTime at) {
  const auto days = std::chrono::floor<std::chrono::days>(at.time_since_epoch());
  const std::chrono::year_month_day day{std::chrono::sys_days(days)};
  return padded(static_cast<int>(day.year()), 4) + "-" +
         padded(static_cast<unsigned>(day.month()), 2) + "-" +
         padded(static_cast<unsigned>(day.day()), 2);
}

std::string time_of(base::WallTime at) {
  const auto since = at.time_since_epoch();
  const auto of_day = since - std::chrono::floor<std::chrono::days>(since);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(of_day).count();
  return padded(seconds / 3600, 2) + padded(seconds / 60 % 60, 2) + padded(seconds % 60, 2);
}

std::string field(std::string_view name, const RecordingFacts& facts) {
  if (name == "date") return date_of(facts.begin);
  if (name == "time") return time_of(facts.begin);
  const std::string& text = name == "call"     ? facts.call
                            : name == "caller" ? facts.caller
                                               : facts.dialled;
  return harmless_in_file_name(text);
}

}  // namespace

std::string harmless_in_file_name(std::string_view text) {
  std::string out(text.substr(0, kLongestField));
  for (char& c : out)
    if (!base::is_alpha(c) && !base::is_digit(c) && c != '+' && c != '-' && c != '_') c = '_';
  return out;
}

std::optional<std::string> recording_name_fault(std::string_view name) {
  if (name.empty() || name.size() > kLongestName) return "a file name has 1 to 200 characters";
  if (name.back() == '/') return "a file name does not end with a slash";
  for (std::string_view rest = name; !rest.empty();) {
    const std::string_view part = base::take_until(rest, '/');
    if (part.empty() || part.front() == '.')
      return "a file name is relative, and no part of it begins with a dot";
  }
  for (size_t i = 0; i < name.size(); ++i) {
    if (static_cast<unsigned char>(name[i]) < ' ') return "a file name has no control characters";
    if (name[i] == '}') return "a brace closes that was not opened";
    if (name[i] != '{') continue;
    const size_t end = name.find('}', i);
    const auto what = name.substr(i + 1, end == name.npos ? name.npos : end - i - 1);
    if (end == name.npos || std::ranges::find(kFields, what) == kFields.end())
      return "there is no {" + std::string(what) +
             "}, only {call}, {caller}, {dialled}, {date} and {time}";
    i = end;
  }
  return std::nullopt;
}

std::string recording_name(std::string_view name, const RecordingFacts& facts) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '{') {
      out += name[i];
      continue;
    }
    const size_t end = name.find('}', i);
    out += field(name.substr(i + 1, end - i - 1), facts);
    i = end;
  }
  return out;
}

}  // namespace viaduct::dialplan
