// A small controlling ICE agent for tests and benches: what a browser does toward a lite server. It
// checks the server's candidates, nominates the first pair that answers, keeps consent (RFC 7675)
// and answers nothing. Sans-IO like the agent it talks to.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/rng.h"
#include "base/time.h"
#include "transport/ice/agent.h"

namespace viaduct::ice::testing {

enum class Nomination : uint8_t { regular, aggressive };

struct ControllingOptions {
  Nomination nomination = Nomination::regular;
  base::Duration pace = std::chrono::milliseconds(50);            // Ta (RFC 8445 §14.2)
  base::Duration first_timeout = std::chrono::milliseconds(500);  // RTO (RFC 8489 §6.2.1)
  int most_sends = 7;                                             // Rc
  int last_wait = 16;                                             // Rm, in first_timeouts
  base::Duration consent_interval = std::chrono::seconds(5);      // times 0.8..1.2
  base::Duration consent_timeout = std::chrono::seconds(30);
  uint32_t priority = 0x6e7f00ff;
};

struct Transmit {
  base::SocketAddress to;
  std::vector<uint8_t> packet;
};
struct Nominated {
  base::SocketAddress remote;
};
struct ConsentExpired {};
struct ChecksFailed {};  // every candidate stayed silent or refused
using Output = std::variant<Transmit, Nominated, ConsentExpired, ChecksFailed>;

class ControllingClient {
 public:
  // The rng must outlive the client.
  ControllingClient(base::Rng& rng, ControllingOptions options = {});

  // Begins checks; called again it is an ICE restart: the old pair stays selected until a new one
  // is.
  void start(std::string local_ufrag, Credentials remote,
             std::vector<base::SocketAddress> candidates, base::TimePoint now);
  void receive(std::span<const uint8_t> packet, const base::SocketAddress& from,
               base::TimePoint now);
  void handle_timeout(base::TimePoint now);
  std::optional<Output> poll();
  base::TimePoint next_timeout() const;

  std::optional<base::SocketAddress> selected() const { return selected_; }
  // The address the server saw in the last valid answer.
  std::optional<base::SocketAddress> mapped() const { return mapped_; }
  // Codes of error answers so far.
  const std::vector<uint16_t>& errors() const { return errors_; }

 private:
  struct Check {
    base::SocketAddress remote;
    stun::TransactionId transaction{};
    bool nominating = false;
    bool consent = false;  // sent once, not repeated (RFC 7675 §5.1)
    int sends = 0;
    base::Duration wait{};
    base::TimePoint next{};  // of the next send, or of giving up
  };
  void begin_check(const base::SocketAddress& remote, bool nominating, bool consent,
                   base::TimePoint at);
  void send(Check& check, base::TimePoint now);
  void succeeded(const Check& check, base::TimePoint now);
  void ask_consent(base::TimePoint now);

  base::Rng& rng_;
  ControllingOptions options_;
  std::string local_ufrag_;
  Credentials remote_;
  uint64_t tie_breaker_;
  std::vector<Check> checks_;
  std::deque<Output> outputs_;
  std::optional<base::SocketAddress> selected_;
  std::optional<base::SocketAddress> mapped_;
  std::vector<uint16_t> errors_;
  bool nominating_ = false;
  base::TimePoint next_consent_ = base::kNever;
  base::TimePoint consent_until_ = base::kNever;
};

}  // namespace viaduct::ice::testing
