// The worker's recordings: who is heard by which, and until when.
#include <algorithm>

#include "media/graph/worker.h"

namespace viaduct::graph {

void Worker::execute(StartRecording&& command, base::TimePoint now, PacketSink&) {
  const bool rate_known = command.rate == 8000 || command.rate == 16000 || command.rate == 48000;
  const auto known = recordings_.find(command.recording);
  if (known != recordings_.end()) {
    change_parties(*known->second, command, now);
    return;
  }
  if (!find(command.id) || !rate_known || recordings_.size() >= options_.max_recordings) {
    ++counters_.refused_recordings;
    events_.push_back(RecordingEnded{command.recording, 0});
    return;
  }
  auto recorder = std::make_unique<Recorder>(command, now, options_.recorder);
  for (const auto& party : recorder->parties()) listen(*party);
  recording_timers_.set(recorder->id(), recorder->next_timeout());
  recordings_.emplace(command.recording, std::move(recorder));
}

void Worker::listen(Recorder::Party& party) {
  if (Session* const session = find(party.id)) session->taps.push_back(&party.playout);
  else party.closed = true;
}

void Worker::unlisten(Recorder::Party& party) {
  if (Session* const session = find(party.id)) std::erase(session->taps, &party.playout);
}

void Worker::change_parties(Recorder& recorder, const StartRecording& command,
                            base::TimePoint now) {
  std::vector<MediaId> coming{command.id};
  if (command.other && *command.other != command.id) coming.push_back(*command.other);
  for (const auto& party : recorder.parties()) {
    if (std::erase(coming, party->id) != 0) continue;
    unlisten(*party);
    recorder.leave(*party);
  }
  for (const MediaId id : coming) listen(recorder.join(id));
  // Those who came may be gone already: then nobody's going would end it any more.
  if (recorder.deserted()) stop(recorder, now);
}

void Worker::execute(StopRecording&& command, base::TimePoint now, PacketSink&) {
  const auto it = recordings_.find(command.recording);
  if (it != recordings_.end()) stop(*it->second, now);  // else it ended with its parties
}

void Worker::settle(Recorder& recorder) {
  while (auto event = recorder.poll()) events_.push_back(std::move(*event));
  if (recorder.next_timeout() != base::kNever)
    recording_timers_.set(recorder.id(), recorder.next_timeout());
}

void Worker::stop(Recorder& recorder, base::TimePoint now) {
  for (const auto& party : recorder.parties()) unlisten(*party);
  recorder.stop(now);
  settle(recorder);
  recording_timers_.cancel(recorder.id());
  recordings_.erase(recorder.id());
}

// The session is about to go; the rest of its recordings is silence, or they end with it.
void Worker::leave_recordings(MediaId id, base::TimePoint now) {
  std::vector<Recorder*> deserted;
  for (const auto& [recording, recorder] : recordings_) {
    bool in_it = false;
    for (const auto& party : recorder->parties())
      if (party->id == id) party->closed = in_it = true;
    if (in_it && recorder->deserted()) deserted.push_back(recorder.get());
  }
  for (Recorder* const recorder : deserted) stop(*recorder, now);
}

}  // namespace viaduct::graph
