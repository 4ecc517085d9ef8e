#include "io/store/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

namespace viaduct::store {
namespace {

using base::Errc;
using base::Error;

// Recordings of one name; more than these in one folder is a template that says nothing.
constexpr int kMostOfOneName = 1000;

bool stays_below(const std::filesystem::path& name) {
  if (name.empty() || name.is_absolute() || !name.has_filename()) return false;
  for (const auto& part : name)
    if (part.empty() || part.native().front() == '.') return false;
  return true;
}

}  // namespace

base::Result<File> File::create(const std::string& folder, std::string_view name,
                                std::string_view extension, Readers readers) {
  const std::filesystem::path relative(name);
  if (!stays_below(relative)) return Error{Errc::malformed, "a name outside the folder"};
  const std::filesystem::path whole = std::filesystem::path(folder) / relative;
  std::error_code error;
  std::filesystem::create_directories(whole.parent_path(), error);
  if (error) return Error{Errc::io, "the folder cannot be made", error.value()};
  for (int n = 1; n <= kMostOfOneName; ++n) {
    std::string path = whole.native();
    if (n > 1) path += "-" + std::to_string(n);
    path += extension;
    const int fd =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(readers));
    if (fd >= 0) return File(fd, std::move(path));
    if (errno != EEXIST) return Error{Errc::io, "the file cannot be made", errno};
  }
  return Error{Errc::io, "too many files of this name", EEXIST};
}

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

File::File(File&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

base::Result<void> File::write(uint64_t offset, std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Error{Errc::io, "the file cannot be written", n < 0 ? errno : ENOSPC};
    bytes = bytes.subspan(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return {};
}

}  // namespace viaduct::store
