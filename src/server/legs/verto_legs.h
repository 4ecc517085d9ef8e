// VertoLegs: makes call::Leg of the calls of Verto clients. Events of the Endpoint in, LegEvents
// out by poll(); LegCommands in, commands to the Endpoint out. Control thread only.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "base/time.h"
#include "base/timer_queue.h"
#include "core/call/leg.h"
#include "core/call/switchboard.h"
#include "server/legs/leg_media.h"
#include "signalling/verto/endpoint.h"

namespace viaduct::legs {

// How long a call whose media is gone waits for its client. When that time ends and the socket is
// still there, the client was not away but is broken.
struct VertoLegOptions {
  // The page ended its media (DTLS close_notify): its socket is gone in the same second, or it says
  // bye.
  base::Duration closed_page = std::chrono::seconds(10);
  // The network went away silently, 30 s ago (RFC 7675). The shell finds a dead socket within a
  // minute; then the time of a detached call counts.
  base::Duration lost_network = std::chrono::seconds(60);
};

class VertoLegs {
 public:
  // All must outlive it.
  VertoLegs(verto::Endpoint& endpoint, call::Switchboard& switchboard, MediaServices& media,
            VertoLegOptions options = {});

  void on(const verto::IncomingCall& event, base::TimePoint now);
  void on(const verto::CallAnswered& event, base::TimePoint now);
  void on(const verto::CallDtmf& event, base::TimePoint now);
  void on(const verto::CallEnded& event, base::TimePoint now);
  void on(const verto::CallDetached& event, base::TimePoint now);
  void on(const verto::CallResuming& event, base::TimePoint now);
  void on(const verto::CallAttached& event, base::TimePoint now);
  void on(const verto::CallRenegotiating& event, base::TimePoint now);
  void on(const verto::CallHeld& event, base::TimePoint now);
  void on(const verto::CallTransferring& event, base::TimePoint now);
  void on(const verto::CallReplacing& event, base::TimePoint now);

  bool owns(call::LegId leg) const { return legs_.contains(leg); }
  // StartLeg with a VertoTarget, or any command for a leg that owns() knows.
  void command(const call::LegCommand& command, base::TimePoint now);
  std::optional<call::LegEvent> poll();
  // Only for a leg that owns() knows. Ends nothing while the client may come back.
  void media_failed(call::LegId leg, graph::MediaFault fault, base::TimePoint now);
  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const { return lost_media_.next(); }

  size_t size() const { return legs_.size(); }
  size_t timers() const { return lost_media_.size(); }

 private:
  struct Leg {
    call::LegId id;
    verto::CallId call;
    verto::SessionId session;
    std::unique_ptr<LegMedia> media;
    bool detached = false;
    // Its media is not here: it was offered the caller's description, or given the callee's.
    bool direct = false;
  };

  void execute(const call::StartLeg& command, base::TimePoint now);
  // Verto has no message for "it rings": its clients hear the early media that follows.
  void execute(const call::RingLeg&, base::TimePoint) {}
  void execute(const call::OpenEarlyMedia& command, base::TimePoint now);
  void execute(const call::AnswerLeg& command, base::TimePoint now);
  void execute(const call::TakeMedia& command, base::TimePoint now);
  void execute(const call::EndLeg& command, base::TimePoint now);
  void execute(const call::SendLegDtmf& command, base::TimePoint now);
  void execute(const call::ShowPeer& command, base::TimePoint now);
  void execute(const call::ReplyTransfer& command, base::TimePoint now);

  Leg* find(call::LegId leg);
  Leg* find(verto::CallId call);
  void add(Leg leg);
  void emit(call::LegEvent event) { events_.push_back(std::move(event)); }
  // Forgets the leg and says so.
  void ended(call::LegId leg, const call::Termination& termination);
  // Ends it toward the client too.
  void end(Leg& leg, const call::Termination& termination, base::TimePoint now);

  verto::Endpoint& endpoint_;
  call::Switchboard& switchboard_;
  MediaServices& media_;
  const VertoLegOptions options_;
  base::TimerQueue<call::LegId> lost_media_;
  std::unordered_map<call::LegId, Leg> legs_;
  std::unordered_map<verto::CallId, call::LegId> by_call_;
  // The last leg of each client. Its next line is put beside it: what two lines talk with can only
  // be joined on one worker.
  std::unordered_map<verto::SessionId, call::LegId> last_line_;
  std::deque<call::LegEvent> events_;
};

}  // namespace viaduct::legs
