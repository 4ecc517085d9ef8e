// What each step of the dial plan does with a call.
#include <algorithm>

#include "core/call/causes.h"
#include "core/call/codec_policy.h"
#include "core/call/switchboard.h"

namespace viaduct::call {
namespace {

// Of several devices' refusals the caller hears the one a person gave, not the one a network gave.
int telling(Result result) {
  switch (result) {
    case Result::busy: return 6;
    case Result::rejected: return 5;
    case Result::no_answer: return 4;
    case Result::no_common_codec: return 3;
    case Result::unreachable: return 2;
    case Result::not_registered: return 1;
    default: return 0;
  }
}

}  // namespace

void Switchboard::run_route(Call& call, std::string_view context, base::TimePoint now) {
  auto steps = dialplan_.route(context, call.dialled);
  if (!steps || steps->empty())
    return fail(call, {.result = Result::unknown_number, .reason = "no route for this number"},
                now);
  call.steps = std::move(*steps);
  run_step(call, now);
}

void Switchboard::run_step(Call& call, base::TimePoint now) {
  std::visit([&](const auto& step) { start(call, step, now); }, call.steps[call.step]);
}

void Switchboard::next_step(Call& call, base::TimePoint now) {
  if (++call.step < call.steps.size()) {
    run_step(call, now);
    return;
  }
  end_call(call, {.result = Result::completed, .reason = "the dial plan has nothing more to do"});
}

void Switchboard::start(Call& call, const dialplan::Echo&, base::TimePoint now) {
  answer_caller(call, answer_to_caller({}, legs_.at(call.caller).codecs, std::nullopt), now);
  hear(call.caller, graph::FromSession{media_of(call.caller)});
  record(call);
}

void Switchboard::start(Call& call, const dialplan::PlayClip& step, base::TimePoint now) {
  if (const graph::Tone* tone = find_tone(options_.tones, step.clip)) {
    answer_caller(call, answer_to_caller({}, legs_.at(call.caller).codecs, std::nullopt), now);
    hear(call.caller, *tone);
    record(call);
    return;
  }
  auto clip = clips_.find(step.clip);
  if (!clip) {
    fail(call, {.result = Result::internal_error, .reason = "no such sound"}, now);
    return;
  }
  answer_caller(call, answer_to_caller({}, legs_.at(call.caller).codecs, std::nullopt), now);
  hear(call.caller, graph::Play{std::move(clip), step.repeat});
  record(call);
}

void Switchboard::start(Call& call, const dialplan::Record& step, base::TimePoint now) {
  call.record = step;
  if (legs_.at(call.caller).answered) record(call);
  next_step(call, now);
}

void Switchboard::start(Call& call, const dialplan::Reject& step, base::TimePoint now) {
  fail(call, from_q850(step.q850, false), now);
}

void Switchboard::start(Call& call, const dialplan::DialUser& step, base::TimePoint now) {
  call.codecs = step.codecs;
  call.device_failed = false;
  if (!locator_.user_exists(step.user)) {
    callee_failed(call, {.result = Result::unknown_number, .reason = "no such user"}, now);
    return;
  }
  std::vector<Target> devices = locator_.devices(step.user);
  if (devices.empty()) {
    callee_failed(call, {.result = Result::not_registered, .reason = "no device is registered"},
                  now);
    return;
  }
  if (devices.size() > options_.max_devices) devices.resize(options_.max_devices);
  const Identity callee = locator_.identity(step.user);
  const Identity caller = legs_.at(call.caller).party;
  const auto offer = offer_to_callee(step.codecs, legs_.at(call.caller).codecs);
  const bool direct = step.direct && may_be_direct(call, devices);
  for (Target& device : devices) {
    const bool handed_on = direct && std::holds_alternative<VertoTarget>(device);
    const LegId leg = legs_.emplace(LegState{.call = call.id,
                                             .party = callee,
                                             .worker = legs_.at(call.caller).worker,
                                             .direct = handed_on});
    ++call.legs;
    call.ringing.push_back(leg);
    news_.push_back(LegCalled{call.id, leg, callee, offer});
    emit(LegCommand(StartLeg{leg, call.caller, std::move(device), caller, callee, offer,
                             handed_on ? std::optional(*call.direct_offer) : std::nullopt}));
  }
  timers_.set(call.id, now + step.timeout);
}

void Switchboard::callee_ringing(Call& call, const LegRinging& event) {
  const bool caller_answered = legs_.at(call.caller).answered;
  if (event.early && !call.early && call.ringing.size() == 1) {
    // The far side plays something itself (an announcement, its own ringback): the caller hears it.
    call.early = event.leg;
    call.caller_alerted = true;
    open_early_media(call, event.early);
    bridge(call.caller, event.leg);
    return;
  }
  if (call.caller_alerted) return;
  call.caller_alerted = true;
  if (!caller_answered) emit(LegCommand(RingLeg{call.caller}));
  if (!call.wants_ringback && !caller_answered) return;
  if (rings_direct(call)) return;  // its offer is the callee's to answer
  // The codec the callee will choose is not known yet; its first offered one is the best guess.
  open_early_media(call, std::nullopt);
  hear(call.caller, options_.tones.ringback);
}

void Switchboard::callee_answered(Call& call, LegId leg, negotiation::Codec codec,
                                  base::TimePoint now) {
  take_callee(call, leg, now);
  answer_caller(call, answer_to_caller(call.codecs, legs_.at(call.caller).codecs, codec), now);
  bridge(call.caller, leg);
  record(call);
  show_parties(call);
}

void Switchboard::take_callee(Call& call, LegId leg, base::TimePoint now) {
  if (!legs_.at(leg).direct && rings_direct(call)) tell_not_direct(call, "a phone took the call");
  mark_answered(leg, now);
  std::erase(call.ringing, leg);
  call.callee = leg;
  end_devices(call, Result::answered_elsewhere);
}

void Switchboard::show_parties(const Call& call) {
  emit(LegCommand(ShowPeer{call.caller, legs_.at(*call.callee).party}));
  emit(LegCommand(ShowPeer{*call.callee, legs_.at(call.caller).party}));
}

void Switchboard::callee_failed(Call& call, const Termination& termination, base::TimePoint now) {
  if (!call.device_failed || telling(termination.result) > telling(call.worst.result))
    call.worst = termination;
  call.device_failed = true;
  if (!call.ringing.empty()) return;  // others still ring
  timers_.cancel(call.id);
  call.caller_alerted = false;
  if (call.step + 1 < call.steps.size()) next_step(call, now);
  else fail(call, call.worst, now);
}

void Switchboard::fail(Call& call, const Termination& why, base::TimePoint now) {
  if (call.transferrer) return give_back(call, why);
  if (!legs_.at(call.caller).answered) return end_call(call, why);
  // BYE says nothing to an ear: who was answered before the number was dialled hears a tone.
  const bool busy = why.result == Result::busy || why.result == Result::rejected;
  call.ends_with = why;
  hear(call.caller, busy ? options_.tones.busy : options_.tones.congestion);
  timers_.set(call.id, now + options_.failure_tone);
}

}  // namespace viaduct::call
