#include "signalling/sip/transaction_server.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ascii.h"
#include "signalling/sip/response_path.h"
#include "signalling/sip/status.h"

namespace viaduct::sip {
namespace {

// RFC 3261 §17.2.3: branch, sent-by and method. Elements of RFC 2543 make no unique branches: there
// the parts that a retransmission repeats and the ACK to a non-2xx shares (all but the To tag).
std::string server_key(const Message& request, const Via& via, std::string_view method) {
  std::string key;
  const auto part = [&key](std::string_view text) {
    key += text;
    key += '\n';
  };
  part(method);
  part(via.branch());
  part(base::lower(via.host));
  part(std::to_string(via.port));
  if (via.has_rfc3261_branch()) return key;
  const auto from = request.from();
  const auto cseq = request.cseq();
  part(request.request_uri_text());
  part(request.call_id());
  part(from ? from->tag() : "");
  part(std::to_string(cseq ? cseq->number : 0));
  return key;
}

std::string_view invite_for_ack(const Message& request) {
  return request.is(Method::ack) ? method_name(Method::invite) : request.method_text();
}

// §8.2.2.2: the same request over another path has these in common and no To tag.
std::string merge_key(const Message& request) {
  const auto to = request.to();
  const auto from = request.from();
  const auto cseq = request.cseq();
  if (!to || !from || !cseq || !to->tag().empty()) return {};
  std::string key(request.call_id());
  key += '\n';
  key += from->tag();
  key += '\n';
  key += cseq->str();
  return key;
}

Flow way_back(const Message& request, const Flow& source) {
  Flow back = source;
  if (is_reliable(source.transport)) return back;
  if (const auto destination = response_destination(request)) back.remote = *destination;
  return back;
}

}  // namespace

void ServerTransactions::receive(Message request, const Flow& flow, base::TimePoint now) {
  const auto via = request.via();
  if (!via || !request.cseq()) {
    ++context_.counts.malformed;
    return;
  }
  if (request.is(Method::ack)) return receive_ack(std::move(request), flow, now);
  std::string key = server_key(request, *via, request.method_text());
  if (const auto it = by_key_.find(key); it != by_key_.end()) return receive_again(it->second);
  if (transactions_.size() >= context_.options.max_server_transactions)
    return refuse_overload(request, flow);
  start(std::move(request), flow, std::move(key), now);
}

void ServerTransactions::start(Message request, const Flow& flow, std::string key,
                               base::TimePoint now) {
  Transaction transaction;
  transaction.invite = request.is(Method::invite);
  transaction.source = flow;
  transaction.back = way_back(request, flow);
  transaction.key = key;
  transaction.merge_key = request.is(Method::cancel) ? std::string() : merge_key(request);
  transaction.interval = context_.options.t1;
  if (transaction.invite) transaction.last_response = make_response(request, 100).str();

  RequestReceived output{{}, {}, flow, std::nullopt, false};
  if (request.is(Method::cancel)) {
    const auto via = request.via();
    const auto it = by_key_.find(server_key(request, *via, method_name(Method::invite)));
    if (it != by_key_.end()) output.cancels = it->second;
  }
  output.merged = !transaction.merge_key.empty() && by_merge_key_.contains(transaction.merge_key);
  const bool invite = transaction.invite;
  const std::string merged = transaction.merge_key;
  const ServerTransactionId id = transactions_.emplace(std::move(transaction));
  by_key_.emplace(std::move(key), id);
  if (!merged.empty()) by_merge_key_.try_emplace(merged, id);
  if (invite) context_.timers.set(timer(id, true), now + context_.options.trying_delay);
  output.transaction = id;
  output.request = std::move(request);
  context_.outputs.push_back(std::move(output));
}

void ServerTransactions::receive_again(ServerTransactionId id) {
  Transaction& t = transactions_.at(id);
  ++context_.counts.retransmissions_absorbed;
  // In accepted the TU repeats the 2xx; after the ACK nothing more is due (RFC 6026 §7.1).
  if (t.state == State::accepted || t.state == State::confirmed) return;
  if (t.invite && !t.responded) {
    t.responded = true;  // the 100 now instead of by the timer
    context_.timers.cancel(timer(id, true));
  }
  if (!t.last_response.empty()) context_.send(t.back, t.last_response);
}

void ServerTransactions::receive_ack(Message ack, const Flow& flow, base::TimePoint now) {
  const auto via = ack.via();
  const auto it = by_key_.find(server_key(ack, *via, invite_for_ack(ack)));
  if (it == by_key_.end() || transactions_.at(it->second).state == State::accepted) {
    context_.outputs.push_back(AckReceived{std::move(ack), flow});
    return;
  }
  const ServerTransactionId id = it->second;
  Transaction& t = transactions_.at(id);
  if (t.state != State::completed) return;
  t.state = State::confirmed;
  context_.timers.cancel(timer(id, true));
  if (is_reliable(t.source.transport)) erase(id);
  else context_.timers.set(timer(id, false), now + context_.options.t4);  // timer I
}

bool ServerTransactions::respond(ServerTransactionId id, const Message& response,
                                 base::TimePoint now) {
  Transaction* t = transactions_.find(id);
  if (!t || !response.is_response()) return false;
  const bool success = is_success(response.status());
  if (t->state == State::accepted && success) {
    ++context_.counts.retransmissions_sent;
    context_.send(t->back, response.str());
    return true;
  }
  if (t->state != State::proceeding) return false;
  t->responded = true;
  t->last_response = response.str();
  context_.timers.cancel(timer(id, true));
  context_.send(t->back, t->last_response);
  if (is_final(response.status())) finish(id, response.status(), now);
  return true;
}

void ServerTransactions::finish(ServerTransactionId id, uint16_t status, base::TimePoint now) {
  Transaction& t = transactions_.at(id);
  const bool reliable = is_reliable(t.source.transport);
  if (t.invite && is_success(status)) {
    t.state = State::accepted;
    t.last_response.clear();
    context_.timers.set(timer(id, false), now + context_.options.timer_b());  // timer L
    return;
  }
  t.state = State::completed;
  if (t.invite) {
    if (!reliable) context_.timers.set(timer(id, true), now + t.interval);    // timer G
    context_.timers.set(timer(id, false), now + context_.options.timer_b());  // timer H
  } else if (reliable) {
    erase(id);  // timer J is zero
  } else {
    context_.timers.set(timer(id, false), now + context_.options.timer_b());  // timer J
  }
}

void ServerTransactions::handle_timeout(const TransactionTimer& due, base::TimePoint now) {
  const ServerTransactionId id{due.index, due.generation};
  const Transaction* t = transactions_.find(id);
  if (!t) return;
  if (due.retransmit) return retransmit(id, now);
  if (t->invite && t->state == State::completed) context_.outputs.push_back(ServerFailed{id});
  erase(id);
}

void ServerTransactions::retransmit(ServerTransactionId id, base::TimePoint now) {
  Transaction& t = transactions_.at(id);
  context_.send(t.back, t.last_response);
  if (t.state == State::proceeding) {  // the delayed 100
    t.responded = true;
    return;
  }
  ++context_.counts.retransmissions_sent;
  t.interval = std::min(t.interval * 2, context_.options.t2);
  context_.timers.set(timer(id, true), now + t.interval);
}

// The same request gets the same answer each time without anything being kept (§8.2.7). The ACK to
// it finds no transaction and no dialog and is dropped above.
void ServerTransactions::refuse_overload(const Message& request, const Flow& flow) {
  ++context_.counts.refused_overload;
  Message response = make_response(request, 503, stateless_tag_);
  response.add(HeaderName::retry_after, "10");
  context_.send(way_back(request, flow), response.str());
}

void ServerTransactions::flow_failed(const Flow& flow) {
  std::vector<ServerTransactionId> failed;
  transactions_.for_each([&](ServerTransactionId id, const Transaction& t) {
    if (t.source == flow && t.state == State::proceeding) failed.push_back(id);
  });
  for (const ServerTransactionId id : failed) {
    context_.outputs.push_back(ServerFailed{id});
    erase(id);
  }
}

void ServerTransactions::erase(ServerTransactionId id) {
  context_.timers.cancel(timer(id, true));
  context_.timers.cancel(timer(id, false));
  const Transaction& t = transactions_.at(id);
  by_key_.erase(t.key);
  if (const auto it = by_merge_key_.find(t.merge_key);
      it != by_merge_key_.end() && it->second == id)
    by_merge_key_.erase(it);
  transactions_.erase(id);
}

}  // namespace viaduct::sip
