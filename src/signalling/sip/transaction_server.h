// The server half of the transaction layer. INVITE (RFC 3261 §17.2.1, RFC 6026 §7.1):
//
//   proceeding --2xx--> accepted --timer L--> over        (the TU repeats the 2xx)
//        '-----3xx+---> completed --ACK--> confirmed --timer I--> over
//                           '--timer H: ServerFailed, over
//
// Non-INVITE (§17.2.2): proceeding (and trying, which differs in nothing a peer could see) and
// completed, which ends with timer J.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/slot_map.h"
#include "signalling/sip/transaction_types.h"

namespace viaduct::sip {

class ServerTransactions {
 public:
  ServerTransactions(TransactionContext& context, std::string stateless_tag)
      : context_(context), stateless_tag_(std::move(stateless_tag)) {}

  // A request, an ACK too, whose top Via has been completed by note_source().
  void receive(Message request, const Flow& flow, base::TimePoint now);
  bool respond(ServerTransactionId id, const Message& response, base::TimePoint now);
  void handle_timeout(const TransactionTimer& timer, base::TimePoint now);
  void flow_failed(const Flow& flow);
  size_t size() const { return transactions_.size(); }

 private:
  enum class State : uint8_t { proceeding, completed, confirmed, accepted };
  struct Transaction {
    bool invite = false;
    State state = State::proceeding;
    Flow source;
    Flow back;  // where responses go (§18.2.2)
    std::string key;
    std::string merge_key;      // empty for requests inside a dialog
    std::string last_response;  // of an INVITE nobody has answered: the 100 to come
    bool responded = false;
    base::Duration interval{};
  };

  void receive_again(ServerTransactionId id);
  void receive_ack(Message ack, const Flow& flow, base::TimePoint now);
  void start(Message request, const Flow& flow, std::string key, base::TimePoint now);
  void refuse_overload(const Message& request, const Flow& flow);
  void finish(ServerTransactionId id, uint16_t status, base::TimePoint now);
  void retransmit(ServerTransactionId id, base::TimePoint now);
  void erase(ServerTransactionId id);
  TransactionTimer timer(ServerTransactionId id, bool retransmit) const {
    return {true, retransmit, id.index, id.generation};
  }

  TransactionContext& context_;
  std::string stateless_tag_;  // To tag of responses sent without a transaction
  base::SlotMap<Transaction, ServerTransactionTag> transactions_;
  std::unordered_map<std::string, ServerTransactionId> by_key_;
  std::unordered_map<std::string, ServerTransactionId> by_merge_key_;
};

}  // namespace viaduct::sip
