// File: a new file that is written in parts, which need not come in order. Blocking: for threads
// that may wait for a disk.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace viaduct::store {

class File {
 public:
  // What is stored here is personal.
  enum class Readers : uint16_t { owner = 0600, owner_and_group = 0640 };

  // Makes the file `folder`/`name``extension` and the folders it needs. `name` may have folders in
  // it but must stay below `folder`: relative, no part beginning with a dot. Where a file of this
  // name is there already, "-2", "-3" ... is put behind the name. Errors: malformed (the name), io.
  static base::Result<File> create(const std::string& folder, std::string_view name,
                                   std::string_view extension,
                                   Readers readers = Readers::owner_and_group);
  ~File();
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;

  // Errors: io, with what the system said.
  base::Result<void> write(uint64_t offset, std::span<const uint8_t> bytes);
  const std::string& path() const { return path_; }

 private:
  File(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  int fd_ = -1;
  std::string path_;
};

}  // namespace viaduct::store
