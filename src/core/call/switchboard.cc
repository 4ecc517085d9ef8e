#include "core/call/switchboard.h"

#include <algorithm>

#include "base/log.h"
#include "core/call/causes.h"
#include "core/call/codec_policy.h"

namespace viaduct::call {

Switchboard::Switchboard(SwitchboardOptions options, const dialplan::Dialplan& dialplan,
                         const Locator& locator, const ClipLibrary& clips)
    : options_(std::move(options)), dialplan_(dialplan), locator_(locator), clips_(clips) {}

LegId Switchboard::reserve_leg() { return legs_.emplace(); }
void Switchboard::release_leg(LegId leg) { legs_.erase(leg); }

std::optional<Switchboard::Output> Switchboard::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output out = std::move(outputs_.front());
  outputs_.pop_front();
  return out;
}

std::optional<News> Switchboard::poll_news() {
  if (news_.empty()) return std::nullopt;
  News out = std::move(news_.front());
  news_.pop_front();
  return out;
}

void Switchboard::receive(const LegEvent& event, base::TimePoint now) {
  std::visit([&](const auto& e) { on(e, now); }, event);
}

void Switchboard::on(const LegArrived& event, base::TimePoint now) {
  LegState& leg = legs_.at(event.leg);
  if (calls_.size() >= options_.max_calls) {
    end_leg(event.leg, {.result = Result::congestion, .reason = "too many calls"});
    return;
  }
  const CallId id = calls_.emplace();
  Call& call = calls_.at(id);
  leg.call = id;
  leg.party = event.caller;
  leg.codecs = event.offered;
  leg.worker = event.worker;
  call.id = id;
  call.caller = event.leg;
  call.dialled = event.dialled;
  call.wants_ringback = event.wants_ringback;
  call.direct_offer = event.direct;
  call.legs = 1;
  base::log(base::LogLevel::info, "call", "a call arrives",
            {{"call", id},
             {"leg", event.leg},
             {"dialled", base::Pii(event.dialled)},
             {"from", base::Pii(event.caller.number)}});
  news_.push_back(CallBegan{id, event.leg, event.caller, event.dialled});
  run_route(call, event.context, now);
}

void Switchboard::on(const LegRefused& event, base::TimePoint) {
  const CallId id = calls_.emplace();
  base::log(base::LogLevel::info, "call", "a call is turned away",
            {{"call", id},
             {"result", result_name(event.termination.result)},
             {"dialled", base::Pii(event.dialled)},
             {"from", base::Pii(event.caller.number)}});
  news_.push_back(CallBegan{id, event.leg, event.caller, event.dialled});
  news_.push_back(LegLeft{event.leg, event.termination});
  news_.push_back(CallOver{id, event.termination});
  calls_.erase(id);
  legs_.erase(event.leg);
}

void Switchboard::on(const LegRinging& event, base::TimePoint) {
  Call* call = call_of(event.leg);
  if (call && event.leg != call->caller && !call->callee) callee_ringing(*call, event);
}

void Switchboard::on(const LegAnswered& event, base::TimePoint now) {
  Call* call = call_of(event.leg);
  if (!call) return;  // crossed with our EndLeg: the adapter hangs up
  if (event.leg == call->caller || call->callee) return;
  legs_.at(event.leg).codecs = {event.codec};
  callee_answered(*call, event.leg, event.codec, now);
}

void Switchboard::on(const LegDtmf& event, base::TimePoint) {
  Call* call = call_of(event.leg);
  if (!call || !call->callee) return;
  const LegId other = event.leg == call->caller ? *call->callee : call->caller;
  emit(LegCommand(SendLegDtmf{other, event.digits}));
}

