// The client half of the transaction layer. INVITE (RFC 3261 §17.1.1, RFC 6026 §7.2):
//
//   calling --1xx--> proceeding --2xx--> accepted  --timer M--> over
//      |                 |------3xx+---> completed --timer D--> over
//      '--timer B: ClientTimedOut, over
//
// Non-INVITE (§17.1.2): the same without accepted; the end is timer F or K.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "base/slot_map.h"
#include "signalling/sip/transaction_types.h"

namespace viaduct::sip {

class ClientTransactions {
 public:
  explicit ClientTransactions(TransactionContext& context) : context_(context) {}

  // `request` has its Via on top already. Errors: exhausted, malformed (no Via or CSeq).
  base::Result<ClientTransactionId> start(Message request, const Flow& flow, base::TimePoint now);
  bool cancel(ClientTransactionId invite, std::string_view reason, base::TimePoint now);
  void receive(Message response, const Flow& flow, base::TimePoint now);
  void handle_timeout(const TransactionTimer& timer, base::TimePoint now);
  void flow_failed(const Flow& flow);
  size_t size() const { return transactions_.size(); }

 private:
  enum class State : uint8_t { calling, proceeding, completed, accepted };
  struct Transaction {
    bool invite = false;
    bool reported = true;  // false: our own CANCEL, whose outcome interests nobody
    State state = State::calling;
    Flow flow;
    std::string key;
    std::string bytes;  // the request, while it may be repeated; then an INVITE's ACK
    Message request;    // an INVITE's, for CANCEL and ACK; without body
    base::Duration interval{};
    bool cancel_wanted = false;
    bool cancelled = false;
    std::string cancel_reason;
  };

  void receive_provisional(ClientTransactionId id, Message response, const Flow& flow,
                           base::TimePoint now);
  void receive_final_to_invite(ClientTransactionId id, Message response, const Flow& flow,
                               base::TimePoint now);
  void receive_final(ClientTransactionId id, Message response, const Flow& flow,
                     base::TimePoint now);
  void retransmit(ClientTransactionId id, base::TimePoint now);
  void send_cancel(ClientTransactionId invite, base::TimePoint now);
  void set_end(ClientTransactionId id, base::TimePoint at);
  void stop_retransmitting(ClientTransactionId id);
  void erase(ClientTransactionId id);
  TransactionTimer timer(ClientTransactionId id, bool retransmit) const {
    return {false, retransmit, id.index, id.generation};
  }

  TransactionContext& context_;
  base::SlotMap<Transaction, ClientTransactionTag> transactions_;
  std::unordered_map<std::string, ClientTransactionId> by_key_;
};

}  // namespace viaduct::sip
