// What the engine knows about each connection, session and call. Internal to this folder.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "signalling/verto/outputs.h"
#include "signalling/verto/speed.h"
#include "signalling/verto/types.h"

namespace viaduct::verto {

struct Connection {
  Connection(const Options& options, const base::SocketAddress& from, base::TimePoint now)
      : peer(from), last_received(now), last_sent(now), last_ping(now), speed_test(options) {}

  base::SocketAddress peer;
  SessionId session;  // empty until the login
  base::TimePoint last_received;
  base::TimePoint last_sent;
  base::TimePoint last_ping;
  size_t login_failures = 0;
  SpeedTest speed_test;
};

struct Session {
  std::string session_id;
  User user;
  Variables variables;
  ConnId connection;                              // empty while detached
  std::vector<CallId> calls;                      // oldest first
  std::map<std::string, uint64_t> subscriptions;  // event channel -> its next serial number
  bool login_expired = false;
  bool ready_due = false;               // verto.clientReady of this connection is not sent yet
  std::vector<std::string> reattached;  // what it will name
};

struct Call {
  enum class State : uint8_t { created, early, ringing, answered };
  enum class Attach : uint8_t { none, offer_due, answer_due };

  SessionId session;
  std::string user;     // owner
  std::string call_id;  // the text on the wire
  bool from_client = false;
  State state = State::created;
  Attach attach = Attach::none;
  bool recoverable = true;
  bool held = false;           // by the client
  Party client;                // how the client's user is shown
  Party peer;                  // who is at the other end
  std::optional<Party> shown;  // the peer the client was last told of
  std::array<uint8_t, 32> offer_digest{};
  // The client's verto.modify that waits for what the adapter makes of it.
  struct Modify {
    ConnId connection;
    std::string request;  // its id, as JSON text
    std::string action;   // as the client wrote it
  };
  std::optional<Modify> modify;

  bool answered() const { return state == State::answered; }
  std::string_view hold_state() const { return held ? "held" : "active"; }
};

struct TimerKey {
  enum class Kind : uint8_t {
    login_deadline,  // connection
    ping,            // connection
    login_expiry,    // connection
    speed_test,      // connection
    detach,          // session
    attach_offer,    // session
    attach_answer,   // call
  };
  Kind kind;
  uint32_t index;
  uint32_t generation;

  template <class Tag>
  TimerKey(Kind k, base::Id<Tag> id) : kind(k), index(id.index), generation(id.generation) {}
  template <class Tag>
  base::Id<Tag> id() const {
    return {index, generation};
  }
  friend auto operator<=>(const TimerKey&, const TimerKey&) = default;
};

}  // namespace viaduct::verto

template <>
struct std::hash<viaduct::verto::TimerKey> {
  size_t operator()(const viaduct::verto::TimerKey& key) const noexcept {
    return std::hash<uint64_t>{}(uint64_t{key.generation} << 32 | key.index) * 31 +
           static_cast<size_t>(key.kind);
  }
};
