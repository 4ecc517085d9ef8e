// A call's recording: at most one for each call, and both are named by the same numbers.
#pragma once

#include "core/call/call.h"
#include "core/dialplan/steps.h"
#include "media/graph/messages.h"

namespace viaduct::call {

inline graph::RecordingId recording_of(CallId call) { return {call.index, call.generation}; }

// A file is wanted for the recording that is about to start. Its sound comes from the media worker
// as graph::RecordedAudio, its end as graph::RecordingEnded.
struct OpenRecording {
  graph::RecordingId id;
  dialplan::Record how;
  uint32_t rate = 16000;
  std::string caller;  // numbers, for the file's name
  std::string dialled;
};

}  // namespace viaduct::call
