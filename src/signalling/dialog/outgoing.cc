// Calls of ours: the UAC side of an INVITE (RFC 3261 §13.2) with its forks, and digest on request.

#include <algorithm>
#include <utility>

#include "signalling/dialog/invite_sessions.h"
#include "signalling/sip/identifiers.h"
#include "signalling/sip/status.h"

namespace viaduct::dialog {

using sip::HeaderName;
using sip::Message;
using sip::Method;
using State = InviteSession::State;
using Kind = SessionTimer::Kind;

namespace {

// A 401 with stale=true may follow the first; more than that is a far end that does not mean it.
constexpr unsigned kMaxAttempts = 3;

base::Result<sip::NameAddr> name_addr(const Party& party) {
  auto uri = sip::Uri::parse(party.uri);
  if (!uri) return uri.error();
  return sip::NameAddr{party.display_name, std::move(*uri), {}};
}

bool is_printable_field(const HeaderField& field) {
  const auto clean = [](std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
  };
  return !field.name.empty() && clean(field.name) && clean(field.value);
}

}  // namespace

base::Result<SessionId> InviteSessions::invite(Invite call, base::TimePoint now) {
  if (sessions_.size() >= context_.options.max_sessions)
    return base::Error{base::Errc::exhausted, "too many sessions"};
  const auto target = sip::Uri::parse(call.target);
  auto from = name_addr(call.from);
  auto to =
      call.to.uri.empty() ? name_addr({call.to.display_name, call.target, {}}) : name_addr(call.to);
  if (!target || !from || !to ||
      !std::all_of(call.headers.begin(), call.headers.end(), is_printable_field))
    return base::Error{base::Errc::malformed, "no usable URI or header for an INVITE"};
  std::vector<sip::NameAddr> routes;
  for (const std::string& text : call.route) {
    auto uri = sip::Uri::parse(text);
    if (!uri) return base::Error{base::Errc::malformed, "no usable route"};
    routes.push_back({{}, std::move(*uri), {}});
  }
  from->set_tag(sip::new_tag(context_.rng));
  Message base = Message::request(Method::invite, *target);
  base.add(HeaderName::from, from->str());
  base.add(HeaderName::to, to->str());
  base.add(HeaderName::call_id, sip::new_call_id(context_.rng));
  base.add(HeaderName::cseq, sip::CSeq::of(0, Method::invite).str());

  InviteSession session;
  session.outgoing = true;
  session.state = State::calling;
  session.dialog = Dialog::from_our_invite(base, std::move(routes), call.flow);
  session.contact = contact(from->uri.user(), call.flow);
  session.credentials = std::move(call.credentials);
  session.offered = call.sdp.has_value();
  Message request = session.dialog.make_request(Method::invite);
  add_capabilities(request, session);
  request.add(HeaderName::user_agent, context_.options.product);
  for (const HeaderField& field : call.headers) request.add(field.name, field.value);
  if (call.sdp) request.set_body(kSdpType, *call.sdp);

  const SessionId id = keep(std::move(session));
  const auto transaction =
      start_client(id, {id, Purpose::invite, std::move(request)}, call.flow, now);
  if (!transaction) {
    sessions_.at(id).over = true;
    erase_if_done(id);
    return transaction.error();
  }
  sessions_.at(id).invite = *transaction;
  set_timer(id, Kind::ring, now + context_.options.ring_timeout);
  return id;
}

void InviteSessions::receive_ringing(SessionId id, const Message& response) {
  InviteSession* session = live(id);
  const auto to = response.to();
  if (!session || session->state != State::calling || !to) return;
  const std::string tag(to->tag());
  if (!tag.empty()) {
    const auto known = std::find_if(session->forks.begin(), session->forks.end(),
                                    [&](const Dialog& fork) { return fork.remote_tag() == tag; });
    if (known != session->forks.end()) known->refresh_target(response);
    else if (session->forks.size() < context_.options.max_forks)
      session->forks.push_back(session->dialog.forked(response));
    else return;
  }
  context_.outputs.push_back(Ringing{id, response.status(), tag, sdp_of(response)});
}

void InviteSessions::receive_invite_response(SessionId id, const Message& response,
                                             base::TimePoint now) {
  if (sip::is_success(response.status())) return receive_success(id, response, now);
  InviteSession& session = sessions_.at(id);
  session.state = State::closed;
  Ended ended{id,
              EndedBy::refused,
              response.status(),
              std::string(response.reason_phrase()),
              reason_of(response),
              {}};
  if (const auto contacts = response.contacts(); contacts && sip::is_redirect(response.status()))
    for (const sip::NameAddr& contact : contacts->list) ended.contacts.push_back(contact.uri.str());
  finish(id, std::move(ended), now);
}

void InviteSessions::receive_success(SessionId id, const Message& response, base::TimePoint now) {
  InviteSession& session = sessions_.at(id);
  const auto to = response.to();
  const auto cseq = response.cseq();
  if (!to || !cseq || repeat_ack(session, to->tag(), cseq->number)) return;
  if (session.state != State::calling || session.over) {
    // The same dialog: the owner owes the ACK, or it is too late for one.
    if (session.state != State::calling && to->tag() == session.dialog.remote_tag()) return;
    return end_other_fork(id, response, now);
  }
  session.dialog = session.dialog.forked(response);
  session.forks.clear();
  session.state = State::confirmed;
  timers_.cancel({id, Kind::ring});
  auto sdp = sdp_of(response);
  const bool needs_answer = !session.offered && sdp.has_value();
  if (needs_answer) session.owed_ack = cseq->number;
  else send_ack(session, session.dialog, cseq->number, {});
  context_.outputs.push_back(Answered{id, std::string(to->tag()), std::move(sdp), needs_answer});
}

// Another device answered as well, or our CANCEL came too late: the dialog exists, so it is
// acknowledged and ended (§13.2.2.4, §9.1).
void InviteSessions::end_other_fork(SessionId id, const Message& response, base::TimePoint now) {
  InviteSession& session = sessions_.at(id);
  if (session.acks.size() >= context_.options.max_forks) return;
  Dialog fork = session.dialog.forked(response);
  const auto cseq = response.cseq();
  send_ack(session, fork, cseq ? cseq->number : 0, {});
  send_bye(id, fork, std::nullopt, now);
}

void InviteSessions::send_ack(InviteSession& session, const Dialog& dialog, uint32_t cseq,
                              std::string_view sdp) {
  Message ack = dialog.make_ack(cseq);
  if (session.authorization) ack.add(HeaderName::authorization, *session.authorization);
  if (session.proxy_authorization)
    ack.add(HeaderName::proxy_authorization, *session.proxy_authorization);
  if (!sdp.empty()) ack.set_body(kSdpType, sdp);
  const sip::Flow flow = dialog.next_hop();
  std::string bytes = context_.transactions.send_stateless(std::move(ack), flow);
  session.acks.push_back({std::string(dialog.remote_tag()), cseq, std::move(bytes), flow});
}

bool InviteSessions::repeat_ack(InviteSession& session, std::string_view tag, uint32_t cseq) {
  for (const SentAck& ack : session.acks) {
    if (ack.tag != tag || ack.cseq != cseq) continue;
    context_.transactions.send_again(ack.bytes, ack.flow);
    return true;
  }
  return false;
}

base::Result<void> InviteSessions::acknowledge(SessionId id, std::string_view sdp) {
  InviteSession* session = live(id);
  if (!session) return base::Error{base::Errc::not_found, "no such session"};
  if (!session->owed_ack) return base::Error{base::Errc::conflict, "no ACK is owed"};
  const uint32_t cseq = *std::exchange(session->owed_ack, std::nullopt);
  send_ack(*session, session->dialog, cseq, sdp);
  return {};
}

// Sends the request again with credentials (§22.2). Not for an INVITE that nobody waits for any
// more.
bool InviteSessions::try_credentials(ClientUse& use, const Message& response, base::TimePoint now) {
  const SessionId id = use.session;
  InviteSession& session = sessions_.at(id);
  if (!session.credentials || use.attempts >= kMaxAttempts) return false;
  if (session.over && use.purpose != Purpose::bye) return false;
  if (!session.credentials->take_challenge(response, use.authorised)) return false;
  use.request.remove(HeaderName::authorization);
  use.request.remove(HeaderName::proxy_authorization);
  if (!session.credentials->authorize(use.request, context_.rng)) return false;
  use.request.set(HeaderName::cseq,
                  sip::CSeq::of(session.dialog.next_cseq(), use.request.method()).str());
  use.authorised = true;
  ++use.attempts;
  const Purpose purpose = use.purpose;
  if (use.request.is(Method::invite)) {
    const auto text = [&](HeaderName name) {
      const auto value = use.request.value(name);
      return value ? std::optional(std::string(*value)) : std::nullopt;
    };
    session.authorization = text(HeaderName::authorization);
    session.proxy_authorization = text(HeaderName::proxy_authorization);
  }
  session.forks.clear();
  const auto transaction = start_client(id, std::move(use), session.dialog.next_hop(), now);
  if (transaction && purpose == Purpose::invite) sessions_.at(id).invite = *transaction;
  if (transaction && purpose == Purpose::reinvite) sessions_.at(id).reinvite = *transaction;
  return transaction.has_value();
}

}  // namespace viaduct::dialog
