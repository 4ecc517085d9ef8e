#include "signalling/sip/transaction.h"

#include <utility>

#include "signalling/sip/identifiers.h"
#include "signalling/sip/response_path.h"

namespace viaduct::sip {
namespace {

// rport asks for the answer where we sent from, whatever a NAT made of it (RFC 3581).
Via our_via(const Listener& listener, base::Rng& rng) {
  Via via;
  via.transport = transport_name(listener.transport);
  const bool v6 = listener.host.find(':') != std::string::npos;
  via.host = v6 ? "[" + listener.host + "]" : listener.host;
  via.port = listener.port;
  via.params.set("branch", new_branch(rng));
  via.params.set("rport");
  return via;
}

}  // namespace

TransactionLayer::TransactionLayer(TransactionOptions options, base::Rng& rng)
    : context_{options, rng, {}, {}, {}, {}},
      clients_(context_),
      servers_(context_, new_tag(rng)) {}

void TransactionLayer::set_listener(Listener listener) {
  for (Listener& known : context_.listeners) {
    if (known.id != listener.id) continue;
    known = std::move(listener);
    return;
  }
  context_.listeners.push_back(std::move(listener));
}

void TransactionLayer::receive(Message message, const Flow& flow, base::TimePoint now) {
  if (message.is_response()) return clients_.receive(std::move(message), flow, now);
  if (!message.is_request() || !note_source(message, flow.remote)) {
    ++context_.counts.malformed;
    return;
  }
  servers_.receive(std::move(message), flow, now);
}

void TransactionLayer::flow_failed(const Flow& flow) {
  clients_.flow_failed(flow);
  servers_.flow_failed(flow);
}

void TransactionLayer::handle_timeout(base::TimePoint now) {
  while (const auto due = context_.timers.pop_due(now)) {
    if (due->server) servers_.handle_timeout(*due, now);
    else clients_.handle_timeout(*due, now);
  }
}

base::Result<ClientTransactionId> TransactionLayer::send_request(Message request, const Flow& flow,
                                                                 base::TimePoint now) {
  const Listener* from = listener(flow.listener);
  if (!from) return base::Error{base::Errc::not_found, "no such listener"};
  request.prepend(HeaderName::via, our_via(*from, context_.rng).str());
  return clients_.start(std::move(request), flow, now);
}

bool TransactionLayer::cancel(ClientTransactionId invite, std::string_view reason,
                              base::TimePoint now) {
  return clients_.cancel(invite, reason, now);
}

std::string TransactionLayer::send_stateless(Message request, const Flow& flow) {
  const Listener* from = listener(flow.listener);
  if (!from) return {};
  request.prepend(HeaderName::via, our_via(*from, context_.rng).str());
  std::string bytes = request.str();
  context_.send(flow, bytes);
  return bytes;
}

void TransactionLayer::send_again(std::string bytes, const Flow& flow) {
  context_.send(flow, std::move(bytes));
}

bool TransactionLayer::respond(ServerTransactionId transaction, const Message& response,
                               base::TimePoint now) {
  return servers_.respond(transaction, response, now);
}

std::optional<TransactionOutput> TransactionLayer::poll() {
  if (context_.outputs.empty()) return std::nullopt;
  TransactionOutput output = std::move(context_.outputs.front());
  context_.outputs.pop_front();
  return output;
}

TransactionCounts TransactionLayer::counts() const {
  TransactionCounts counts = context_.counts;
  counts.clients = clients_.size();
  counts.servers = servers_.size();
  counts.timers = context_.timers.size();
  return counts;
}

}  // namespace viaduct::sip
