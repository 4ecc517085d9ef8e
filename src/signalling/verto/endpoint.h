// Endpoint: the server side of all Verto connections of a node, without sockets and clocks.
//
// Contract: feed one input (connection_opened, receive, drained, connection_closed, handle_timeout
// or a command), then poll() until empty, then re-arm one timer for next_timeout(). `now` never
// goes back. Input for connections and calls that are gone is ignored: it may have crossed their
// end.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"
#include "base/rng.h"
#include "base/time.h"
#include "signalling/verto/directory.h"
#include "signalling/verto/options.h"
#include "signalling/verto/outputs.h"

namespace viaduct::verto {

// What the wall clock showed at a moment of steady time, for the few times that go over the wire.
struct ClockReading {
  base::TimePoint steady;
  base::WallTime wall;
};

// A call to a client. The callee is how the client's own user is shown.
struct Invitation {
  std::string sdp;  // offer
  Party caller;
  Party callee;
};

struct Counters {
  uint64_t malformed = 0;       // frames that are no JSON or no JSON-RPC
  uint64_t oversized = 0;       // frames over the limit
  uint64_t login_failures = 0;  // wrong credentials
  uint64_t refused = 0;         // connections, sessions and calls over a limit
};

class Endpoint {
 public:
  // `directory` and `rng` must outlive the endpoint.
  Endpoint(const Options& options, Directory& directory, base::Rng& rng, ClockReading clock);
  ~Endpoint();
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // --- from the sockets ---
  void connection_opened(ConnId connection, const base::SocketAddress& peer, base::TimePoint now);
  // One whole message, text or binary. A view: nothing keeps it.
  void receive(ConnId connection, std::string_view message, base::TimePoint now);
  // Everything sent to the connection so far has left for the network. Tell it each time the queue
  // of the socket runs empty: the speed test's download goes on only then.
  void drained(ConnId connection, base::TimePoint now);
  void connection_closed(ConnId connection, base::TimePoint now);
  // The largest message to accept now; the socket may close with 1009 by itself above it.
  size_t message_limit(ConnId connection) const;

  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const;
  std::optional<Output> poll();

  // --- commands of the leg adapter ---
  // Rings a client. Errors: not_found (no such session, or it has no socket), exhausted.
  base::Result<CallId> invite(SessionId session, const Invitation& invitation, base::TimePoint now);
  // The answer to a client's offer before the call is answered. Only the first counts.
  void media(CallId call, std::string_view sdp, base::TimePoint now);
  // A client's call is answered. `sdp` is sent only if media() carried none before. Tells the
  // client who answered (verto.display) right after.
  void answer(CallId call, std::string_view sdp, base::TimePoint now);
  // Who is at the other end. Sent once the call is answered, and only when it changed.
  void display(CallId call, const Party& peer, base::TimePoint now);
  // Ends the call; its id is dead at once.
  void bye(CallId call, Cause cause, base::TimePoint now);
  // Digits of the far side, shown to the client's application.
  void dtmf(CallId call, std::string_view digits, base::TimePoint now);
  // Offers an answered call anew (after CallResuming, or to renegotiate); CallAttached brings the
  // answer.
  void attach(CallId call, std::string_view sdp, base::TimePoint now);
  // The answer to CallRenegotiating, or that there is none.
  void renegotiated(CallId call, std::string_view sdp, base::TimePoint now);
  void refuse_offer(CallId call, base::TimePoint now);
  // The answer to CallTransferring and CallReplacing: begun, or the calls are none that can.
  void transferring(CallId call, bool begun, base::TimePoint now);
  // Takes the socket away from a session, for good: the client does not come back by itself.
  void punt(SessionId session, base::TimePoint now);

  // The live session with a client's text, with or without socket; empty id: none.
  SessionId find_session(std::string_view session_id) const;

  size_t connection_count() const;
  size_t session_count() const;
  size_t call_count() const;
  const Counters& counters() const;
  // For admins and failing tests: one line for each connection, session and call; no personal data.
  std::string dump() const;

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace viaduct::verto
