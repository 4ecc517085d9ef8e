#include "signalling/dialog/invite_sessions.h"

#include <utility>

#include "base/ascii.h"
#include "signalling/sip/identifiers.h"
#include "signalling/sip/status.h"

namespace viaduct::dialog {

using sip::HeaderName;
using sip::Message;
using State = InviteSession::State;
using Kind = SessionTimer::Kind;

namespace {

std::string dialog_key(std::string_view call_id, std::string_view local_tag) {
  std::string key(call_id);
  key += '\n';
  key += local_tag;
  return key;
}

std::string_view state_name(State state) {
  switch (state) {
    case State::incoming: return "incoming";
    case State::answered: return "answered";
    case State::calling: return "calling";
    case State::confirmed: return "confirmed";
    case State::closed: return "closed";
  }
  return "";
}

}  // namespace

Party party_of(const sip::NameAddr& address) {
  return {address.display_name, address.uri.str(), address.uri.user()};
}

std::optional<std::string> sdp_of(const Message& message) {
  const auto type = message.content_type();
  if (message.body().empty() || !type || !type->is("application", "sdp")) return std::nullopt;
  return std::string(message.body());
}

std::optional<sip::Reason> reason_of(const Message& message) {
  auto reason = message.reason();
  return reason ? std::optional(std::move(*reason)) : std::nullopt;
}

InviteSession* InviteSessions::live(SessionId id) {
  InviteSession* session = sessions_.find(id);
  return session && !session->over ? session : nullptr;
}

SessionId* InviteSessions::find_dialog(std::string_view call_id, std::string_view local_tag) {
  const auto it = by_dialog_.find(dialog_key(call_id, local_tag));
  return it == by_dialog_.end() ? nullptr : &it->second;
}

SessionId InviteSessions::keep(InviteSession session) {
  std::string key = dialog_key(session.dialog.call_id(), session.dialog.local_tag());
  const SessionId id = sessions_.emplace(std::move(session));
  by_dialog_.emplace(std::move(key), id);
  return id;
}

// Reports the end once and stops what served the owner. What the wire still needs goes on until
// erase_if_done() finds nothing left.
void InviteSessions::finish(SessionId id, Ended ended, base::TimePoint now) {
  InviteSession* session = sessions_.find(id);
  if (!session) return;
  refuse_pending(*session, 487, now);
  // A re-INVITE of ours that only got a 100 would wait for ever.
  context_.transactions.cancel(session->reinvite, {}, now);
  for (const Kind kind : kSessionTimers)
    if (kind != Kind::repeat_answer) timers_.cancel({id, kind});
  if (!session->over) {
    session->over = true;
    session->reinviting = false;
    ended.session = id;
    context_.outputs.push_back(std::move(ended));
  }
  erase_if_done(id);
}

void InviteSessions::erase_if_done(SessionId id) {
  const InviteSession* session = sessions_.find(id);
  if (!session || !session->over || session->clients > 0 || session->unacked) return;
  for (const Kind kind : kSessionTimers) timers_.cancel({id, kind});
  by_dialog_.erase(dialog_key(session->dialog.call_id(), session->dialog.local_tag()));
  sessions_.erase(id);
}

void InviteSessions::refuse_pending(InviteSession& session, uint16_t status, base::TimePoint now) {
  if (!session.pending) return;
  const PendingInvite pending = std::move(*session.pending);
  session.pending.reset();
  by_invite_.erase(pending.transaction);
  respond(pending.transaction,
          sip::make_response(pending.request, status, session.dialog.local_tag()), now);
}

base::Result<void> InviteSessions::hang_up(SessionId id, std::optional<sip::Reason> reason,
                                           base::TimePoint now) {
  InviteSession* session = live(id);
  if (!session) return base::Error{base::Errc::not_found, "no such session"};
  const Ended ended{id, EndedBy::us, 0, {}, {}, {}};
  switch (session->state) {
    case State::incoming: return reject(id, {480, {}, std::move(reason), {}}, now);
    case State::calling:
      context_.transactions.cancel(session->invite, reason ? reason->str() : std::string(), now);
      break;
    case State::answered:
      session->bye_reason = std::move(reason);  // not before the ACK (§15)
      break;
    case State::confirmed:
      if (session->owed_ack) {
        const uint32_t cseq = *std::exchange(session->owed_ack, std::nullopt);
        send_ack(*session, session->dialog, cseq, {});
      }
      send_bye(id, session->dialog, reason, now);
      session->state = State::closed;
      break;
    case State::closed: break;
  }
  finish(id, ended, now);
  return {};
}

void InviteSessions::send_bye(SessionId id, Dialog& dialog,
                              const std::optional<sip::Reason>& reason, base::TimePoint now) {
  Message bye = dialog.make_request(sip::Method::bye);
  if (reason) bye.add(HeaderName::reason, reason->str());
  bye.add(HeaderName::user_agent, context_.options.product);
  // Without room for one more transaction the far side finds out by its own means.
  (void)start_client(id, {id, Purpose::bye, std::move(bye)}, dialog.next_hop(), now);
}

base::Result<sip::ClientTransactionId> InviteSessions::start_client(SessionId id, ClientUse use,
                                                                    const sip::Flow& flow,
                                                                    base::TimePoint now) {
  const auto transaction = context_.transactions.send_request(use.request, flow, now);
  if (!transaction) return transaction;
  clients_.emplace(*transaction, std::move(use));
  ++sessions_.at(id).clients;
  return transaction;
}

void InviteSessions::respond(sip::ServerTransactionId transaction, Message response,
                             base::TimePoint now) {
  response.add(HeaderName::server, context_.options.product);
  context_.transactions.respond(transaction, response, now);
}

void InviteSessions::refuse(const sip::RequestReceived& received, uint16_t status,
                            base::TimePoint now) {
  const std::string tag = sip::new_tag(context_.rng);
  respond(received.transaction, sip::make_response(received.request, status, tag), now);
}

std::string InviteSessions::contact(const std::string& user, const sip::Flow& flow) const {
  const sip::Listener* listener = context_.transactions.listener(flow.listener);
  if (!listener) return {};
  sip::Uri uri = sip::Uri::sip(user, listener->host, listener->port);
  if (listener->transport != sip::Transport::udp)
    uri.params().set("transport", listener->transport == sip::Transport::wss
                                      ? "ws"
                                      : base::lower(sip::transport_name(listener->transport)));
  return "<" + uri.str() + ">";
}

void InviteSessions::add_capabilities(Message& message, const InviteSession& session) const {
  message.add(HeaderName::contact, session.contact);
  message.add(HeaderName::allow, kAllow);
}

// --- the ends of our transactions ---

void InviteSessions::receive_response(sip::ResponseReceived received, base::TimePoint now) {
  const auto it = clients_.find(received.transaction);
  if (it == clients_.end()) return;
  const SessionId id = it->second.session;
  const Purpose purpose = it->second.purpose;
  const uint16_t status = received.response.status();
  const bool invite = purpose == Purpose::invite || purpose == Purpose::reinvite;
  if (sip::is_provisional(status)) {
    if (purpose == Purpose::invite && status > 100) receive_ringing(id, received.response);
    return;
  }
  // A 2xx to an INVITE may come again; its transaction ends with invite_ended().
  const bool ends = !invite || !sip::is_success(status);
  if (ends) {
    ClientUse use = std::move(it->second);
    clients_.erase(it);
    --sessions_.at(id).clients;
    if ((status == 401 || status == 407) && try_credentials(use, received.response, now)) return;
  }
  switch (purpose) {
    case Purpose::invite: receive_invite_response(id, received.response, now); break;
    case Purpose::reinvite: receive_reinvite_response(id, received.response, now); break;
    case Purpose::info: receive_request_failure(id, status, now); break;
    case Purpose::bye: break;
  }
  erase_if_done(id);
}

void InviteSessions::invite_ended(sip::ClientTransactionId transaction) {
  const auto it = clients_.find(transaction);
  if (it == clients_.end()) return;
  const SessionId id = it->second.session;
  InviteSession& session = sessions_.at(id);
  if (const auto cseq = it->second.request.cseq())
    std::erase_if(session.acks, [&](const SentAck& ack) { return ack.cseq == cseq->number; });
  --session.clients;
  clients_.erase(it);
  erase_if_done(id);
}

void InviteSessions::client_failed(sip::ClientTransactionId transaction, bool transport_failed,
                                   base::TimePoint now) {
  const auto it = clients_.find(transaction);
  if (it == clients_.end()) return;
  const SessionId id = it->second.session;
  const Purpose purpose = it->second.purpose;
  clients_.erase(it);
  InviteSession& session = sessions_.at(id);
  --session.clients;
  if (purpose == Purpose::invite) {
    session.state = State::closed;
    if (transport_failed) finish(id, {id, EndedBy::transport, 503, {}, {}, {}}, now);
    else finish(id, {id, EndedBy::no_response, 408, {}, {}, {}}, now);
  } else if (purpose == Purpose::reinvite) {
    report_reinvite(id, transport_failed ? 503 : 408);
    receive_request_failure(id, 408, now);
  } else if (purpose == Purpose::info) {
    receive_request_failure(id, 408, now);
  }
  erase_if_done(id);
}

// 408 and 481 to a request inside the dialog: the far side is gone or knows nothing of it
// (§12.2.1.2).
void InviteSessions::receive_request_failure(SessionId id, uint16_t status, base::TimePoint now) {
  InviteSession* session = sessions_.find(id);
  if (!session || session->over || (status != 408 && status != 481)) return;
  send_bye(id, session->dialog, std::nullopt, now);
  session->state = State::closed;
  finish(id, {id, EndedBy::lost, status, {}, {}, {}}, now);
}

void InviteSessions::server_failed(sip::ServerTransactionId transaction, base::TimePoint now) {
  const auto it = by_invite_.find(transaction);
  if (it == by_invite_.end()) return;  // a refusal without an ACK: over already
  const SessionId id = it->second;
  by_invite_.erase(it);
  InviteSession& session = sessions_.at(id);
  session.pending.reset();
  timers_.cancel({id, Kind::reinvite});
  if (session.state != State::incoming) return;
  session.state = State::closed;
  finish(id, {id, EndedBy::transport, 503, {}, {}, {}}, now);
}

// --- timers ---

void InviteSessions::handle_timeout(base::TimePoint now) {
  while (const auto timer = timers_.pop_due(now)) on_timer(*timer, now);
}

void InviteSessions::on_timer(const SessionTimer& timer, base::TimePoint now) {
  const SessionId id = timer.session;
  InviteSession* session = sessions_.find(id);
  if (!session) return;
  switch (timer.kind) {
    case Kind::ring:
      if (session->state == State::incoming) {
        refuse_pending(*session, 480, now);
        session->state = State::closed;
        return finish(id, {id, EndedBy::not_answered, 480, {}, {}, {}}, now);
      }
      if (session->state == State::confirmed) {
        context_.transactions.cancel(session->reinvite, {}, now);  // its end is reported as usual
        return;
      }
      context_.transactions.cancel(session->invite, {}, now);
      return finish(id, {id, EndedBy::no_response, 408, {}, {}, {}}, now);
    case Kind::keep_ringing:
      if (!session->pending || !session->provisional) return;
      context_.transactions.respond(session->pending->transaction, *session->provisional, now);
      return set_timer(id, Kind::keep_ringing, now + std::chrono::minutes(1));
    case Kind::repeat_answer: return repeat_answer(id, now);
    case Kind::glare: return retry_after_glare(id, now);
    case Kind::reinvite: return refuse_pending(*session, 488, now);
  }
}

std::string InviteSessions::dump() {
  std::string out;
  sessions_.for_each([&](SessionId id, const InviteSession& session) {
    out += "session " + id.str() + (session.outgoing ? " outgoing " : " incoming ");
    out += state_name(session.state);
    if (session.over) out += ", over";
    if (session.pending) out += ", INVITE pending";
    if (session.unacked) out += ", ACK awaited";
    out += ", client transactions " + std::to_string(session.clients) + "\n";
  });
  return out;
}

}  // namespace viaduct::dialog
