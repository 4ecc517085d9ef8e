// What InviteSessions keeps of one session.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "signalling/dialog/dialog.h"
#include "signalling/dialog/session.h"
#include "signalling/sip/digest_client.h"
#include "signalling/sip/message.h"
#include "signalling/sip/transaction_types.h"

namespace viaduct::dialog {

// An INVITE or re-INVITE of the far side that has no final response yet.
struct PendingInvite {
  sip::ServerTransactionId transaction;
  sip::Message request;
};

// A 2xx of ours that waits for its ACK (§13.3.1.4).
struct UnackedAnswer {
  sip::ServerTransactionId transaction;
  sip::Message response;
  uint32_t cseq = 0;
  base::Duration interval{};
  base::TimePoint give_up;
  bool reinvite = false;
  bool carries_offer = false;
};

// An ACK of ours, to be repeated with each repeated 2xx (§13.2.2.4).
struct SentAck {
  std::string tag;  // the fork
  uint32_t cseq = 0;
  std::string bytes;
  sip::Flow flow;
};

struct InviteSession {
  enum class State : uint8_t {
    incoming,   // the far side's INVITE is unanswered
    answered,   // our 200 is out, no ACK yet
    calling,    // our INVITE has no final response
    confirmed,  // both know the call is up
    closed,     // no dialog any more
  };
  bool outgoing = false;
  bool over = false;  // Ended was reported
  State state = State::incoming;
  Dialog dialog;
  std::string contact;        // ours, a name-addr
  std::vector<Dialog> forks;  // early dialogs of `calling`
  size_t clients = 0;         // client transactions that speak for it

  std::optional<PendingInvite> pending;
  std::optional<UnackedAnswer> unacked;
  std::optional<sip::Message> provisional;  // the last one of ours
  std::optional<sip::Reason> bye_reason;    // of a hang_up() that waits for the ACK

  sip::ClientTransactionId invite;  // ours, the initial one
  std::optional<sip::DigestClient> credentials;
  // Of the last INVITE sent with credentials: its ACK repeats them (§22.1).
  std::optional<std::string> authorization;
  std::optional<std::string> proxy_authorization;
  std::vector<SentAck> acks;
  std::optional<uint32_t> owed_ack;  // CSeq of a 2xx with an offer: the ACK waits for acknowledge()
  bool offered = false;              // our INVITE carried SDP

  bool reinviting = false;  // our re-INVITE is out or waits after a glare
  sip::ClientTransactionId reinvite;
  std::optional<std::string> reinvite_sdp;
  unsigned glares = 0;
};

struct SessionTimer {
  enum class Kind : uint8_t {
    ring,           // calling, incoming or our re-INVITE in progress too long
    keep_ringing,   // repeat the provisional response each minute (§13.3.1.1)
    repeat_answer,  // 200 again
    glare,          // re-INVITE again (§14.1)
    reinvite,       // the owner left a re-INVITE unanswered
  };
  SessionId session;
  Kind kind = Kind::ring;
  friend auto operator<=>(const SessionTimer&, const SessionTimer&) = default;
};
inline constexpr SessionTimer::Kind kSessionTimers[] = {
    SessionTimer::Kind::ring, SessionTimer::Kind::keep_ringing, SessionTimer::Kind::repeat_answer,
    SessionTimer::Kind::glare, SessionTimer::Kind::reinvite};

}  // namespace viaduct::dialog

template <>
struct std::hash<viaduct::dialog::SessionTimer> {
  size_t operator()(const viaduct::dialog::SessionTimer& timer) const noexcept {
    return std::hash<viaduct::dialog::SessionId>{}(timer.session) * 8 +
           static_cast<size_t>(timer.kind);
  }
};
