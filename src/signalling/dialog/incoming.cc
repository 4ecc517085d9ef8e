// Calls to us: the UAS side of an INVITE (RFC 3261 §13.3), CANCEL (§9.2) and ACK.

#include <algorithm>
#include <utility>

#include "signalling/dialog/invite_sessions.h"
#include "signalling/sip/identifiers.h"

namespace viaduct::dialog {

using sip::HeaderName;
using sip::Message;
using State = InviteSession::State;
using Kind = SessionTimer::Kind;

void InviteSessions::receive_invite(sip::RequestReceived received, std::string user,
                                    base::TimePoint now) {
  const Message& request = received.request;
  const std::string tag = sip::new_tag(context_.rng);
  if (!request.body().empty() && !sdp_of(request)) {
    Message response = sip::make_response(request, 415, tag);
    response.add(HeaderName::accept, kSdpType);
    return respond(received.transaction, std::move(response), now);
  }
  auto dialog = Dialog::from_invite(request, received.flow, tag);
  const auto target = request.request_uri();
  if (!dialog || !target) return refuse(received, 400, now);
  if (sessions_.size() >= context_.options.max_sessions) {
    Message response = sip::make_response(request, 503, tag);
    response.add(HeaderName::retry_after, "10");
    return respond(received.transaction, std::move(response), now);
  }
  InviteSession session;
  session.dialog = std::move(*dialog);
  session.contact = contact(target->user(), received.flow);
  session.pending = PendingInvite{received.transaction, request};
  const SessionId id = keep(std::move(session));
  by_invite_.emplace(received.transaction, id);
  set_timer(id, Kind::ring, now + context_.options.answer_timeout);

  IncomingCall call{id, received.flow,  std::move(user), {}, {},
                    {}, target->user(), sdp_of(request)};
  if (const auto from = request.from()) call.from = party_of(*from);
  if (const auto to = request.to()) call.to = party_of(*to);
  call.request = std::move(received.request);
  context_.outputs.push_back(std::move(call));
}

base::Result<void> InviteSessions::progress(SessionId id, uint16_t status,
                                            std::optional<std::string> sdp, base::TimePoint now) {
  InviteSession* session = live(id);
  if (!session) return base::Error{base::Errc::not_found, "no such session"};
  if (session->state != State::incoming || status <= 100 || status >= 200)
    return base::Error{base::Errc::conflict, "no place for a provisional response"};
  Message response =
      sip::make_response(session->pending->request, status, session->dialog.local_tag());
  add_capabilities(response, *session);
  response.add(HeaderName::server, context_.options.product);
  if (sdp) response.set_body(kSdpType, *sdp);
  context_.transactions.respond(session->pending->transaction, response, now);
  session->provisional = std::move(response);
  set_timer(id, Kind::keep_ringing, now + std::chrono::minutes(1));
  return {};
}

base::Result<void> InviteSessions::answer(SessionId id, std::string_view sdp, base::TimePoint now) {
  InviteSession* session = live(id);
  if (!session) return base::Error{base::Errc::not_found, "no such session"};
  if (session->state != State::incoming)
    return base::Error{base::Errc::conflict, "not an unanswered call"};
  session->state = State::answered;
  send_answer(id, sdp, now);
  return {};
}

// The 200 to the pending INVITE or re-INVITE, repeated until its ACK.
void InviteSessions::send_answer(SessionId id, std::string_view sdp, base::TimePoint now) {
  InviteSession& session = sessions_.at(id);
  const PendingInvite pending = std::move(*session.pending);
  session.pending.reset();
  by_invite_.erase(pending.transaction);
  for (const Kind kind : {Kind::ring, Kind::keep_ringing, Kind::reinvite})
    timers_.cancel({id, kind});

  UnackedAnswer answer;
  answer.transaction = pending.transaction;
  answer.response = sip::make_response(pending.request, 200, session.dialog.local_tag());
  add_capabilities(answer.response, session);
  answer.response.add(HeaderName::server, context_.options.product);
  if (!sdp.empty()) answer.response.set_body(kSdpType, sdp);
  if (const auto cseq = pending.request.cseq()) answer.cseq = cseq->number;
  answer.interval = context_.options.transactions.t1;
  answer.give_up = now + context_.options.transactions.timer_b();
  answer.reinvite = session.state != State::answered;
  answer.carries_offer = !sdp_of(pending.request);
  context_.transactions.respond(answer.transaction, answer.response, now);
  set_timer(id, Kind::repeat_answer, now + answer.interval);
  session.unacked = std::move(answer);
}

void InviteSessions::repeat_answer(SessionId id, base::TimePoint now) {
  InviteSession& session = sessions_.at(id);
  if (!session.unacked) return;
  UnackedAnswer& answer = *session.unacked;
  if (now >= answer.give_up) return give_up_answer(id, now);
  context_.transactions.respond(answer.transaction, answer.response, now);
  answer.interval = std::min(answer.interval * 2, context_.options.transactions.t2);
  set_timer(id, Kind::repeat_answer, std::min(now + answer.interval, answer.give_up));
}

// Nobody acknowledged: the dialog is up all the same and is ended by BYE (§13.3.1.4).
void InviteSessions::give_up_answer(SessionId id, base::TimePoint now) {
  InviteSession& session = sessions_.at(id);
  session.unacked.reset();
  if (session.state != State::closed) send_bye(id, session.dialog, session.bye_reason, now);
  session.state = State::closed;
  finish(id, {id, EndedBy::lost, 408, {}, {}, {}}, now);
}

void InviteSessions::receive_ack(const sip::AckReceived& received, base::TimePoint now) {
  const auto to = received.ack.to();
  const auto from = received.ack.from();
  const auto cseq = received.ack.cseq();
  const SessionId* found =
      to && from && cseq ? find_dialog(received.ack.call_id(), to->tag()) : nullptr;
  if (!found) return;
  const SessionId id = *found;
  InviteSession& session = sessions_.at(id);
  if (!session.unacked || session.unacked->cseq != cseq->number ||
      from->tag() != session.dialog.remote_tag())
    return;
  const bool reinvite = session.unacked->reinvite;
  const bool offered = session.unacked->carries_offer;
  session.unacked.reset();
  timers_.cancel({id, Kind::repeat_answer});
  session.dialog.seen_on(received.flow);
  if (session.state == State::answered) session.state = State::confirmed;
  if (session.over) {
    // hang_up() came before the ACK.
    if (session.state == State::confirmed) send_bye(id, session.dialog, session.bye_reason, now);
    session.state = State::closed;
    return erase_if_done(id);
  }
  auto sdp = offered ? sdp_of(received.ack) : std::nullopt;
  if (!reinvite) context_.outputs.push_back(Confirmed{id, std::move(sdp)});
  else if (offered) context_.outputs.push_back(ReinviteConfirmed{id, std::move(sdp)});
}

base::Result<void> InviteSessions::reject(SessionId id, const Rejection& rejection,
                                          base::TimePoint now) {
  InviteSession* session = live(id);
  if (!session) return base::Error{base::Errc::not_found, "no such session"};
  if (session->state != State::incoming || rejection.status < 300 || rejection.status > 699)
    return base::Error{base::Errc::conflict, "nothing to reject"};
  const PendingInvite pending = std::move(*session->pending);
  session->pending.reset();
  by_invite_.erase(pending.transaction);
  Message response = sip::make_response(pending.request, rejection.status,
                                        session->dialog.local_tag(), rejection.phrase);
  if (rejection.reason) response.add(HeaderName::reason, rejection.reason->str());
  for (const HeaderField& field : rejection.headers) response.add(field.name, field.value);
  respond(pending.transaction, std::move(response), now);
  session->state = State::closed;
  finish(id, {id, EndedBy::us, rejection.status, rejection.phrase, {}, {}}, now);
  return {};
}

// The CANCEL is answered for itself; the INVITE it means gets its 487 unless it has been answered
// already, in which case nothing happens (§9.2).
void InviteSessions::receive_cancel(const sip::RequestReceived& received, base::TimePoint now) {
  const auto it = received.cancels ? by_invite_.find(*received.cancels) : by_invite_.end();
  if (it == by_invite_.end()) {
    return refuse(received, received.cancels ? 200 : 481, now);
  }
  const SessionId id = it->second;
  InviteSession& session = sessions_.at(id);
  respond(received.transaction,
          sip::make_response(received.request, 200, session.dialog.local_tag()), now);
  if (session.state != State::incoming) {  // a re-INVITE: the session goes on
    timers_.cancel({id, Kind::reinvite});
    return refuse_pending(session, 487, now);
  }
  session.state = State::closed;
  finish(id, {id, EndedBy::cancel, 487, {}, reason_of(received.request), {}}, now);
}

}  // namespace viaduct::dialog
