// RecordingWriter: recordings into files, encoded on the way. A file that cannot be made or written
// is given up with one sentence in the log; its call goes on. Blocking: the store thread's.
#pragma once

#include <string>
#include <unordered_map>

#include "io/store/file.h"
#include "media/audio/recording_encoder.h"
#include "server/node/recordings.h"

namespace viaduct::node {

class RecordingWriter {
 public:
  explicit RecordingWriter(std::string folder) : folder_(std::move(folder)) {}
  // What is open ends as if its call had.
  ~RecordingWriter();

  void execute(const OpenFile& command);
  void execute(const AppendToFile& command);
  void execute(const CloseFile& command);
  size_t open_files() const { return files_.size(); }

 private:
  struct Recording {
    store::File file;
    audio::RecordingEncoder encoder;
    size_t channels;
    uint64_t position = 0;  // samples of each channel
  };
  base::Result<void> append(Recording& recording, const graph::AudioBlock& block);
  base::Result<void> flush(Recording& recording);
  void give_up(const std::string& path, const base::Error& error);
  void finish(Recording& recording, uint64_t blocks_left_out);

  const std::string folder_;
  std::unordered_map<graph::RecordingId, Recording> files_;
};

}  // namespace viaduct::node
