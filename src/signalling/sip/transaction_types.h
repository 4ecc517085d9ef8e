// The values of the transaction engine: options, ids, outputs, counters, and what its two halves
// share.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/rng.h"
#include "base/time.h"
#include "base/timer_queue.h"
#include "signalling/sip/flow.h"
#include "signalling/sip/message.h"

namespace viaduct::sip {

// RFC 3261 table 4. The lettered timers follow from these three.
struct TransactionOptions {
  base::Duration t1 = std::chrono::milliseconds(500);  // round trip estimate
  base::Duration t2 = std::chrono::seconds(4);         // longest retransmission interval
  base::Duration t4 = std::chrono::seconds(5);         // longest life of a message in the network
  // An INVITE the TU has not answered by then gets a 100 (RFC 3261 §17.2.1).
  base::Duration trying_delay = std::chrono::milliseconds(200);
  // A server transaction lives some 32 s after its response and holds that response (about 1 kB):
  // 20000 are 600 requests a second and 20 MB. Over it new requests get a stateless 503.
  size_t max_server_transactions = 20'000;
  size_t max_client_transactions = 20'000;

  base::Duration timer_b() const { return 64 * t1; }  // also F, H, J, L, M
  // Timer D: at least 32 s, so that a far end with larger timers than ours is still acknowledged.
  base::Duration timer_d() const {
    return std::max<base::Duration>(std::chrono::seconds(32), 64 * t1);
  }
};

struct ClientTransactionTag;
struct ServerTransactionTag;
using ClientTransactionId = base::Id<ClientTransactionTag>;
using ServerTransactionId = base::Id<ServerTransactionTag>;

struct SendMessage {
  Flow flow;
  std::string bytes;
};
// A new request. ACKs never come this way.
struct RequestReceived {
  ServerTransactionId transaction;
  Message request;
  Flow flow;
  // For a CANCEL: the INVITE transaction it means, if that is still there (RFC 3261 §9.2).
  std::optional<ServerTransactionId> cancels;
  // The same request came already on another path: to be answered 482 (RFC 3261 §8.2.2.2).
  bool merged = false;
};
// An ACK that belongs to no 3xx-6xx: the one to a 2xx, or a stray.
struct AckReceived {
  Message ack;
  Flow flow;
};
// Every response but retransmissions. 2xx to INVITE come each time (RFC 6026 §7.2): the TU repeats
// its ACK, or acknowledges and ends another fork.
struct ResponseReceived {
  ClientTransactionId transaction;
  Message response;
  Flow flow;
};
// The INVITE's time to gather 2xx is over (timer M): no more will come.
struct InviteEnded {
  ClientTransactionId transaction;
};
// No final response in time (timers B and F); the transaction is over.
struct ClientTimedOut {
  ClientTransactionId transaction;
};
struct ClientFailed {  // flow_failed() before the final response; the transaction is over
  ClientTransactionId transaction;
};
// Our 3xx-6xx to an INVITE was never acknowledged (timer H), or the flow failed before any final
// response went out; the transaction is over.
struct ServerFailed {
  ServerTransactionId transaction;
};
using TransactionOutput = std::variant<SendMessage, RequestReceived, AckReceived, ResponseReceived,
                                       InviteEnded, ClientTimedOut, ClientFailed, ServerFailed>;

struct TransactionCounts {
  size_t clients = 0;
  size_t servers = 0;
  size_t timers = 0;
  uint64_t retransmissions_sent = 0;
  uint64_t retransmissions_absorbed = 0;
  uint64_t refused_overload = 0;  // requests over max_server_transactions
  uint64_t stray_responses = 0;   // to no transaction of ours; dropped (RFC 6026 §8.9)
  uint64_t malformed = 0;         // lacked what matching needs; dropped
};

// One of the two timers a transaction can have at a time: `retransmit` is A, E, G or the delay of
// the 100; the other is its end: B, D, F, H, I, J, K, L or M.
struct TransactionTimer {
  bool server = false;
  bool retransmit = false;
  uint32_t index = 0;
  uint32_t generation = 0;
  friend auto operator<=>(const TransactionTimer&, const TransactionTimer&) = default;
};

}  // namespace viaduct::sip

template <>
struct std::hash<viaduct::sip::TransactionTimer> {
  size_t operator()(const viaduct::sip::TransactionTimer& t) const noexcept {
    const uint64_t id = uint64_t{t.generation} << 32 | t.index;
    return std::hash<uint64_t>{}(id * 4 + (t.server ? 2 : 0) + (t.retransmit ? 1 : 0));
  }
};

namespace viaduct::sip {

// What both halves of the layer write to.
struct TransactionContext {
  TransactionOptions options;
  base::Rng& rng;
  std::vector<Listener> listeners;
  base::TimerQueue<TransactionTimer> timers;
  std::deque<TransactionOutput> outputs;
  TransactionCounts counts;

  const Listener* listener(uint32_t id) const {
    for (const Listener& l : listeners)
      if (l.id == id) return &l;
    return nullptr;
  }
  void send(const Flow& flow, std::string bytes) {
    outputs.push_back(SendMessage{flow, std::move(bytes)});
  }
};

}  // namespace viaduct::sip