void Switchboard::on(const LegEnded& event, base::TimePoint now) {
  LegState* leg = legs_.find(event.leg);
  if (!leg) return;
  const CallId id = leg->call;
  const bool was_ending = leg->ending;
  const bool was_answered = leg->answered;
  legs_.erase(event.leg);
  news_.push_back(LegLeft{event.leg, event.termination});
  Call* call = calls_.find(id);
  if (!call) return;
  --call->legs;
  std::erase(call->ringing, event.leg);
  if (call->early == event.leg) call->early.reset();
  if (!call->over && event.leg == call->caller) {
    // The caller gave up, or either party hung up: the rest ends for the same reason.
    Termination termination = event.termination;
    if (!was_answered) termination.result = Result::cancelled;
    end_call(*call, termination);
  } else if (!call->over && call->callee == event.leg) {
    end_call(*call, event.termination);
  } else if (call->transferrer == event.leg) {
    call->transferrer.reset();  // it does not wait for how the transfer ends
  } else if (!call->over && !was_ending) {
    callee_failed(*call, event.termination, now);
  }
  forget_if_over(id);
}

void Switchboard::on(const LegMediaFailed& event, base::TimePoint) {
  if (Call* call = call_of(event.leg))
    lose(*call, event.leg, {.result = Result::media_failed, .reason = "media was lost"});
}

void Switchboard::lose(Call& call, LegId leg, const Termination& termination) {
  if (call.transferrer != leg) return end_call(call, termination);
  call.transferrer.reset();
  end_leg(leg, termination);
}

void Switchboard::receive(const graph::PlayFinished& event, base::TimePoint now) {
  Call* call = call_of(leg_of(event.id));
  if (call && !call->callee && leg_of(event.id) == call->caller) next_step(*call, now);
}

void Switchboard::receive(const graph::StatsReport& report, base::TimePoint now) {
  const graph::ReceivedStats& received = report.stats.received;
  const LegId id = leg_of(report.id);
  Call* call = call_of(id);
  if (!call || report.stats.transport.webrtc || !legs_.at(id).answered) return;
  const auto other = call->other_of(id);
  const bool held = !legs_.at(id).present() || (other && !legs_.at(*other).present());
  const base::Duration limit =
      received.expected_since && !held ? options_.silence_timeout : options_.silence_on_hold;
  const base::TimePoint since =
      std::max({legs_.at(id).talks_since, received.expected_since.value_or(base::TimePoint{}),
                received.last_packet.value_or(base::TimePoint{}),
                received.last_rtcp.value_or(base::TimePoint{})});
  if (limit <= base::Duration(0) || now - since < limit) return;
  lose(*call, id, {.result = Result::media_failed, .reason = "neither RTP nor RTCP came any more"});
}

void Switchboard::handle_timeout(base::TimePoint now) {
  while (const auto id = timers_.pop_due(now)) {
    Call& call = calls_.at(*id);
    if (call.ends_with) {
      end_call(call, *call.ends_with);
      continue;
    }
    end_devices(call, Result::no_answer);
    callee_failed(call, {.result = Result::no_answer, .reason = "nobody answered in time"}, now);
    forget_if_over(*id);
  }
}

void Switchboard::bridge(LegId a, LegId b) {
  hear(a, graph::FromSession{media_of(b)});
  hear(b, graph::FromSession{media_of(a)});
}

void Switchboard::record(Call& call) {
  if (!call.record) return;
  take_media(call, "it is recorded");
  const graph::RecordingId id = recording_of(call.id);
  if (!std::exchange(call.recording, true))
    emit(OpenRecording{.id = id,
                       .how = *call.record,
                       .rate = options_.recording_rate,
                       .caller = legs_.at(call.caller).party.number,
                       .dialled = call.dialled});
  graph::StartRecording start{.id = media_of(call.caller), .recording = id};
  if (call.callee) start.other = media_of(*call.callee);
  start.stereo = call.record->stereo;
  start.rate = options_.recording_rate;
  emit(graph::Command(start));
}

