#include "media/audio/clip.h"

#include <sndfile.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace viaduct::audio {

namespace {

using base::Errc;
using base::Error;

// libsndfile's view of bytes in memory.
struct MemoryFile {
  std::span<const uint8_t> bytes;
  size_t at = 0;

  static MemoryFile& of(void* user) { return *static_cast<MemoryFile*>(user); }
  static sf_count_t length(void* user) { return static_cast<sf_count_t>(of(user).bytes.size()); }
  static sf_count_t tell(void* user) { return static_cast<sf_count_t>(of(user).at); }
  static sf_count_t seek(sf_count_t offset, int whence, void* user) {
    MemoryFile& file = of(user);
    const auto size = static_cast<sf_count_t>(file.bytes.size());
    sf_count_t start = 0;
    if (whence == SEEK_CUR) start = static_cast<sf_count_t>(file.at);
    if (whence == SEEK_END) start = size;
    if (offset < -start || offset > size - start) return -1;
    file.at = static_cast<size_t>(start + offset);
    return static_cast<sf_count_t>(file.at);
  }
  static sf_count_t read(void* to, sf_count_t count, void* user) {
    MemoryFile& file = of(user);
    if (count <= 0) return 0;
    const size_t n = std::min(static_cast<size_t>(count), file.bytes.size() - file.at);
    if (n > 0) std::memcpy(to, file.bytes.data() + file.at, n);
    file.at += n;
    return static_cast<sf_count_t>(n);
  }
  static sf_count_t write(const void*, sf_count_t, void*) { return 0; }
};

struct Close {
  void operator()(SNDFILE* file) const { sf_close(file); }
};

bool is_offered_format(int format) {
  switch (format & SF_FORMAT_TYPEMASK) {
    case SF_FORMAT_WAV:
    case SF_FORMAT_WAVEX:
    case SF_FORMAT_FLAC:
    case SF_FORMAT_OGG: return true;
    default: return false;
  }
}

base::Result<std::vector<int16_t>> read_mono(SNDFILE* file, size_t channels, size_t max_samples) {
  std::vector<int16_t> mono;
  std::vector<float> block(4096 * channels);
  for (;;) {
    const sf_count_t frames = sf_readf_float(file, block.data(), 4096);
    if (frames <= 0) break;
    const auto count = static_cast<size_t>(frames);
    if (mono.size() + count > max_samples) return Error{Errc::too_large, "sound is too long"};
    for (size_t i = 0; i < count; ++i) {
      float sum = 0;
      for (size_t c = 0; c < channels; ++c) sum += block[i * channels + c];
      const float value = sum / static_cast<float>(channels) * 32767.0f;
      // Not a number, which float files may hold, becomes silence.
      mono.push_back(value == value ? static_cast<int16_t>(std::clamp(value, -32768.0f, 32767.0f))
                                    : int16_t{0});
    }
  }
  if (mono.empty()) return Error{Errc::malformed, "sound file without sound"};
  mono.shrink_to_fit();  // it stays for the program's life
  return mono;
}

constexpr size_t kReadBlock = 160;  // clip samples resampled at once

}  // namespace

Clip::Clip(std::vector<int16_t> samples, uint32_t rate)
    : samples_(std::move(samples)), rate_(rate) {
  VIADUCT_CHECK(!samples_.empty());
}

base::Result<std::shared_ptr<const Clip>> Clip::decode(std::span<const uint8_t> file,
                                                       const ClipLimits& limits) {
  if (file.size() > limits.max_file_bytes) return Error{Errc::too_large, "sound file is too large"};
  MemoryFile memory{file};
  SF_VIRTUAL_IO io{MemoryFile::length, MemoryFile::seek, MemoryFile::read, MemoryFile::write,
                   MemoryFile::tell};
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, Close> sound(sf_open_virtual(&io, SFM_READ, &info, &memory));
  if (!sound) return Error{Errc::malformed, "not a sound file"};
  if (!is_offered_format(info.format)) return Error{Errc::unsupported, "not WAV, FLAC or Ogg"};
  const auto rate = static_cast<uint32_t>(info.samplerate);
  for (const uint32_t to : {8000u, 16000u, 48000u})
    if (info.samplerate <= 0 || !Resampler::supports(rate, to))
      return Error{Errc::unsupported, "sample rate not supported"};
  if (info.channels < 1 || info.channels > 8)
    return Error{Errc::unsupported, "number of channels not supported"};
  auto samples = read_mono(sound.get(), static_cast<size_t>(info.channels), limits.max_samples);
  if (!samples) return samples.error();
  return std::make_shared<const Clip>(std::move(*samples), rate);
}

ClipReader::ClipReader(std::shared_ptr<const Clip> clip, uint32_t rate, bool repeat)
    : clip_(std::move(clip)), resampler_(clip_->rate(), rate), repeat_(repeat) {}

size_t ClipReader::read(std::span<int16_t> out) {
  const auto sound = clip_->samples();
  while (ready_.size() - at_ < out.size() && !ended_) {
    const size_t count = std::min(kReadBlock, sound.size() - position_);
    resampler_.process(sound.subspan(position_, count), ready_);
    position_ += count;
    if (position_ < sound.size()) continue;
    position_ = 0;
    ended_ = !repeat_;
  }
  const size_t count = std::min(out.size(), ready_.size() - at_);
  std::copy_n(ready_.begin() + static_cast<ptrdiff_t>(at_), count, out.begin());
  std::fill(out.begin() + static_cast<ptrdiff_t>(count), out.end(), int16_t{0});
  at_ += count;
  if (at_ > 4096 || at_ == ready_.size()) {
    ready_.erase(ready_.begin(), ready_.begin() + static_cast<ptrdiff_t>(at_));
    at_ = 0;
  }
  return count;
}

}  // namespace viaduct::audio
