#include "server/legs/sip_legs.h"

#include "base/log.h"
#include "core/call/causes.h"
#include "core/call/codec_policy.h"

namespace viaduct::legs {
namespace {

using call::Result;
using call::Termination;
using negotiation::TransportKind;

// RFC 3326. What Q.850 has no number for is said in SIP's: a phone that reads "200" after its
// CANCEL lists no missed call.
sip::Reason reason_of(const Termination& termination) {
  const uint16_t q850 = call::to_q850(termination);
  // Which codec, or which encryption: the phone's owner has to know.
  const bool explained = (termination.result == Result::no_common_codec ||
                          termination.result == Result::media_refused) &&
                         !termination.reason.empty();
  std::string text =
      explained ? termination.reason : std::string(call::result_name(termination.result));
  if (q850 <= 127) return {.protocol = "Q.850", .cause = q850, .text = std::move(text)};
  const bool elsewhere = termination.result == Result::answered_elsewhere;
  const uint16_t status = elsewhere ? 200 : call::to_sip_status(termination).code;
  return {.protocol = "SIP", .cause = status, .text = std::move(text)};
}

uint16_t q850_of(const dialog::Ended& event) {
  return event.reason && event.reason->protocol == "Q.850" ? event.reason->cause : 0;
}

Termination termination_of(const dialog::Ended& event, bool answered) {
  using dialog::EndedBy;
  switch (event.by) {
    case EndedBy::us: return {.result = Result::completed, .reason = {}};
    case EndedBy::bye: {
      Termination out = call::from_q850(q850_of(event), answered);
      return out;
    }
    case EndedBy::cancel: return {.result = Result::cancelled, .reason = {}};
    case EndedBy::refused: return call::from_sip_status(event.status, event.phrase, q850_of(event));
    case EndedBy::no_response: return call::from_sip_status(event.status, event.phrase);
    case EndedBy::not_answered: return {.result = Result::no_answer, .reason = {}};
    case EndedBy::lost: return {.result = Result::unreachable, .reason = "the phone went silent"};
    case EndedBy::transport: return {.result = Result::unreachable, .reason = "transport failed"};
  }
  return {.result = Result::internal_error, .reason = {}};
}

}  // namespace

SipLegs::SipLegs(dialog::UserAgent& agent, call::Switchboard& switchboard, MediaServices& media,
                 const directory::Directory& directory)
    : agent_(agent), switchboard_(switchboard), media_(media), directory_(directory) {}

std::optional<call::LegEvent> SipLegs::poll() {
  if (events_.empty()) return std::nullopt;
  call::LegEvent out = std::move(events_.front());
  events_.pop_front();
  return out;
}

SipLegs::Leg* SipLegs::find(call::LegId leg) {
  const auto it = legs_.find(leg);
  return it == legs_.end() ? nullptr : &it->second;
}
SipLegs::Leg* SipLegs::find(dialog::SessionId session) {
  const auto it = by_session_.find(session);
  return it == by_session_.end() ? nullptr : find(it->second);
}

void SipLegs::end(Leg& leg, const Termination& termination, base::TimePoint now) {
  leg.ending = termination;
  const bool refuse = !leg.outgoing && !leg.answered;
  if (refuse) {
    const auto status = call::to_sip_status(termination);
    (void)agent_.sessions().reject(leg.session,
                                   {.status = status.code,
                                    .phrase = std::string(status.phrase),
                                    .reason = reason_of(termination),
                                    .headers = {}},
                                   now);
  } else {
    (void)agent_.sessions().hang_up(leg.session, reason_of(termination), now);
  }
}

// --- events --------------------------------------------------------------------------------------

call::Identity SipLegs::identity_of(const dialog::IncomingCall& event,
                                    const directory::User* user) const {
  // A user is who the directory says; From is only believed where nothing better is known.
  if (!user) return {event.from.user, event.from.display_name};
  return {user->caller_number,
          user->caller_name.empty() ? event.from.display_name : user->caller_name};
}

void SipLegs::set_up_digits(Leg& leg, const directory::User* user) {
  if (user) leg.dtmf = user->dtmf;
  if (leg.dtmf == directory::Dtmf::inband) leg.media->listen_for_tones();
}

void SipLegs::on(const dialog::IncomingCall& event, base::TimePoint now) {
  const directory::User* user = directory_.find_address(event.user);
  const call::LegId id = switchboard_.reserve_leg();
  Leg leg{.id = id,
          .session = event.session,
          .media = std::make_unique<LegMedia>(media_, id, call::LegId{},
                                              directory_.media_encryption(user)),
          .we_offer = !event.sdp,
          .ending = {}};
  LegMedia::Codecs offered;
  if (event.sdp) {
    auto codecs = leg.media->receive_offer(*event.sdp, now);
    if (!codecs) {
      const bool full = codecs.error().code == base::Errc::exhausted;
      Termination why = leg.media->refusal();
      if (full) why = {.result = Result::congestion, .reason = "no RTP port is free"};
      (void)agent_.sessions().reject(event.session,
                                     {.status = static_cast<uint16_t>(full ? 503 : 488),
                                      .phrase = {},
                                      .reason = reason_of(why),
                                      .headers = {}},
                                     now);
      emit(call::LegRefused{.leg = id,
                            .caller = identity_of(event, user),
                            .dialled = event.dialled,
                            .termination = std::move(why)});
      return;
    }
    offered = std::move(*codecs);
  }
  set_up_digits(leg, user);
  by_session_[event.session] = id;
  legs_.emplace(id, std::move(leg));
  emit(call::LegArrived{.leg = id,
                        .caller = identity_of(event, user),
                        .user = event.user,
                        .dialled = event.dialled,
                        .context = user ? user->context : "public",
                        .offered = std::move(offered),
                        .worker = media_.worker_of(call::media_of(id))});
}

void SipLegs::on(const dialog::Ringing& event, base::TimePoint) {
  Leg* leg = find(event.session);
  if (!leg || leg->ending) return;
  std::optional<negotiation::Codec> early;
  if (event.sdp) {
    // An early answer we cannot use is not the last word: the 200 may bring another.
    if (const auto codec = leg->media->receive_answer(*event.sdp)) early = *codec;
  }
  emit(call::LegRinging{leg->id, early});
}

void SipLegs::on(const dialog::Answered& event, base::TimePoint now) {
  Leg* leg = find(event.session);
  if (!leg || leg->ending) return;
  leg->answered = true;
  if (event.sdp) {
    const auto codec = leg->media->receive_answer(*event.sdp);
    if (!codec) {
      end(*leg, leg->media->refusal(), now);
      return;
    }
  }
  if (!leg->media->codec()) {
    end(*leg, {.result = Result::media_refused, .reason = "answered without a description"}, now);
    return;
  }
  emit(call::LegAnswered{leg->id, *leg->media->codec()});
  note_hold(*leg);
}

void SipLegs::on(const dialog::Confirmed& event, base::TimePoint now) {
  Leg* leg = find(event.session);
  if (!leg || leg->ending || !leg->we_offer) return;
  leg->we_offer = false;
  const auto codec = event.sdp ? leg->media->receive_answer(*event.sdp)
                               : base::Error{base::Errc::malformed, "an ACK without an answer"};
  if (codec) note_hold(*leg);
  else end(*leg, leg->media->refusal(), now);
}

void SipLegs::on(const dialog::Reinvited& event, base::TimePoint now) {
  Leg* leg = find(event.session);
  if (!leg || leg->ending) return;
  LegMedia::Codecs same;
  if (const auto codec = leg->media->codec()) same.push_back(*codec);
  base::Result<std::string> sdp = base::Error{base::Errc::unsupported, "no common codec"};
  if (!event.sdp) {
    for (const auto& codec : call::supported_codecs())
      if (same.empty() || codec != same.front()) same.push_back(codec);
    sdp = leg->media->offer(TransportKind::plain, same, now);
  } else if (leg->media->receive_offer(*event.sdp, now)) {
    sdp = leg->media->answer(same);
    if (!sdp) sdp = leg->media->answer({});  // the codec in use is gone: take the offerer's first
  }
  if (sdp) (void)agent_.sessions().answer_reinvite(event.session, *sdp, now);
  else (void)agent_.sessions().reject_reinvite(event.session, 488, now);
  note_hold(*leg);
}

void SipLegs::on(const dialog::ReinviteConfirmed& event, base::TimePoint) {
  Leg* leg = find(event.session);
  // A useless answer leaves the last agreement in force.
  if (leg && event.sdp && leg->media->receive_answer(*event.sdp)) note_hold(*leg);
}

void SipLegs::note_hold(Leg& leg) {
  const bool held = leg.media->held();
  if (std::exchange(leg.held, held) != held) emit(call::LegHeld{leg.id, held});
}

void SipLegs::on(const dialog::DtmfReceived& event, base::TimePoint) {
  if (Leg* leg = find(event.session)) emit(call::LegDtmf{leg->id, std::string(1, event.digit)});
}

void SipLegs::on(const dialog::Ended& event, base::TimePoint) {
  Leg* leg = find(event.session);
  if (!leg) return;
  const call::LegId id = leg->id;
  Termination termination = leg->ending ? *leg->ending : termination_of(event, leg->answered);
  by_session_.erase(event.session);
  legs_.erase(id);
  emit(call::LegEnded{id, std::move(termination)});
}

// --- commands ------------------------------------------------------------------------------------

void SipLegs::command(const call::LegCommand& command, base::TimePoint now) {
  std::visit([&](const auto& c) { execute(c, now); }, command);
}

void SipLegs::execute(const call::StartLeg& command, base::TimePoint now) {
  const auto& target = std::get<call::SipTarget>(command.target);
  const directory::User* user = directory_.find_address(target.user);
  auto media = std::make_unique<LegMedia>(media_, command.leg, command.caller_leg,
                                          directory_.media_encryption(user));
  const auto flow = sip::Flow::parse(target.flow);
  auto sdp = media->offer(TransportKind::plain, command.offer, now);
  if (!flow || !sdp) {
    emit(call::LegEnded{command.leg,
                        {.result = flow ? Result::congestion : Result::unreachable,
                         .reason = flow ? "no RTP port is free" : "no way there"}});
    return;
  }
  auto session = agent_.sessions().invite(
      {.flow = *flow,
       .target = target.uri,
       .route = target.route,
       .from = {.display_name = command.caller.name,
                .uri = sip::Uri::sip(command.caller.number, directory_.domain()).str(),
                .user = {}},
       .to = {.display_name = command.callee.name,
              .uri = sip::Uri::sip(command.callee.number, directory_.domain()).str(),
              .user = {}},
       .sdp = std::move(*sdp),
       .headers = {},
       .credentials = {}},
      now);
  if (!session) {
    emit(call::LegEnded{command.leg,
                        {.result = Result::unreachable, .reason = session.error().what}});
    return;
  }
  by_session_[*session] = command.leg;
  Leg& leg = legs_
                 .emplace(command.leg, Leg{.id = command.leg,
                                           .session = *session,
                                           .media = std::move(media),
                                           .outgoing = true,
                                           .ending = {}})
                 .first->second;
  set_up_digits(leg, user);
}

void SipLegs::execute(const call::RingLeg& command, base::TimePoint now) {
  Leg* leg = find(command.leg);
  if (leg) (void)agent_.sessions().progress(leg->session, 180, std::nullopt, now);
}

void SipLegs::execute(const call::OpenEarlyMedia& command, base::TimePoint now) {
  Leg* leg = find(command.leg);
  // Without their offer there is nothing to answer before the 200: the phone's own ringback plays.
  if (!leg || leg->we_offer) return;
  const auto sdp = leg->media->answer(command.prefer);
  if (!sdp) {
    end(*leg, leg->media->refusal(), now);
    return;
  }
  (void)agent_.sessions().progress(leg->session, 183, *sdp, now);
}

void SipLegs::execute(const call::AnswerLeg& command, base::TimePoint now) {
  Leg* leg = find(command.leg);
  if (!leg || leg->ending) return;
  const auto sdp = leg->we_offer ? leg->media->offer(TransportKind::plain, command.prefer, now)
                                 : leg->media->answer(command.prefer);
  if (!sdp) {
    end(*leg, leg->media->refusal(), now);
    return;
  }
  if (agent_.sessions().answer(leg->session, *sdp, now)) leg->answered = true;
  note_hold(*leg);
}

void SipLegs::execute(const call::EndLeg& command, base::TimePoint now) {
  if (Leg* leg = find(command.leg)) end(*leg, command.termination, now);
}

void SipLegs::execute(const call::SendLegDtmf& command, base::TimePoint now) {
  Leg* leg = find(command.leg);
  if (!leg) return;
  if (leg->dtmf == directory::Dtmf::inband) return leg->media->send_tones(command.digits);
  if (leg->dtmf == directory::Dtmf::rfc4733 && leg->media->can_send_events())
    return leg->media->send_events(command.digits);
  for (char digit : command.digits)
    (void)agent_.sessions().send_dtmf(leg->session, digit, std::chrono::milliseconds(160), now);
}

}  // namespace viaduct::legs
