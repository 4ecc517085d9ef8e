// Transfer. Blind: the dial plan runs for the other party of a bridge, with the number it is sent
// to, and who sent it there waits aside until somebody has it:
//
//   T ══ O       ──►   O ── dial plan ──► C rings  ──►  O ══ C      T is let go
//                      T waits                     └─►  O ══ T      nobody took it: as before
//
// Attended: of two calls of one party its place in the one is taken by whom it talks with in the
// other:
//
//   A ══ T,  T' ══ B   ──►   A ══ B          T' still rings B:  the dial plan goes on for A
//
// A leg keeps its media session in all of this: its far side notices only what it hears.
#include "base/log.h"
#include "core/call/causes.h"
#include "core/call/switchboard.h"

namespace viaduct::call {

void Switchboard::on(const LegTransfers& event, base::TimePoint now) {
  Call* const call = call_of(event.leg);
  const auto other = call && call->callee ? call->other_of(event.leg) : std::nullopt;
  emit(LegCommand(ReplyTransfer{event.leg, other.has_value()}));
  if (!other) return;
  take_media(*call, "it is transferred");
  base::log(base::LogLevel::info, "call", "a call is transferred",
            {{"call", call->id}, {"leg", *other}, {"to", base::Pii(event.destination)}});
  begin_anew(*call, *other);
  call->dialled = event.destination;
  call->transferrer = event.leg;
  hear(event.leg, graph::NoSource{});
  hear(*other, sound(options_.hold_sound));
  if (call->recording) record(*call);
  run_route(*call, event.context, now);
}

// Of what the call did for whoever was its caller nothing is left.
void Switchboard::begin_anew(Call& call, LegId caller) {
  Call anew;
  anew.id = call.id;
  anew.caller = caller;
  anew.legs = call.legs;
  anew.dialled = std::move(call.dialled);
  anew.record = std::move(call.record);
  anew.recording = call.recording;
  call = std::move(anew);
}

void Switchboard::give_back(Call& call, const Termination& why) {
  base::log(base::LogLevel::info, "call", "a transfer failed: back to who transferred",
            {{"call", call.id}, {"result", result_name(why.result)}});
  const LegId transferrer = *call.transferrer;
  begin_anew(call, call.caller);
  call.callee = transferrer;
  bridge(call.caller, transferrer);
  record(call);
  show_parties(call);
}

void Switchboard::on(const LegJoins& event, base::TimePoint now) {
  Call* from = call_of(event.leg);
  Call* into = call_of(event.other);
  LegId leaves = event.leg, replaced = event.other;
  // Whom the party talks with goes where it still waits for somebody; and a recording goes on.
  if (from && into && (!from->callee || (into->callee && from->recording))) {
    std::swap(from, into);
    std::swap(leaves, replaced);
  }
  const auto moved = from && from->callee ? from->other_of(leaves) : std::nullopt;
  const bool has_place = into && (into->caller == replaced || into->callee == replaced);
  const bool together = has_place && legs_.at(leaves).worker == legs_.at(replaced).worker;
  const bool possible = moved && together && from != into && !into->ends_with;
  emit(LegCommand(ReplyTransfer{event.leg, possible}));
  if (!possible) return;
  take_media(*from, "it is joined with another");
  take_media(*into, "it is joined with another");
  base::log(base::LogLevel::info, "call", "two calls are joined",
            {{"call", into->id}, {"other", from->id}, {"leg", *moved}});
  legs_.at(*moved).call = into->id;
  --from->legs;
  ++into->legs;
  news_.push_back(LegMoved{into->id, *moved});
  begin_anew(*from, leaves);
  end_call(*from, {.result = Result::completed, .reason = "transferred"});
  take_place(*into, *moved, replaced, now);
  end_leg(replaced, {.result = Result::completed, .reason = "transferred"});
}

void Switchboard::take_place(Call& call, LegId who, LegId in_place_of, base::TimePoint now) {
  (call.callee == in_place_of ? *call.callee : call.caller) = who;
  if (call.callee) {
    bridge(call.caller, *call.callee);
    if (call.recording) record(call);
    show_parties(call);
  } else if (call.early) {
    bridge(who, *call.early);
  } else if (!call.ringing.empty()) {
    hear(who, sound(options_.hold_sound));
  } else {
    run_step(call, now);  // an echo, a sound: for somebody else now
  }
}

}  // namespace viaduct::call
