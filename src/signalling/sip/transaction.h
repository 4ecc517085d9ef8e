// SIP transactions (RFC 3261 §17, with the Accepted states of RFC 6026) as a sans-IO engine between
// the transport shells and the transaction user (TU, here dialog/).
//
//     receive(message, flow) --> [ match by branch ] --> server INVITE / non-INVITE  -->
//     RequestReceived
//                                                    --> client INVITE / non-INVITE  -->
//                                                    ResponseReceived
//     respond(), send_request(), cancel() --> machine --> SendMessage (and again, by timer)
//
// After any input call poll() until it is empty and then re-arm one timer at next_timeout().
// Ids of transactions that are over find nothing: commands on them do nothing and return false.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/rng.h"
#include "base/time.h"
#include "signalling/sip/flow.h"
#include "signalling/sip/message.h"
#include "signalling/sip/transaction_client.h"
#include "signalling/sip/transaction_server.h"
#include "signalling/sip/transaction_types.h"

namespace viaduct::sip {

class TransactionLayer {
 public:
  // `rng` makes the branches and must outlive the layer.
  TransactionLayer(TransactionOptions options, base::Rng& rng);
  TransactionLayer(const TransactionLayer&) = delete;
  TransactionLayer& operator=(const TransactionLayer&) = delete;

  // How we are reached on a listener; before anything is sent on it. Replaces one of the same id.
  void set_listener(Listener listener);
  // Null when unknown. Valid until the next set_listener().
  const Listener* listener(uint32_t id) const { return context_.listener(id); }

  // A message off the wire. A request's top Via gains received and rport (RFC 3581) here.
  void receive(Message message, const Flow& flow, base::TimePoint now);
  // The shell could not send on `flow` or lost its connection: its transactions fail.
  void flow_failed(const Flow& flow);
  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const { return context_.timers.next(); }

  // Puts our Via on `request` and starts the transaction; not for ACK and CANCEL. Errors: exhausted
  // (max_client_transactions), not_found (no such listener).
  base::Result<ClientTransactionId> send_request(Message request, const Flow& flow,
                                                 base::TimePoint now);
  // Cancels an INVITE that has no final response yet: at once, or as soon as a provisional response
  // shows that it arrived (RFC 3261 §9.1). `reason` is the value of a Reason header or empty. The
  // INVITE's own final response is still reported; if none comes within 64*T1, ClientTimedOut.
  bool cancel(ClientTransactionId invite, std::string_view reason, base::TimePoint now);
  // A request outside of any transaction: the ACK to a 2xx. Gets a Via with a new branch. Returns
  // the bytes as sent, to be repeated by send_again(); empty when the listener is unknown.
  std::string send_stateless(Message request, const Flow& flow);
  void send_again(std::string bytes, const Flow& flow);

  // Any response; its Via must be the request's (make_response does that). After a 2xx to an INVITE
  // the TU repeats it by calling again until it saw the ACK (RFC 3261 §13.3.1.4).
  bool respond(ServerTransactionId transaction, const Message& response, base::TimePoint now);

  std::optional<TransactionOutput> poll();
  TransactionCounts counts() const;

 private:
  TransactionContext context_;
  ClientTransactions clients_;
  ServerTransactions servers_;
};

}  // namespace viaduct::sip
