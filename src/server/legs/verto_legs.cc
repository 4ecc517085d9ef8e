#include "server/legs/verto_legs.h"

#include <algorithm>

#include "core/call/causes.h"
#include "signalling/negotiation/direct.h"

namespace viaduct::legs {
namespace {

using call::Result;
using call::Termination;
using negotiation::TransportKind;

verto::Cause cause_of(const Termination& termination) {
  // Verto has a number of its own where Q.850 says "subscriber absent" (20).
  if (termination.result == Result::not_registered) return verto::Cause::user_not_registered;
  return verto::cause_from_code(call::to_q850(termination)).value_or(verto::Cause::normal_clearing);
}

call::Identity identity_of(const verto::Party& party) { return {party.number, party.name}; }
verto::Party party_of(const call::Identity& identity) { return {identity.number, identity.name}; }

call::DirectDescription direct_description(const std::string& sdp) {
  const auto usable = negotiation::check_direct(sdp);
  return usable ? call::DirectDescription(sdp) : usable.error();
}

// A client that says so plays its own ringback, so that the answer, and with it the choice of
// codec, can wait for the callee (an extension; docs/verto).
bool plays_ringback(const verto::Variables& variables) {
  return std::ranges::any_of(variables, [](const auto& variable) {
    return variable.first == "localRingback" && variable.second == "true";
  });
}

}  // namespace

VertoLegs::VertoLegs(verto::Endpoint& endpoint, call::Switchboard& switchboard,
                     MediaServices& media, VertoLegOptions options)
    : endpoint_(endpoint), switchboard_(switchboard), media_(media), options_(options) {}

std::optional<call::LegEvent> VertoLegs::poll() {
  if (events_.empty()) return std::nullopt;
  call::LegEvent out = std::move(events_.front());
  events_.pop_front();
  return out;
}

VertoLegs::Leg* VertoLegs::find(call::LegId leg) {
  const auto it = legs_.find(leg);
  return it == legs_.end() ? nullptr : &it->second;
}
VertoLegs::Leg* VertoLegs::find(verto::CallId call) {
  const auto it = by_call_.find(call);
  return it == by_call_.end() ? nullptr : find(it->second);
}

void VertoLegs::media_failed(call::LegId id, graph::MediaFault fault, base::TimePoint now) {
  const bool closed = fault == graph::MediaFault::remote_closed;
  if (closed || fault == graph::MediaFault::consent_expired) emit(call::LegAway{id, true});
  if (find(id)->detached) return;  // that was to be expected
  if (closed) lost_media_.set(id, now + options_.closed_page);
  else if (fault == graph::MediaFault::consent_expired)
    lost_media_.set(id, now + options_.lost_network);
  else emit(call::LegMediaFailed{id, fault});
}

void VertoLegs::handle_timeout(base::TimePoint now) {
  while (const auto leg = lost_media_.pop_due(now))
    emit(call::LegMediaFailed{*leg, graph::MediaFault::consent_expired});
}

void VertoLegs::add(Leg leg) {
  by_call_[leg.call] = leg.id;
  last_line_[leg.session] = leg.id;
  legs_.emplace(leg.id, std::move(leg));
}

void VertoLegs::ended(call::LegId leg, const Termination& termination) {
  const auto it = legs_.find(leg);
  by_call_.erase(it->second.call);
  const auto line = last_line_.find(it->second.session);
  if (line != last_line_.end() && line->second == leg) last_line_.erase(line);
  legs_.erase(it);
  lost_media_.cancel(leg);
  emit(call::LegEnded{leg, termination});
}

void VertoLegs::end(Leg& leg, const Termination& termination, base::TimePoint now) {
  endpoint_.bye(leg.call, cause_of(termination), now);
  ended(leg.id, termination);
}

// --- events --------------------------------------------------------------------------------------

void VertoLegs::on(const verto::IncomingCall& event, base::TimePoint now) {
  const call::LegId id = switchboard_.reserve_leg();
  const auto line = last_line_.find(event.session);
  auto media = std::make_unique<LegMedia>(media_, id,
                                          line == last_line_.end() ? call::LegId{} : line->second);
  auto offered = media->receive_offer(event.sdp, now);
  if (!offered) {
    const bool full = offered.error().code == base::Errc::exhausted;
    endpoint_.bye(event.call,
                  full ? verto::Cause::switch_congestion : verto::Cause::incompatible_destination,
                  now);
    Termination why = media->refusal();
    if (full) why = {.result = Result::congestion, .reason = "no room for media"};
    emit(call::LegRefused{.leg = id,
                          .caller = identity_of(event.caller),
                          .dialled = event.destination,
                          .termination = std::move(why)});
    return;
  }
  add({.id = id, .call = event.call, .session = event.session, .media = std::move(media)});
  emit(call::LegArrived{.leg = id,
                        .caller = identity_of(event.caller),
                        .user = event.user.id,
                        .dialled = event.destination,
                        .context = event.user.context,
                        .offered = std::move(*offered),
                        .wants_ringback = !plays_ringback(event.variables),
                        .direct = direct_description(event.sdp),
                        .worker = media_.worker_of(call::media_of(id))});
}

void VertoLegs::on(const verto::CallAnswered& event, base::TimePoint now) {
  Leg* leg = find(event.call);
  if (!leg) return;
  if (leg->direct) return emit(call::LegAnsweredDirect{leg->id, direct_description(event.sdp)});
  const auto codec = leg->media->receive_answer(event.sdp);
  if (!codec) {
    end(*leg, leg->media->refusal(), now);
    return;
  }
  emit(call::LegAnswered{leg->id, *codec});
}

void VertoLegs::on(const verto::CallDtmf& event, base::TimePoint) {
  if (Leg* leg = find(event.call)) emit(call::LegDtmf{leg->id, event.digits});
}

void VertoLegs::on(const verto::CallHeld& event, base::TimePoint) {
  if (Leg* leg = find(event.call)) emit(call::LegHeld{leg->id, event.held});
}

void VertoLegs::on(const verto::CallTransferring& event, base::TimePoint now) {
  if (Leg* leg = find(event.call))
    emit(call::LegTransfers{leg->id, event.destination, event.context});
  else endpoint_.transferring(event.call, false, now);
}

void VertoLegs::on(const verto::CallReplacing& event, base::TimePoint now) {
  Leg* leg = find(event.call);
  Leg* other = find(event.other);
  if (leg && other) emit(call::LegJoins{leg->id, other->id});
  else endpoint_.transferring(event.call, false, now);
}

void VertoLegs::on(const verto::CallEnded& event, base::TimePoint) {
  if (Leg* leg = find(event.call))
    ended(leg->id, call::from_q850(static_cast<uint16_t>(event.cause), event.answered));
}

void VertoLegs::on(const verto::CallDetached& event, base::TimePoint) {
  Leg* leg = find(event.call);
  if (!leg) return;
  leg->detached = true;
  lost_media_.cancel(leg->id);
  if (leg->direct) emit(call::LegNeedsServer{leg->id, "a page is gone"});
  // Nothing of its media is here yet that could fail, and tell.
  if (!leg->media->codec()) emit(call::LegAway{leg->id, true});
}

void VertoLegs::on(const verto::CallResuming& event, base::TimePoint now) {
  Leg* leg = find(event.call);
  // Still direct: the socket was lost in this moment, and TakeMedia is on its way with an offer.
  if (!leg || leg->direct) return;
  // The page is a new one, with a certificate of its own; our media session is the same.
  LegMedia::Codecs codecs;
  if (const auto codec = leg->media->codec()) codecs.push_back(*codec);
  const auto sdp = leg->media->offer_to_new_page(codecs);
  if (sdp) endpoint_.attach(leg->call, *sdp, now);
  else end(*leg, {.result = Result::media_failed, .reason = sdp.error().what}, now);
}

void VertoLegs::on(const verto::CallAttached& event, base::TimePoint now) {
  Leg* leg = find(event.call);
  if (!leg) return;
  leg->detached = false;
  const auto codec = leg->media->receive_answer(event.sdp);
  if (codec) emit(call::LegAway{leg->id, false});
  else end(*leg, {.result = Result::media_failed, .reason = codec.error().what}, now);
}

void VertoLegs::on(const verto::CallRenegotiating& event, base::TimePoint now) {
  Leg* leg = find(event.call);
  if (!leg) return;
  const auto sdp = leg->media->answer_anew(event.sdp, now);
  if (!sdp) return endpoint_.refuse_offer(leg->call, now);
  lost_media_.cancel(leg->id);  // it is back; should its checks never come, ICE says so
  if (std::exchange(leg->direct, false))
    emit(call::LegNeedsServer{leg->id, "a page asks for another way"});
  emit(call::LegAway{leg->id, false});
  endpoint_.renegotiated(leg->call, *sdp, now);
}

// --- commands ------------------------------------------------------------------------------------

void VertoLegs::command(const call::LegCommand& command, base::TimePoint now) {
  std::visit([&](const auto& c) { execute(c, now); }, command);
}

void VertoLegs::execute(const call::StartLeg& command, base::TimePoint now) {
  const auto& target = std::get<call::VertoTarget>(command.target);
  auto media = std::make_unique<LegMedia>(media_, command.leg, command.caller_leg);
  const auto sdp = command.direct ? base::Result<std::string>(*command.direct)
                                  : media->offer(TransportKind::webrtc, command.offer, now);
  if (!sdp) {
    emit(call::LegEnded{command.leg, {.result = Result::congestion, .reason = sdp.error().what}});
    return;
  }
  const verto::SessionId session = endpoint_.find_session(target.session_id);
  const auto invited = endpoint_.invite(
      session,
      {.sdp = *sdp, .caller = party_of(command.caller), .callee = party_of(command.callee)}, now);
  if (!invited) {
    emit(call::LegEnded{command.leg,
                        {.result = Result::not_registered, .reason = invited.error().what}});
    return;
  }
  add({.id = command.leg,
       .call = *invited,
       .session = session,
       .media = std::move(media),
       .direct = command.direct.has_value()});
  emit(call::LegRinging{command.leg, std::nullopt});  // a browser that has the invite rings
}

void VertoLegs::execute(const call::OpenEarlyMedia& command, base::TimePoint now) {
  Leg* leg = find(command.leg);
  if (!leg) return;
  const auto sdp = leg->media->answer(command.prefer);
  if (sdp) endpoint_.media(leg->call, *sdp, now);
  else end(*leg, leg->media->refusal(), now);
}

void VertoLegs::execute(const call::AnswerLeg& command, base::TimePoint now) {
  Leg* leg = find(command.leg);
  if (!leg) return;
  leg->direct = command.direct.has_value();
  if (leg->direct) return endpoint_.answer(leg->call, *command.direct, now);
  const auto sdp = leg->media->answer(command.prefer);
  if (sdp) endpoint_.answer(leg->call, *sdp, now);
  else end(*leg, leg->media->refusal(), now);
}

void VertoLegs::execute(const call::TakeMedia& command, base::TimePoint now) {
  Leg* leg = find(command.leg);
  if (!leg || !std::exchange(leg->direct, false)) return;
  // Without a socket the offer goes nowhere; CallResuming makes another one.
  const auto sdp = leg->media->offer(TransportKind::webrtc, command.offer, now);
  if (sdp) endpoint_.attach(leg->call, *sdp, now);
  else end(*leg, {.result = Result::congestion, .reason = sdp.error().what}, now);
}

void VertoLegs::execute(const call::EndLeg& command, base::TimePoint now) {
  if (Leg* leg = find(command.leg)) end(*leg, command.termination, now);
}

void VertoLegs::execute(const call::SendLegDtmf& command, base::TimePoint now) {
  if (Leg* leg = find(command.leg)) endpoint_.dtmf(leg->call, command.digits, now);
}

void VertoLegs::execute(const call::ShowPeer& command, base::TimePoint now) {
  if (Leg* leg = find(command.leg)) endpoint_.display(leg->call, party_of(command.peer), now);
}

void VertoLegs::execute(const call::ReplyTransfer& command, base::TimePoint now) {
  if (Leg* leg = find(command.leg)) endpoint_.transferring(leg->call, command.begun, now);
}

}  // namespace viaduct::legs
