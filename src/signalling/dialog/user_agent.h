// The SIP side of the server as one sans-IO engine: parsing, transactions, authentication,
// registrar, INVITE sessions.
//
//   bytes -> parse -> TransactionLayer -> [ max-forwards, merged ] -> [ gatekeeper: digest ] ->
//        REGISTER -> Registrar             (401 unless proven)
//        INVITE   -> InviteSessions
//        to a dialog, ACK, CANCEL -> InviteSessions          OPTIONS -> 200
//
// After any input or command call poll() until it is empty, then re-arm at next_timeout().
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/rng.h"
#include "base/time.h"
#include "signalling/dialog/gatekeeper.h"
#include "signalling/dialog/invite_sessions.h"
#include "signalling/dialog/options.h"
#include "signalling/dialog/output.h"
#include "signalling/dialog/registrar.h"
#include "signalling/sip/flow.h"
#include "signalling/sip/parser.h"
#include "signalling/sip/transaction.h"

namespace viaduct::dialog {

class UserAgent {
 public:
  // `rng` and `credentials` must outlive the agent.
  UserAgent(UserAgentOptions options, base::Rng& rng, const Credentials& credentials);
  UserAgent(const UserAgent&) = delete;
  UserAgent& operator=(const UserAgent&) = delete;

  // How others reach a listener of ours (Via, Contact): before anything is sent or received on it.
  void set_listener(sip::Listener listener);

  // One datagram, or one message cut from a stream. `wall` ages digest nonces.
  void receive(std::string_view message, const sip::Flow& flow, base::TimePoint now,
               base::WallTime wall);
  // The shell could not send there, or lost the connection.
  void flow_failed(const sip::Flow& flow, base::TimePoint now);
  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const;
  // `now` is the time of the input or command before.
  std::optional<Output> poll(base::TimePoint now);

  // The commands to INVITE sessions.
  InviteSessions& sessions() { return sessions_; }
  // Where a user is reached: "user@domain" as in IncomingCall::user; best first.
  std::vector<Binding> bindings(std::string_view aor) const { return registrar_.bindings(aor); }

  struct Counts {
    size_t sessions = 0;  // those whose end was reported but not yet finished on the wire, too
    size_t dialogs = 0;
    size_t bindings = 0;
    size_t timers = 0;  // of sessions and transactions, not of bindings
    sip::TransactionCounts transactions;
    uint64_t parse_errors = 0;
    uint64_t challenges = 0;
    uint64_t rejected_credentials = 0;
    // Nothing is going on. Bindings may stand.
    bool idle() const {
      return sessions + dialogs + timers + transactions.clients + transactions.servers == 0;
    }
  };
  Counts counts() const;
  std::string dump();  // for people

 private:
  void refuse_unparsed(const sip::Rejection& rejection, const sip::Flow& flow);
  void drain_transactions(base::TimePoint now);
  void on(sip::SendMessage send, base::TimePoint now);
  void on(sip::RequestReceived received, base::TimePoint now);
  void on(sip::AckReceived received, base::TimePoint now);
  void on(sip::ResponseReceived received, base::TimePoint now);
  void on(sip::InviteEnded ended, base::TimePoint now);
  void on(sip::ClientTimedOut timed_out, base::TimePoint now);
  void on(sip::ClientFailed failed, base::TimePoint now);
  void on(sip::ServerFailed failed, base::TimePoint now);
  void receive_out_of_dialog(sip::RequestReceived received, base::TimePoint now);
  void receive_register(const sip::RequestReceived& received, const std::string& user,
                        base::TimePoint now);
  void refuse(const sip::RequestReceived& received, uint16_t status, base::TimePoint now);
  void respond(const sip::RequestReceived& received, sip::Message response, base::TimePoint now);

  UserAgentOptions options_;
  base::Rng& rng_;
  std::deque<Output> outputs_;
  sip::TransactionLayer transactions_;
  AgentContext context_;
  Gatekeeper gatekeeper_;
  Registrar registrar_;
  InviteSessions sessions_;
  base::WallTime wall_{};
  uint64_t parse_errors_ = 0;
};

}  // namespace viaduct::dialog
