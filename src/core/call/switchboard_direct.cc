// Calls whose media goes between the parties, and how this node takes it over.
#include <algorithm>

#include "base/log.h"
#include "core/call/codec_policy.h"
#include "core/call/switchboard.h"

namespace viaduct::call {
namespace {

// Neither party has chosen: both begin with the same codec, so that nothing is transcoded.
Codecs codecs_of_caller(const Call& call, const Codecs& offered) {
  const Codecs to_callee = offer_to_callee(call.codecs, offered);
  return answer_to_caller(call.codecs, offered, to_callee.front());
}

}  // namespace

void Switchboard::tell_not_direct(const Call& call, std::string_view why) {
  base::log(base::LogLevel::info, "call", "media goes through the server",
            {{"call", call.id}, {"why", why}});
}

bool Switchboard::may_be_direct(const Call& call, const std::vector<Target>& devices) {
  const auto is_browser = [](const Target& t) { return std::holds_alternative<VertoTarget>(t); };
  const DirectDescription offer = unanswered_offer(call);
  const char* const why = call.record ? "the call is recorded"
                          : !offer    ? offer.error().what
                          : std::ranges::none_of(devices, is_browser)
                              ? "the callee has no Verto client"
                              : nullptr;
  if (why) tell_not_direct(call, why);
  return !why;
}

// It may also be that of a caller whose place another party has taken.
DirectDescription Switchboard::unanswered_offer(const Call& call) {
  return legs_.at(call.caller).answered ? DirectDescription(kCallerHasAnswer) : call.direct_offer;
}

bool Switchboard::rings_direct(const Call& call) {
  return std::ranges::any_of(call.ringing, [&](LegId leg) { return legs_.at(leg).direct; });
}

void Switchboard::on(const LegAnsweredDirect& event, base::TimePoint now) {
  Call* call = call_of(event.leg);
  if (!call || event.leg == call->caller || call->callee) return;
  take_callee(*call, event.leg, now);
  const DirectDescription offer = unanswered_offer(*call);
  if (event.answer && offer) {
    call->direct = true;
    news_.push_back(DirectMediaBegan{call->id});
    mark_answered(call->caller, now);
    call->direct_offer = kCallerHasAnswer;
    emit(LegCommand(AnswerLeg{call->caller, {}, *event.answer}));
  } else {
    answer_caller(*call, codecs_of_caller(*call, legs_.at(call->caller).codecs), now);
    bring_media(*call, event.answer ? offer.error().what : event.answer.error().what);
  }
  show_parties(*call);
}

void Switchboard::on(const LegNeedsServer& event, base::TimePoint) {
  if (Call* call = call_of(event.leg)) take_media(*call, event.why);
}

void Switchboard::take_media(Call& call, std::string_view why) {
  if (!std::exchange(call.direct, false)) return;
  news_.push_back(DirectMediaEnded{call.id});
  bring_media(call, why);
}

// Whichever leg has its media here already is left as it is.
void Switchboard::bring_media(Call& call, std::string_view why) {
  tell_not_direct(call, why);
  const Codecs offered = legs_.at(call.caller).codecs;
  Codecs& to_caller = legs_.at(call.caller).codecs = codecs_of_caller(call, offered);
  Codecs& to_callee = legs_.at(*call.callee).codecs = offer_to_callee(call.codecs, offered);
  emit(LegCommand(TakeMedia{call.caller, to_caller}));
  emit(LegCommand(TakeMedia{*call.callee, to_callee}));
  bridge(call.caller, *call.callee);
}

}  // namespace viaduct::call
