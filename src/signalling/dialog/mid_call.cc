// Requests of ours inside a session: re-INVITE (RFC 3261 §14.1) and INFO.

#include <utility>

#include "signalling/dialog/info.h"
#include "signalling/dialog/invite_sessions.h"
#include "signalling/sip/status.h"

namespace viaduct::dialog {

using sip::HeaderName;
using sip::Message;
using sip::Method;
using State = InviteSession::State;
using Kind = SessionTimer::Kind;

namespace {

// Two sides that collide this often do so by design of one of them.
constexpr unsigned kMaxGlares = 5;
constexpr base::Duration kGlareStep = std::chrono::milliseconds(10);

}  // namespace

base::Result<void> InviteSessions::reinvite(SessionId id, std::optional<std::string> sdp,
                                            base::TimePoint now) {
  InviteSession* session = live(id);
  if (!session) return base::Error{base::Errc::not_found, "no such session"};
  if (session->state != State::confirmed || session->reinviting || session->pending ||
      session->unacked || session->owed_ack)
    return base::Error{base::Errc::conflict, "an offer is under way"};
  session->reinvite_sdp = std::move(sdp);
  session->glares = 0;
  return send_reinvite(id, now);
}

base::Result<void> InviteSessions::send_reinvite(SessionId id, base::TimePoint now) {
  InviteSession& session = sessions_.at(id);
  Message request = session.dialog.make_request(Method::invite);
  add_capabilities(request, session);
  request.add(HeaderName::user_agent, context_.options.product);
  if (session.reinvite_sdp) request.set_body(kSdpType, *session.reinvite_sdp);
  const auto transaction =
      start_client(id, {id, Purpose::reinvite, std::move(request)}, session.dialog.next_hop(), now);
  session.reinviting = transaction.has_value();
  if (!transaction) return transaction.error();
  session.reinvite = *transaction;
  set_timer(id, Kind::ring, now + context_.options.ring_timeout);
  return {};
}

void InviteSessions::receive_reinvite_response(SessionId id, const Message& response,
                                               base::TimePoint now) {
  InviteSession& session = sessions_.at(id);
  const uint16_t status = response.status();
  timers_.cancel({id, Kind::ring});
  if (sip::is_success(status)) {
    const auto cseq = response.cseq();
    if (!cseq || repeat_ack(session, session.dialog.remote_tag(), cseq->number)) return;
    if (session.owed_ack == cseq->number) return;
    session.dialog.refresh_target(response);
    auto sdp = sdp_of(response);
    const bool needs_answer = !session.over && !session.reinvite_sdp && sdp;
    if (needs_answer) session.owed_ack = cseq->number;
    else send_ack(session, session.dialog, cseq->number, {});
    if (!session.over)
      context_.outputs.push_back(ReinviteDone{id, status, std::move(sdp), needs_answer});
    session.reinviting = false;
    return;
  }
  if (session.over) return;
  if (status == 491 && ++session.glares <= kMaxGlares) {
    // 2.1-4 s for the owner of the Call-ID, 0-2 s for the other, in steps of 10 ms.
    const uint32_t steps =
        session.dialog.owns_call_id() ? 210 + context_.rng.below(191) : context_.rng.below(201);
    return set_timer(id, Kind::glare, now + steps * kGlareStep);
  }
  report_reinvite(id, status);
  receive_request_failure(id, status, now);
}

void InviteSessions::retry_after_glare(SessionId id, base::TimePoint now) {
  InviteSession* session = live(id);
  if (!session || !session->reinviting) return;
  if (session->pending || session->unacked) {
    // The far side's turn is not over yet.
    return set_timer(id, Kind::glare, now + 10 * kGlareStep);
  }
  if (!send_reinvite(id, now)) report_reinvite(id, 503);
}

void InviteSessions::report_reinvite(SessionId id, uint16_t status) {
  InviteSession* session = live(id);
  if (!session || !session->reinviting) return;
  session->reinviting = false;
  timers_.cancel({id, Kind::glare});
  timers_.cancel({id, Kind::ring});
  context_.outputs.push_back(ReinviteDone{id, status, std::nullopt, false});
}

base::Result<void> InviteSessions::send_dtmf(SessionId id, char digit,
                                             std::chrono::milliseconds duration,
                                             base::TimePoint now) {
  const auto known = dtmf_digit(digit);
  if (!known) return base::Error{base::Errc::malformed, "no DTMF digit"};
  return send_info(id, "application/dtmf-relay", print_dtmf_relay({*known, duration}), now);
}

base::Result<void> InviteSessions::send_info(SessionId id, std::string_view content_type,
                                             std::string_view body, base::TimePoint now) {
  InviteSession* session = live(id);
  if (!session) return base::Error{base::Errc::not_found, "no such session"};
  if (session->state != State::confirmed && session->state != State::answered)
    return base::Error{base::Errc::conflict, "not answered"};
  Message request = session->dialog.make_request(Method::info);
  request.add(HeaderName::user_agent, context_.options.product);
  if (!body.empty()) request.set_body(content_type, body);
  const auto transaction =
      start_client(id, {id, Purpose::info, std::move(request)}, session->dialog.next_hop(), now);
  if (!transaction) return transaction.error();
  return {};
}

}  // namespace viaduct::dialog
