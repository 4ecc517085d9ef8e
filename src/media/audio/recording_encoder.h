// RecordingEncoder: samples in, the bytes of a sound file out, through libsndfile. Whoever has the
// file writes them where they belong. What was written up to any moment is a file that players
// read: the header of a WAV is brought up to date with each write, FLAC and Ogg are streams.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"

namespace viaduct::audio {

enum class FileFormat : uint8_t { wav, flac, opus };

class RecordingEncoder {
 public:
  struct Patch {
    uint64_t offset = 0;  // in the file; behind its end or over what is there
    std::vector<uint8_t> bytes;
  };

  // `rate` 8000, 16000 or 48000, one channel or two. Errors: unsupported.
  static base::Result<RecordingEncoder> create(FileFormat format, uint32_t rate, uint8_t channels);
  ~RecordingEncoder();
  RecordingEncoder(RecordingEncoder&&) noexcept;
  RecordingEncoder& operator=(RecordingEncoder&&) noexcept;

  // `samples` of all channels in turn. Errors: too_large: a WAV holds 4 GiB.
  base::Result<void> write(std::span<const int16_t> samples);
  // The last bytes come; nothing may be written any more.
  void finish();
  // What is to be put into the file, in this order, since the last time.
  std::vector<Patch> take();

 private:
  class File;
  explicit RecordingEncoder(std::unique_ptr<File> file);
  std::unique_ptr<File> file_;
};

}  // namespace viaduct::audio
