#include "server/node/recording_writer.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/log.h"

namespace viaduct::node {
namespace {

std::string_view extension_of(audio::FileFormat format) {
  switch (format) {
    case audio::FileFormat::wav: return ".wav";
    case audio::FileFormat::flac: return ".flac";
    case audio::FileFormat::opus: break;
  }
  return ".opus";
}

}  // namespace

RecordingWriter::~RecordingWriter() {
  for (auto& [id, recording] : files_) finish(recording, 0);
}

void RecordingWriter::give_up(const std::string& path, const base::Error& error) {
  // The path may hold numbers.
  base::log(base::LogLevel::error, "recording", "a call is not recorded",
            {{"file", base::Pii(path)},
             {"fault", error.what},
             {"system", error.os_error ? std::strerror(error.os_error) : ""}});
}

void RecordingWriter::execute(const OpenFile& command) {
  auto encoder = audio::RecordingEncoder::create(command.format, command.rate, command.channels);
  const std::string wanted = folder_ + "/" + command.name;
  if (!encoder) return give_up(wanted, encoder.error());
  auto file = store::File::create(folder_, command.name, extension_of(command.format));
  if (!file) return give_up(wanted, file.error());
  files_.insert_or_assign(command.id,
                          Recording{std::move(*file), std::move(*encoder), command.channels, 0});
}

void RecordingWriter::execute(const AppendToFile& command) {
  const auto it = files_.find(command.id);
  if (it == files_.end()) return;  // given up
  const auto done = append(it->second, *command.block);
  if (done) return;
  give_up(it->second.file.path(), done.error());
  files_.erase(it);
}

base::Result<void> RecordingWriter::append(Recording& recording, const graph::AudioBlock& block) {
  // Blocks that were left out become silence, so that the time line holds.
  while (recording.position < block.position) {
    constexpr uint64_t kStep = 48000;
    const uint64_t missing = std::min(block.position - recording.position, kStep);
    const std::vector<int16_t> silence(missing * recording.channels);
    if (auto done = recording.encoder.write(silence); !done) return done;
    recording.position += missing;
  }
  if (auto done = recording.encoder.write(block.samples); !done) return done;
  recording.position += block.samples.size() / recording.channels;
  return flush(recording);
}

base::Result<void> RecordingWriter::flush(Recording& recording) {
  for (const auto& patch : recording.encoder.take())
    if (auto done = recording.file.write(patch.offset, patch.bytes); !done) return done;
  return {};
}

void RecordingWriter::finish(Recording& recording, uint64_t blocks_left_out) {
  recording.encoder.finish();
  if (const auto done = flush(recording); !done) give_up(recording.file.path(), done.error());
  else
    base::log(base::LogLevel::info, "recording", "a call was recorded",
              {{"file", base::Pii(recording.file.path())}, {"left_out", blocks_left_out}});
}

void RecordingWriter::execute(const CloseFile& command) {
  const auto it = files_.find(command.id);
  if (it == files_.end()) return;
  finish(it->second, command.blocks_left_out);
  files_.erase(it);
}

}  // namespace viaduct::node
