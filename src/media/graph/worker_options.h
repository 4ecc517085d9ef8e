// Bounds and habits of a media worker.
#pragma once

#include <cstddef>

#include "base/time.h"
#include "media/graph/reception_watch.h"
#include "media/graph/recorder.h"
#include "media/graph/transcoder.h"

namespace viaduct::graph {

struct WorkerOptions {
  // A core relays some thousands of calls of 50 packets a second each way; beyond this OpenSession
  // is refused rather than everybody's audio broken.
  size_t max_sessions = 4000;
  // Each decodes two streams: what a core does besides relaying.
  size_t max_recordings = 500;
  // Validated remote addresses on the shared socket. A browser has one or two at a time.
  size_t max_addresses = 16000;
  // Mean time between RTCP reports (RFC 3550 §6.2).
  base::Duration rtcp_interval = std::chrono::seconds(5);
  // Digits waiting to be sent by one session.
  size_t max_queued_digits = 64;
  // Local sound that comes later than this (the loop stalled) is left out instead of sent in a
  // burst.
  base::Duration max_catch_up = std::chrono::milliseconds(100);
  TranscoderOptions transcoder;
  RecorderOptions recorder;
  ReceptionWatchOptions reception;
  // The same instant on both clocks: for the NTP stamps of sender reports.
  base::TimePoint epoch{};
  base::WallTime wall_epoch{};
};

}  // namespace viaduct::graph
