// What the store thread is told about recordings: values, as Control gives them out.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "media/audio/recording_encoder.h"
#include "media/graph/messages.h"

namespace viaduct::node {

struct OpenFile {
  graph::RecordingId id;
  std::string name;  // below the folder of recordings, without its extension
  audio::FileFormat format = audio::FileFormat::wav;
  uint32_t rate = 16000;
  uint8_t channels = 2;
};
struct AppendToFile {
  graph::RecordingId id;
  std::shared_ptr<const graph::AudioBlock> block;
};
struct CloseFile {
  graph::RecordingId id;
  uint64_t blocks_left_out = 0;
};
using FileCommand = std::variant<OpenFile, AppendToFile, CloseFile>;

}  // namespace viaduct::node
