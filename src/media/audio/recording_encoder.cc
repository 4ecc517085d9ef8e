#include "media/audio/recording_encoder.h"

#include <sndfile.h>

#include <algorithm>
#include <utility>

namespace viaduct::audio {

namespace {

using base::Errc;
using base::Error;

// The sizes in a WAV's header have 32 bits; some players take them for signed ones.
constexpr uint64_t kLargestWav = (uint64_t{1} << 31) - (1 << 20);

int format_of(FileFormat format) {
  switch (format) {
    case FileFormat::wav: return SF_FORMAT_WAV | SF_FORMAT_PCM_16;
    case FileFormat::flac: return SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
    case FileFormat::opus: break;
  }
  return SF_FORMAT_OGG | SF_FORMAT_OPUS;
}

}  // namespace

// libsndfile's view of a file of which only the writes are kept.
class RecordingEncoder::File {
 public:
  File(FileFormat format, uint32_t rate, uint8_t channels) : format_(format) {
    SF_VIRTUAL_IO io{length, seek, read, write, tell};
    SF_INFO info{};
    info.samplerate = static_cast<int>(rate);
    info.channels = channels;
    info.format = format_of(format);
    sound_ = sf_open_virtual(&io, SFM_WRITE, &info, this);
    channels_ = channels;
  }
  ~File() { close(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool ok() const { return sound_ != nullptr; }
  void close() {
    if (SNDFILE* const sound = std::exchange(sound_, nullptr)) sf_close(sound);
  }
  base::Result<void> put(std::span<const int16_t> samples) {
    if (!sound_ || (format_ == FileFormat::wav && size_ + samples.size_bytes() > kLargestWav))
      return Error{Errc::too_large, "a WAV file holds no more"};
    const auto frames = static_cast<sf_count_t>(samples.size() / channels_);
    sf_writef_short(sound_, samples.data(), frames);
    if (format_ == FileFormat::wav) sf_command(sound_, SFC_UPDATE_HEADER_NOW, nullptr, 0);
    return {};
  }
  std::vector<Patch> take() { return std::exchange(patches_, {}); }

 private:
  static File& of(void* user) { return *static_cast<File*>(user); }
  static sf_count_t length(void* user) { return static_cast<sf_count_t>(of(user).size_); }
  static sf_count_t tell(void* user) { return static_cast<sf_count_t>(of(user).at_); }
  static sf_count_t seek(sf_count_t offset, int whence, void* user) {
    File& file = of(user);
    sf_count_t start = 0;
    if (whence == SEEK_CUR) start = static_cast<sf_count_t>(file.at_);
    if (whence == SEEK_END) start = static_cast<sf_count_t>(file.size_);
    if (start + offset < 0) return -1;
    file.at_ = static_cast<uint64_t>(start + offset);
    return start + offset;
  }
  static sf_count_t read(void*, sf_count_t, void*) { return 0; }
  static sf_count_t write(const void* from, sf_count_t count, void* user) {
    if (count <= 0) return 0;
    const auto* const bytes = static_cast<const uint8_t*>(from);
    of(user).keep({bytes, static_cast<size_t>(count)});
    return count;
  }
  void keep(std::span<const uint8_t> bytes) {
    if (patches_.empty() || patches_.back().offset + patches_.back().bytes.size() != at_)
      patches_.push_back({at_, {}});
    auto& last = patches_.back().bytes;
    last.insert(last.end(), bytes.begin(), bytes.end());
    at_ += bytes.size();
    size_ = std::max(size_, at_);
  }

  const FileFormat format_;
  SNDFILE* sound_ = nullptr;
  size_t channels_ = 1;
  uint64_t at_ = 0, size_ = 0;
  std::vector<Patch> patches_;
};

base::Result<RecordingEncoder> RecordingEncoder::create(FileFormat format, uint32_t rate,
                                                        uint8_t channels) {
  const bool known = rate == 8000 || rate == 16000 || rate == 48000;
  if (!known || channels < 1 || channels > 2)
    return Error{Errc::unsupported, "no such kind of recording"};
  auto file = std::make_unique<File>(format, rate, channels);
  if (!file->ok()) return Error{Errc::unsupported, "libsndfile cannot write this format"};
  return RecordingEncoder(std::move(file));
}

RecordingEncoder::RecordingEncoder(std::unique_ptr<File> file) : file_(std::move(file)) {}
RecordingEncoder::~RecordingEncoder() = default;
RecordingEncoder::RecordingEncoder(RecordingEncoder&&) noexcept = default;
RecordingEncoder& RecordingEncoder::operator=(RecordingEncoder&&) noexcept = default;

base::Result<void> RecordingEncoder::write(std::span<const int16_t> samples) {
  return file_->put(samples);
}
void RecordingEncoder::finish() { file_->close(); }
std::vector<RecordingEncoder::Patch> RecordingEncoder::take() { return file_->take(); }

}  // namespace viaduct::audio
