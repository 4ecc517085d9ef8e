#include "signalling/sip/transaction_client.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "signalling/sip/status.h"

namespace viaduct::sip {
namespace {

// Client transactions are found by their own branch and the CSeq method (RFC 3261 §17.1.3).
// Branches are ours and unique, so the sent-by adds nothing.
std::string client_key(std::string_view branch, Method method) {
  std::string key(branch);
  key += '|';
  key += method_name(method);
  return key;
}

// CANCEL (§9.1) and the ACK to a 3xx-6xx (§17.1.1.3) repeat these parts of the INVITE.
Message same_hop_request(const Message& invite, Method method) {
  Message out = Message::request(method, invite.request_uri_text());
  const auto copy = [&](HeaderName name) {
    for (const std::string_view value : invite.values(name)) out.add(name, value);
  };
  copy(HeaderName::via);
  out.add(HeaderName::max_forwards, "70");
  copy(HeaderName::route);
  out.add(HeaderName::from, invite.value(HeaderName::from).value_or(""));
  out.add(HeaderName::to, invite.value(HeaderName::to).value_or(""));
  out.add(HeaderName::call_id, invite.call_id());
  const auto cseq = invite.cseq();
  out.add(HeaderName::cseq, CSeq::of(cseq ? cseq->number : 0, method).str());
  return out;
}

Message make_ack(const Message& invite, const Message& response) {
  Message ack = same_hop_request(invite, Method::ack);
  ack.set(HeaderName::to, response.value(HeaderName::to).value_or(""));
  return ack;
}

}  // namespace

base::Result<ClientTransactionId> ClientTransactions::start(Message request, const Flow& flow,
                                                            base::TimePoint now) {
  if (transactions_.size() >= context_.options.max_client_transactions)
    return base::Error{base::Errc::exhausted, "too many client transactions"};
  const auto via = request.via();
  const auto cseq = request.cseq();
  if (!via || !cseq) return base::Error{base::Errc::malformed, "request without Via or CSeq"};

  Transaction transaction;
  transaction.invite = request.is(Method::invite);
  transaction.flow = flow;
  transaction.key = client_key(via->branch(), request.method());
  transaction.bytes = request.str();
  transaction.interval = context_.options.t1;
  if (transaction.invite) transaction.request = same_hop_request(request, Method::invite);
  context_.send(flow, transaction.bytes);
  const ClientTransactionId id = transactions_.emplace(std::move(transaction));
  by_key_[transactions_.at(id).key] = id;
  set_end(id, now + context_.options.timer_b());
  if (!is_reliable(flow.transport)) context_.timers.set(timer(id, true), now + context_.options.t1);
  return id;
}

bool ClientTransactions::cancel(ClientTransactionId invite, std::string_view reason,
                                base::TimePoint now) {
  Transaction* t = transactions_.find(invite);
  if (!t || !t->invite || t->state > State::proceeding || t->cancelled) return false;
  t->cancel_wanted = true;
  t->cancel_reason = reason;
  if (t->state == State::proceeding) send_cancel(invite, now);
  return true;
}

void ClientTransactions::send_cancel(ClientTransactionId invite, base::TimePoint now) {
  Transaction& t = transactions_.at(invite);
  t.cancel_wanted = false;
  t.cancelled = true;
  Message cancel = same_hop_request(t.request, Method::cancel);
  if (!t.cancel_reason.empty()) cancel.add(HeaderName::reason, t.cancel_reason);
  // A far end that acknowledges the CANCEL but never ends the INVITE is given up (§9.1).
  set_end(invite, now + context_.options.timer_b());
  const Flow flow = t.flow;
  // Without room for one more the INVITE still ends by the timer just set.
  if (const auto id = start(std::move(cancel), flow, now)) transactions_.at(*id).reported = false;
}

void ClientTransactions::receive(Message response, const Flow& flow, base::TimePoint now) {
  const auto vias = response.vias();
  const auto cseq = response.cseq();
  // More than one Via: not for us (§8.1.3.3).
  if (!vias || vias->size() != 1 || !cseq) {
    ++context_.counts.malformed;
    return;
  }
  const auto it = by_key_.find(client_key(vias->front().branch(), cseq->method));
  if (it == by_key_.end()) {
    ++context_.counts.stray_responses;
    return;
  }
  const ClientTransactionId id = it->second;
  if (is_provisional(response.status())) receive_provisional(id, std::move(response), flow, now);
  else if (transactions_.at(id).invite) receive_final_to_invite(id, std::move(response), flow, now);
  else receive_final(id, std::move(response), flow, now);
}

void ClientTransactions::receive_provisional(ClientTransactionId id, Message response,
                                             const Flow& flow, base::TimePoint now) {
  Transaction& t = transactions_.at(id);
  if (t.state > State::proceeding) return;  // overtaken by the final response
  if (t.invite && t.state == State::calling) {
    stop_retransmitting(id);
    // The TU limits how long an INVITE may ring, not we.
    if (!t.cancelled) context_.timers.cancel(timer(id, false));
  }
  t.state = State::proceeding;
  const bool reported = t.reported;
  if (t.cancel_wanted) send_cancel(id, now);
  if (reported) context_.outputs.push_back(ResponseReceived{id, std::move(response), flow});
}

void ClientTransactions::receive_final_to_invite(ClientTransactionId id, Message response,
                                                 const Flow& flow, base::TimePoint now) {
  Transaction& t = transactions_.at(id);
  if (is_success(response.status())) {
    if (t.state == State::completed) return;  // another fork refused first: a proxy's fault
    if (t.state != State::accepted) {
      t.state = State::accepted;
      t.bytes.clear();
      stop_retransmitting(id);
      set_end(id, now + context_.options.timer_b());  // timer M
    }
    context_.outputs.push_back(ResponseReceived{id, std::move(response), flow});
    return;
  }
  if (t.state == State::accepted) return;
  if (t.state == State::completed) {
    ++context_.counts.retransmissions_absorbed;
    context_.send(t.flow, t.bytes);
    return;
  }
  t.state = State::completed;
  t.bytes = make_ack(t.request, response).str();
  stop_retransmitting(id);
  context_.send(t.flow, t.bytes);
  context_.outputs.push_back(ResponseReceived{id, std::move(response), flow});
  if (is_reliable(t.flow.transport)) erase(id);
  else set_end(id, now + context_.options.timer_d());
}

void ClientTransactions::receive_final(ClientTransactionId id, Message response, const Flow& flow,
                                       base::TimePoint now) {
  Transaction& t = transactions_.at(id);
  if (t.state == State::completed) {
    ++context_.counts.retransmissions_absorbed;
    return;
  }
  t.state = State::completed;
  t.bytes.clear();
  stop_retransmitting(id);
  if (t.reported) context_.outputs.push_back(ResponseReceived{id, std::move(response), flow});
  if (is_reliable(t.flow.transport)) erase(id);
  else set_end(id, now + context_.options.t4);  // timer K
}

void ClientTransactions::handle_timeout(const TransactionTimer& due, base::TimePoint now) {
  const ClientTransactionId id{due.index, due.generation};
  const Transaction* t = transactions_.find(id);
  if (!t) return;
  if (due.retransmit) return retransmit(id, now);
  if (t->state == State::accepted) context_.outputs.push_back(InviteEnded{id});
  else if (t->state != State::completed && t->reported)
    context_.outputs.push_back(ClientTimedOut{id});
  erase(id);
}

void ClientTransactions::retransmit(ClientTransactionId id, base::TimePoint now) {
  Transaction& t = transactions_.at(id);
  ++context_.counts.retransmissions_sent;
  context_.send(t.flow, t.bytes);
  // Timer A doubles without end, timer E up to T2, and is T2 after a provisional response.
  t.interval *= 2;
  if (!t.invite) t.interval = std::min(t.interval, context_.options.t2);
  if (t.state == State::proceeding) t.interval = context_.options.t2;
  context_.timers.set(timer(id, true), now + t.interval);
}

void ClientTransactions::flow_failed(const Flow& flow) {
  std::vector<ClientTransactionId> failed;
  transactions_.for_each([&](ClientTransactionId id, const Transaction& t) {
    if (t.flow == flow) failed.push_back(id);
  });
  for (const ClientTransactionId id : failed) {
    const Transaction& t = transactions_.at(id);
    // What was answered already lives on for retransmissions, which may come on another connection.
    if (t.state >= State::completed) continue;
    if (t.reported) context_.outputs.push_back(ClientFailed{id});
    erase(id);
  }
}

void ClientTransactions::set_end(ClientTransactionId id, base::TimePoint at) {
  context_.timers.set(timer(id, false), at);
}

void ClientTransactions::stop_retransmitting(ClientTransactionId id) {
  context_.timers.cancel(timer(id, true));
}

void ClientTransactions::erase(ClientTransactionId id) {
  context_.timers.cancel(timer(id, true));
  context_.timers.cancel(timer(id, false));
  by_key_.erase(transactions_.at(id).key);
  transactions_.erase(id);
}

}  // namespace viaduct::sip
