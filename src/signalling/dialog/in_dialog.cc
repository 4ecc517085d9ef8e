// Requests of the far side inside a session (RFC 3261 §12.2.2): BYE, re-INVITE, INFO, OPTIONS.

#include <algorithm>
#include <utility>

#include "signalling/dialog/info.h"
#include "signalling/dialog/invite_sessions.h"
#include "signalling/sip/screening.h"
#include "signalling/sip/status.h"

namespace viaduct::dialog {

using sip::HeaderName;
using sip::Message;
using sip::Method;
using State = InviteSession::State;
using Kind = SessionTimer::Kind;

namespace {

const sip::ScreeningOptions& screening() {
  static const sip::ScreeningOptions options{
      {Method::invite, Method::ack, Method::cancel, Method::bye, Method::options, Method::info},
      {},
      {}};
  return options;
}

// The dialog of the session whose remote side has this tag; an early one while we are calling.
Dialog* dialog_of(InviteSession& session, std::string_view remote_tag) {
  if (session.state != State::calling)
    return session.dialog.remote_tag() == remote_tag ? &session.dialog : nullptr;
  const auto it = std::find_if(session.forks.begin(), session.forks.end(),
                               [&](const Dialog& fork) { return fork.remote_tag() == remote_tag; });
  return it == session.forks.end() ? nullptr : &*it;
}

}  // namespace

void InviteSessions::receive_in_dialog(sip::RequestReceived received, base::TimePoint now) {
  const Message& request = received.request;
  const auto to = request.to();
  const auto from = request.from();
  const auto cseq = request.cseq();
  const SessionId* found = to && from && cseq ? find_dialog(request.call_id(), to->tag()) : nullptr;
  if (!found) return refuse(received, 481, now);
  const SessionId id = *found;
  InviteSession& session = sessions_.at(id);
  Dialog* dialog = dialog_of(session, from->tag());
  const bool bye = request.is(Method::bye);
  // Two BYEs that cross are both right.
  if (!dialog || (session.over && !bye)) return refuse(received, 481, now);
  if (!dialog->take_remote_cseq(cseq->number)) return refuse(received, 500, now);
  if (auto refusal = sip::screen_request(request, screening(), to->tag()))
    return respond(received.transaction, std::move(*refusal), now);
  dialog->seen_on(received.flow);
  switch (request.method()) {
    case Method::bye: return receive_bye(id, received, now);
    case Method::invite: return receive_reinvite(id, std::move(received), now);
    case Method::info: return receive_info(id, received, now);
    default: {
      Message response = sip::make_response(request, 200);
      response.add(HeaderName::allow, kAllow);
      response.add(HeaderName::accept, kSdpType);
      return respond(received.transaction, std::move(response), now);
    }
  }
}

void InviteSessions::receive_bye(SessionId id, const sip::RequestReceived& received,
                                 base::TimePoint now) {
  InviteSession& session = sessions_.at(id);
  // A callee cannot end an early dialog so; it refuses the INVITE (§15).
  if (session.state == State::calling) return refuse(received, 481, now);
  respond(received.transaction, sip::make_response(received.request, 200), now);
  session.unacked.reset();
  timers_.cancel({id, Kind::repeat_answer});
  session.state = State::closed;
  finish(id, {id, EndedBy::bye, 200, {}, reason_of(received.request), {}}, now);
}

void InviteSessions::receive_reinvite(SessionId id, sip::RequestReceived received,
                                      base::TimePoint now) {
  InviteSession& session = sessions_.at(id);
  const bool waits_after_glare = timers_.is_set({id, Kind::glare});
  // Ours is under way (§14.2).
  if (session.state == State::calling || session.owed_ack ||
      (session.reinviting && !waits_after_glare))
    return refuse(received, 491, now);
  if (session.pending || session.unacked) {
    Message response = sip::make_response(received.request, 500);
    response.add(HeaderName::retry_after, std::to_string(context_.rng.below(11)));
    return respond(received.transaction, std::move(response), now);
  }
  if (!received.request.body().empty() && !sdp_of(received.request)) {
    Message response = sip::make_response(received.request, 415);
    response.add(HeaderName::accept, kSdpType);
    return respond(received.transaction, std::move(response), now);
  }
  // The offer that waits was made for a state that is about to change: the owner makes a new one.
  if (waits_after_glare) report_reinvite(id, 491);
  by_invite_.emplace(received.transaction, id);
  context_.outputs.push_back(Reinvited{id, sdp_of(received.request)});
  session.pending = PendingInvite{received.transaction, std::move(received.request)};
  set_timer(id, Kind::reinvite, now + context_.options.reinvite_timeout);
}

base::Result<void> InviteSessions::answer_reinvite(SessionId id, std::string_view sdp,
                                                   base::TimePoint now) {
  InviteSession* session = live(id);
  if (!session) return base::Error{base::Errc::not_found, "no such session"};
  if (session->state != State::confirmed || !session->pending)
    return base::Error{base::Errc::conflict, "no re-INVITE to answer"};
  session->dialog.refresh_target(session->pending->request);
  send_answer(id, sdp, now);
  return {};
}

base::Result<void> InviteSessions::reject_reinvite(SessionId id, uint16_t status,
                                                   base::TimePoint now) {
  InviteSession* session = live(id);
  if (!session) return base::Error{base::Errc::not_found, "no such session"};
  if (session->state != State::confirmed || !session->pending || status < 300 || status > 699)
    return base::Error{base::Errc::conflict, "no re-INVITE to reject"};
  timers_.cancel({id, Kind::reinvite});
  refuse_pending(*session, status, now);
  return {};
}

void InviteSessions::receive_info(SessionId id, const sip::RequestReceived& received,
                                  base::TimePoint now) {
  const Message& request = received.request;
  const auto type = request.content_type();
  const bool dtmf = type && (type->is("application", kDtmfRelay) || type->is("application", kDtmf));
  if (!request.body().empty() && !dtmf) {
    Message response = sip::make_response(request, 415);
    response.add(HeaderName::accept, "application/dtmf-relay, application/dtmf");
    return respond(received.transaction, std::move(response), now);
  }
  respond(received.transaction, sip::make_response(request, 200), now);
  if (!dtmf) return;
  if (const auto digit = parse_info_digit(request.body()))
    context_.outputs.push_back(DtmfReceived{id, digit->digit, digit->duration});
}

}  // namespace viaduct::dialog