void Switchboard::mark_answered(LegId id, base::TimePoint now) {
  LegState& leg = legs_.at(id);
  leg.answered = true;
  leg.talks_since = now;
  news_.push_back(LegTaken{id});
}

void Switchboard::answer_caller(Call& call, std::vector<negotiation::Codec> prefer,
                                base::TimePoint now) {
  if (const auto transferrer = std::exchange(call.transferrer, std::nullopt))
    end_leg(*transferrer, {.result = Result::completed, .reason = "transferred"});
  if (legs_.at(call.caller).answered) return;
  mark_answered(call.caller, now);
  settle_codec(call, prefer);
  emit(LegCommand(AnswerLeg{call.caller, std::move(prefer)}));
}

void Switchboard::open_early_media(Call& call, const std::optional<negotiation::Codec>& callee) {
  if (legs_.at(call.caller).answered) return;
  auto prefer = answer_to_caller(call.codecs, legs_.at(call.caller).codecs, callee);
  settle_codec(call, prefer);
  emit(LegCommand(OpenEarlyMedia{call.caller, std::move(prefer)}));
}

// The caller's adapter answers its offer with the first of these that is in it.
void Switchboard::settle_codec(Call& call, const std::vector<negotiation::Codec>& prefer) {
  call.direct_offer = kCallerHasAnswer;
  std::vector<negotiation::Codec>& offered = legs_.at(call.caller).codecs;
  const auto chosen = std::ranges::find_first_of(prefer, offered);
  if (chosen != prefer.end()) offered = {negotiation::Codec(*chosen)};
}

void Switchboard::end_leg(LegId id, const Termination& termination) {
  LegState* leg = legs_.find(id);
  if (!leg || leg->ending) return;
  leg->ending = true;
  emit(LegCommand(EndLeg{id, termination}));
}

void Switchboard::end_devices(Call& call, Result result) {
  // LegEnded comes later; until then these legs are nobody's business.
  for (LegId device : std::exchange(call.ringing, {}))
    end_leg(device, {.result = result, .reason = {}});
  timers_.cancel(call.id);
}

void Switchboard::end_call(Call& call, const Termination& termination) {
  if (std::exchange(call.over, true)) return;
  base::log(base::LogLevel::info, "call", "a call ends",
            {{"call", call.id},
             {"result", result_name(termination.result)},
             {"reason", base::Pii(termination.reason)}});
  if (call.recording)
    emit(graph::Command(graph::StopRecording{media_of(call.caller), recording_of(call.id)}));
  end_devices(call, Result::cancelled);
  news_.push_back(CallOver{call.id, termination});
  if (call.callee) end_leg(*call.callee, termination);
  if (call.transferrer) end_leg(*call.transferrer, termination);
  end_leg(call.caller, termination);
}

void Switchboard::forget_if_over(CallId id) {
  Call* call = calls_.find(id);
  if (call && call->over && call->legs == 0) calls_.erase(id);
}

// The call of a leg that still counts; nothing for a leg or a call that is ending.
Call* Switchboard::call_of(LegId id) {
  LegState* leg = legs_.find(id);
  if (!leg || leg->ending) return nullptr;
  Call* call = calls_.find(leg->call);
  return call && !call->over ? call : nullptr;
}

Switchboard::Counts Switchboard::counts() const {
  return {.calls = calls_.size(), .legs = legs_.size(), .timers = timers_.size()};
}

std::string Switchboard::dump() {
  std::string out;
  calls_.for_each([&](CallId id, const Call& call) {
    out += "call " + id.str() + " caller " + call.caller.str() + " step " +
           std::to_string(call.step) + " ringing " + std::to_string(call.ringing.size()) +
           (call.callee ? " callee " + call.callee->str() : "") +
           (call.transferrer ? " transferrer " + call.transferrer->str() : "") +
           (call.over ? " over" : "") + " legs " + std::to_string(call.legs) + "\n";
  });
  return out;
}

}  // namespace viaduct::call
