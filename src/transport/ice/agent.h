// One session's ICE-lite agent (RFC 8445 §2.5): answers connectivity checks, learns from them where
// the peer is, and says to which address media may go. It never sends a check of its own.
//
//   packet -> receive() -> reply into the Sink         poll() -> PairSelected, ConsentLost, ...
//
// A lite agent is always controlled; its peer is full and nominates. One component (rtcp-mux).
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/pii.h"
#include "base/time.h"
#include "transport/ice/path.h"
#include "transport/stun/message.h"

namespace viaduct::ice {

struct Credentials {
  std::string ufrag;  // 4..256 ice-chars
  base::Secret<std::string> password;
};

// Where replies go, at once: owned by the caller, used only during the call it is given to.
class Sink {
 public:
  virtual ~Sink() = default;
  // `packet` is gone after the call.
  virtual void send(const Path& to, std::span<const uint8_t> packet) = 0;
};

struct AgentOptions {
  // From set_remote() to the first valid check. Browsers check for about 30 s before they give up.
  base::Duration initial_timeout = std::chrono::seconds(30);
  // RFC 7675 §5.1: consent lasts 30 s.
  base::Duration consent_timeout = std::chrono::seconds(30);
  // Validated paths kept. A browser with two interfaces, IPv6 privacy addresses and TURN
  // shows under ten; the least recently checked one makes room.
  size_t max_pairs = 16;
  // A nomination of lower priority does not displace a selected pair nominated this recently, so
  // that aggressive nomination settles on the best pair; later the latest nomination wins.
  base::Duration nomination_hold = std::chrono::seconds(1);
};

struct PairSelected {  // also when the selection moved
  Path path;
};
struct ConsentLost {};   // nothing may be sent any more until a restart
struct CheckTimeout {};  // no valid check within initial_timeout
using Event = std::variant<PairSelected, ConsentLost, CheckTimeout>;

struct AgentStats {
  uint64_t checks_answered = 0;
  uint64_t malformed = 0;        // no STUN, or no binding request
  uint64_t unauthenticated = 0;  // no or wrong integrity, unknown ufrag
  uint64_t role_conflicts = 0;   // answered with 487
  uint64_t not_understood = 0;   // answered with 420
  uint64_t late = 0;             // valid, but the agent had failed already
  uint64_t pairs_evicted = 0;
};

class LiteAgent {
 public:
  explicit LiteAgent(Credentials local, AgentOptions options = {});

  // The peer's ufrag from its description; starts the initial timeout. Checks that come before it
  // are answered too (RFC 8445 §7.3); what they taught is kept if they carried this ufrag. The same
  // ufrag again changes nothing.
  void set_remote(std::string_view ufrag, base::TimePoint now);
  // ICE restart (RFC 8445 §9): new local credentials now, set_remote() when the peer's are known.
  // The old ones stay good, and the old pair selected, until a pair is nominated under the new.
  void restart(Credentials local);

  // Whether a check for this local ufrag is this agent's: for the demultiplexer of a shared port.
  bool accepts_ufrag(std::string_view local_ufrag) const;
  const std::string& local_ufrag() const { return current_.local.ufrag; }

  // A STUN packet. Integrity is always checked; at most one reply, and to an unauthenticated sender
  // never a longer one than its request.
  void receive(std::span<const uint8_t> packet, const Path& from, base::TimePoint now, Sink& sink);

  // The path's connection has closed: nothing goes that way any more. The latest nominated other
  // path takes over; without one the agent waits as long as the consent lasts, since the far side
  // may connect again.
  void path_lost(const Path& path);

  // Whether a valid check came that way within the consent time: only such a path may carry DTLS or
  // media, in or out.
  bool is_validated(const Path& path) const;
  // The nominated pair's.
  std::optional<Path> selected() const;
  // The selected pair's, or before nomination the best validated one.
  std::optional<Path> send_path() const;
  bool failed() const { return failed_; }

  std::optional<Event> poll();
  base::TimePoint next_timeout() const;
  void handle_timeout(base::TimePoint now);

  const AgentStats& stats() const { return stats_; }
  // Without addresses and passwords: for admin and failing tests.
  std::string dump() const;

 private:
  struct Generation {
    Credentials local;
    std::optional<std::string> remote_ufrag;
    uint32_t number = 0;
  };
  struct Pair {
    Path path;
    std::string remote_ufrag;
    uint32_t generation = 0;
    uint32_t priority = 0;  // of the check: the remote candidate's as peer-reflexive
    bool nominated = false;
    bool lost = false;  // its connection closed; kept for the consent that came with it
    base::TimePoint last_check{};
    base::TimePoint last_nomination{};
  };

  const Generation* generation_of(std::string_view local_ufrag) const;
  void receive_request(const stun::Message& request, size_t request_size, const Path& from,
                       base::TimePoint now, Sink& sink);
  void reply_success(const stun::Message& request, const Generation& generation, const Path& to,
                     Sink& sink);
  void reply_error(const stun::Message& request, uint16_t code, const Generation* generation,
                   size_t longest, const Path& to, Sink& sink);
  Pair& pair_for(const Path& path, std::string_view remote_ufrag, uint32_t generation);
  void nominate(Pair& pair, base::TimePoint now);
  void select(const Path& path);
  void evict_one();
  Pair* find(const Path& path);
  const Pair* find(const Path& path) const;
  Pair* latest_nominated();
  void expire_pairs(base::TimePoint now);
  void fail(Event event);

  AgentOptions options_;
  Generation current_;
  std::optional<Generation> previous_;  // until a pair is nominated under current_
  std::vector<Pair> pairs_;
  std::optional<Path> selected_;
  base::TimePoint initial_deadline_ = base::kNever;
  bool failed_ = false;
  std::deque<Event> events_;
  AgentStats stats_;
};

}  // namespace viaduct::ice
