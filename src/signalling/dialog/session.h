// INVITE sessions as their owner sees them: commands in, events out, all by SessionId.
//
//   incoming:  IncomingCall -> progress()* -> answer() -> Confirmed -> ... -> Ended
//                                          -> reject() -> Ended
//   outgoing:  invite() -> Ringing* -> Answered -> ... -> Ended
//
// Each session gives exactly one Ended, whoever ended it and however; its id is dead after that.
// What the wire still needs then (BYE retransmissions, a 200 that crosses a CANCEL) the engine
// finishes alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "signalling/sip/digest_client.h"
#include "signalling/sip/flow.h"
#include "signalling/sip/message.h"

namespace viaduct::dialog {

struct SessionTag;
using SessionId = base::Id<SessionTag>;

// A name-addr: From, To, Contact. Personal data.
struct Party {
  std::string display_name;  // without quotes
  std::string uri;           // "sip:1001@example.org"
  std::string user;          // the user part, unescaped; filled in events, ignored in commands
};

struct HeaderField {
  std::string name;
  std::string value;  // printed as it is; must hold no line break
};

// --- commands with much to say -------------------------------------------------------------------

struct Invite {
  sip::Flow flow;                  // next hop
  std::string target;              // request URI: a binding's contact or a resolved address
  std::vector<std::string> route;  // Path of the binding, URIs (RFC 3327 §5.3)
  Party from;
  Party to;                        // empty uri: the target
  std::optional<std::string> sdp;  // nothing: delayed offer, the answer goes in acknowledge()
  std::vector<HeaderField> headers;
  // Answers the next hop's challenges, to this and to later requests of the session.
  std::optional<sip::DigestClient> credentials;
};

struct Rejection {
  uint16_t status = 480;  // 300-699
  std::string phrase;     // empty: the standard one
  std::optional<sip::Reason> reason;
  std::vector<HeaderField> headers;
};

// --- events --------------------------------------------------------------------------------------

struct IncomingCall {
  SessionId session;
  sip::Flow flow;
  std::string user;  // who authenticated, "user@domain"
  sip::Message request;
  Party from;
  Party to;
  std::string dialled;             // user part of the request URI, unescaped
  std::optional<std::string> sdp;  // nothing: delayed offer, our offer goes in answer()
};
// A provisional response other than 100 to our INVITE.
struct Ringing {
  SessionId session;
  uint16_t status;                 // 101-199
  std::string branch;              // To tag: tells forks apart; empty when the far side gave none
  std::optional<std::string> sdp;  // early media
};
// The 200 to our INVITE. It is acknowledged already, unless `needs_answer`: then `sdp` is the far
// side's offer and acknowledge() must follow.
struct Answered {
  SessionId session;
  std::string branch;
  std::optional<std::string> sdp;
  bool needs_answer = false;
};
// The ACK to our answer(), with the SDP answer where our 200 carried the offer.
struct Confirmed {
  SessionId session;
  std::optional<std::string> sdp;
};
// A re-INVITE: call answer_reinvite() or reject_reinvite().
struct Reinvited {
  SessionId session;
  std::optional<std::string> sdp;  // nothing: the far side wants an offer in our 200
};
// The ACK to answer_reinvite(), only where that 200 carried the offer.
struct ReinviteConfirmed {
  SessionId session;
  std::optional<std::string> sdp;
};
// The outcome of reinvite(): status 200 with the far side's SDP, or why not; the session goes on as
// it was. Glare (491) is retried by the engine and not reported (RFC 3261 §14.1).
struct ReinviteDone {
  SessionId session;
  uint16_t status;
  std::optional<std::string> sdp;
  bool needs_answer = false;  // as in Answered
};
// DTMF by INFO: application/dtmf-relay or application/dtmf.
struct DtmfReceived {
  SessionId session;
  char digit;  // 0-9 * # A-D
  std::chrono::milliseconds duration;
};

enum class EndedBy : uint8_t {
  us,            // hang_up() or reject()
  bye,           // the far side hung up
  cancel,        // the caller gave up before our answer
  refused,       // a final response >= 300 to our INVITE: `status`
  no_response,   // the next hop never answered (408), or rang longer than ring_timeout
  not_answered,  // incoming: nobody answered within answer_timeout
  lost,          // no ACK to our 200, or 408/481 inside the dialog
  transport,     // the flow failed
};
struct Ended {
  SessionId session;
  EndedBy by;
  uint16_t status = 0;  // of `refused`; otherwise the SIP status that says it best
  std::string phrase;
  std::optional<sip::Reason> reason;  // of the far side's BYE, CANCEL or refusal
  std::vector<std::string> contacts;  // of a 3xx
};

}  // namespace viaduct::dialog
