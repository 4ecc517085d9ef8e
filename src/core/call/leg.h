// Leg: one party's signalling and media toward us, of any protocol. This is the vocabulary between
// the calls (core/call) and the adapters that speak SIP or Verto (server/legs).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "core/call/termination.h"
#include "media/graph/messages.h"
#include "signalling/negotiation/types.h"

namespace viaduct::call {

struct LegTag;
using LegId = base::Id<LegTag>;

// A leg has exactly one media session for its whole life; both are named by the same numbers.
inline graph::MediaId media_of(LegId leg) { return {leg.index, leg.generation}; }
inline LegId leg_of(graph::MediaId media) { return {media.index, media.generation}; }

// Who a party is to the other. Personal data: log it only inside Pii<>.
struct Identity {
  std::string number;
  std::string name;
  friend bool operator==(const Identity&, const Identity&) = default;
};

// Where an outgoing leg goes. The adapters know what the opaque parts mean.
struct SipTarget {
  std::string uri;                 // request URI
  std::string flow;                // transport flow of the binding, opaque; empty: resolve the URI
  std::vector<std::string> route;  // Path of the registration (RFC 3327)
  std::string user{};              // whose device it is, "user@domain"; empty: nobody's
};
struct VertoTarget {
  std::string session_id;  // the Verto session that rings
};
using Target = std::variant<SipTarget, VertoTarget>;

// A browser's description as it wrote it, for another browser to answer or take as its answer:
// media then goes between the two, not through this node. Or why it cannot be handed on. Opaque to
// calls.
using DirectDescription = base::Result<std::string>;

// --- leg -> call ---------------------------------------------------------------------------------

// A party calls us. Its leg exists but nothing has been answered.
struct LegArrived {
  LegId leg;
  Identity caller;
  std::string user;     // authenticated "user@domain"; empty for one that did not authenticate
  std::string dialled;  // the number or name asked for
  std::string context;  // dial plan context of the user
  std::vector<negotiation::Codec> offered;  // usable audio codecs in the party's order, without
                                            // telephone-event; empty with a delayed offer
  bool wants_ringback =
      false;  // its device is silent while the far side rings, unless we send a tone
  DirectDescription direct = base::Error{base::Errc::unsupported, "the caller is no Verto client"};
  size_t worker = 0;  // of its media; legs started for it are on the same, and only those can talk
};
// The called party is being alerted. With `early`, its media flows already (183 with SDP).
struct LegRinging {
  LegId leg;
  std::optional<negotiation::Codec> early;
};
struct LegAnswered {
  LegId leg;
  negotiation::Codec codec;  // what we now send to it
};
// A leg that was started with the caller's own offer took the call. This node has no media of it:
// its answer goes to the caller, or TakeMedia follows.
struct LegAnsweredDirect {
  LegId leg;
  DirectDescription answer;
};
// Media between the parties is at its end for one of them: its page is gone, or asked this node for
// another way. TakeMedia for both must follow.
struct LegNeedsServer {
  LegId leg;
  std::string_view why;  // static, for the log
};
struct LegDtmf {  // by RFC 4733, SIP INFO or verto.info alike
  LegId leg;
  std::string digits;
};
// A party called and its adapter turned it away: no media could be agreed on. The reserved leg is
// over with this.
struct LegRefused {
  LegId leg;
  Identity caller;
  std::string dialled;
  Termination termination;
};
// The leg is over on the wire; its id is dead after this.
struct LegEnded {
  LegId leg;
  Termination termination;
};
struct LegMediaFailed {
  LegId leg;
  graph::MediaFault fault;
};
// The party put us on hold, or took us back: by re-INVITE or verto.modify alike.
struct LegHeld {
  LegId leg;
  bool held = true;
};
// Nobody is there to hear or speak, and it may come back: a page that is reloaded, a network that
// is gone.
struct LegAway {
  LegId leg;
  bool away = true;
};
// The party wants who it talks with to be connected to somebody else. ReplyTransfer follows.
struct LegTransfers {
  LegId leg;
  std::string destination;
  std::string context;  // dial plan context of the party
};
// The party has two calls and wants those it talks with to be connected. ReplyTransfer follows, for
// `leg`.
struct LegJoins {
  LegId leg;
  LegId other;  // its leg in the other call
};
using LegEvent =
    std::variant<LegArrived, LegRefused, LegRinging, LegAnswered, LegAnsweredDirect, LegNeedsServer,
                 LegDtmf, LegEnded, LegMediaFailed, LegHeld, LegAway, LegTransfers, LegJoins>;

// --- call -> leg ---------------------------------------------------------------------------------

struct StartLeg {  // call somebody
  LegId leg;
  LegId caller_leg;  // whose worker is the best place for this leg's media
  Target target;
  Identity caller;
  Identity callee;
  std::vector<negotiation::Codec> offer;  // in this order
  std::optional<std::string> direct{};    // handed on in place of an offer; only to a VertoTarget
};
struct RingLeg {  // tell an arrived leg that the far side is alerted (180; nothing on Verto)
  LegId leg;
};
// Give an arrived leg media before the answer (183 with SDP, verto.media). Codecs best first.
struct OpenEarlyMedia {
  LegId leg;
  std::vector<negotiation::Codec> prefer;
};
struct AnswerLeg {
  LegId leg;
  std::vector<negotiation::Codec> prefer;  // ignored where early media already fixed the codec
  std::optional<std::string> direct{};     // the callee's own answer, handed on in place of ours
};
// The media of a leg that has none here comes to this node: its client is offered new media in the
// call that goes on, at once or when it is back. Of no effect for any other leg.
struct TakeMedia {
  LegId leg;
  std::vector<negotiation::Codec> offer;  // in this order
};
struct EndLeg {  // LegEnded follows in any case
  LegId leg;
  Termination termination;
};
struct SendLegDtmf {  // the adapter picks the skin: telephone-event, INFO or verto.info
  LegId leg;
  std::string digits;
};
struct ShowPeer {  // who is at the other end now (verto.display)
  LegId leg;
  Identity peer;
};
struct ReplyTransfer {
  LegId leg;
  // Whether it was begun; how it ends is told by EndLeg, or by the other's voice that is back.
  bool begun;
};
using LegCommand = std::variant<StartLeg, RingLeg, OpenEarlyMedia, AnswerLeg, TakeMedia, EndLeg,
                                SendLegDtmf, ShowPeer, ReplyTransfer>;

}  // namespace viaduct::call
