// File names of recordings: a template like "{date}/{time}-{caller}" below the folder of
// recordings. Whatever a caller or a number holds, the name stays below that folder.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace viaduct::dialplan {

inline constexpr std::string_view kUsualRecordingName = "{date}/{time}-{call}";

// What is put in for {call}, {caller}, {dialled}, {date} (2026-01-31) and {time} (235959), UTC.
struct RecordingFacts {
  std::string call;
  std::string caller;
  std::string dialled;
  base::WallTime begin{};
};

// What is wrong with a template, in words, or nothing.
std::optional<std::string> recording_name_fault(std::string_view name);
// A relative path without an extension. Checked before: it has no fault.
std::string recording_name(std::string_view name, const RecordingFacts& facts);
// Letters, digits, '+', '-' and '_' stay; anything else becomes '_'. At most 64 characters.
std::string harmless_in_file_name(std::string_view text);

}  // namespace viaduct::dialplan
