// VertoLegs: makes call::Leg of the calls of Verto clients. Events of the Endpoint in, LegEvents
// out by poll(); LegCommands in, commands to the Endpoint out. Control thread only.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "base/time.h"
#include "core/call/leg.h"
#include "core/call/switchboard.h"
#include "server/legs/leg_media.h"
#include "signalling/verto/endpoint.h"

namespace viaduct::legs {

class VertoLegs {
 public:
  // All must outlive it.
  VertoLegs(verto::Endpoint& endpoint, call::Switchboard& switchboard, MediaServices& media);

  void on(const verto::IncomingCall& event, base::TimePoint now);
  void on(const verto::CallAnswered& event, base::TimePoint now);
  void on(const verto::CallDtmf& event, base::TimePoint now);
  void on(const verto::CallEnded& event, base::TimePoint now);
  void on(const verto::CallDetached& event, base::TimePoint now);
  void on(const verto::CallResuming& event, base::TimePoint now);
  void on(const verto::CallAttached& event, base::TimePoint now);

  bool owns(call::LegId leg) const { return legs_.contains(leg); }
  // StartLeg with a VertoTarget, or any command for a leg that owns() knows.
  void command(const call::LegCommand& command, base::TimePoint now);
  std::optional<call::LegEvent> poll();
  size_t size() const { return legs_.size(); }
  // A detached leg is expected to have lost its media: that ends nothing.
  bool is_detached(call::LegId leg) const;

 private:
  struct Leg {
    call::LegId id;
    verto::CallId call;
    std::unique_ptr<LegMedia> media;
    bool detached = false;
  };

  void execute(const call::StartLeg& command, base::TimePoint now);
  // Verto has no message for "it rings": its clients hear the early media that follows.
  void execute(const call::RingLeg&, base::TimePoint) {}
  void execute(const call::OpenEarlyMedia& command, base::TimePoint now);
  void execute(const call::AnswerLeg& command, base::TimePoint now);
  void execute(const call::EndLeg& command, base::TimePoint now);
  void execute(const call::SendLegDtmf& command, base::TimePoint now);
  void execute(const call::ShowPeer& command, base::TimePoint now);

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
  std::unordered_map<call::LegId, Leg> legs_;
  std::unordered_map<verto::CallId, call::LegId> by_call_;
  std::deque<call::LegEvent> events_;
};

}  // namespace viaduct::legs
