// Whether the folders of the configuration can be used. Nothing is made: that is left to the start,
// or to the first file.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "server/app/config.h"

namespace viaduct::app {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::string cannot(const char* what, const fs::path& path, int error) {
  return std::string("cannot be ") + what + ": " + path.string() + ": " + std::strerror(error);
}

std::optional<std::string> reading_fault(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    return cannot("read", folder, error ? error.value() : ENOTDIR);
  if (::access(folder.c_str(), R_OK | X_OK) != 0) return cannot("read", folder, errno);
  return std::nullopt;
}

// A folder that is missing is made in the nearest one above it that is there.
std::optional<std::string> writing_fault(const fs::path& folder) {
  std::error_code error;
  fs::path nearest = fs::absolute(folder, error);
  while (!is_there(nearest) && nearest.has_relative_path()) nearest = nearest.parent_path();
  if (!fs::is_directory(nearest, error)) return cannot("written", nearest, ENOTDIR);
  if (::access(nearest.c_str(), W_OK | X_OK) != 0) return cannot("written", nearest, errno);
  return std::nullopt;
}

}  // namespace

void check_folders(const Config& config, std::vector<Fault>& faults) {
  const auto report = [&](const char* key, std::optional<std::string> wrong) {
    if (wrong) faults.push_back({key, 0, std::move(*wrong)});
  };
  if (!config.web_root.empty()) report("web.root", reading_fault(config.web_root));
  report("data", writing_fault(config.data));
  if (!config.recordings.empty()) report("recordings.folder", writing_fault(config.recordings));
  if (!config.capture_folder.empty())
    report("capture.folder", writing_fault(config.capture_folder));
}

}  // namespace viaduct::app
