// What the Verto engine wants done and what it tells: the closed set that Endpoint::poll() gives.
#pragma once

#include <string>
#include <variant>

#include "base/address.h"
#include "signalling/verto/causes.h"
#include "signalling/verto/types.h"

namespace viaduct::verto {

// --- to the shell that owns the sockets ----------------------------------------------------------

// One text frame. Frames of one connection are sent in the order of these outputs.
struct Send {
  ConnId connection;
  std::string text;
};
// Close the WebSocket after everything sent before. The engine has forgotten the connection
// already: neither connection_closed() nor anything else needs to be told about it.
struct CloseConnection {
  ConnId connection;
  uint16_t code;  // RFC 6455 §7.4
  std::string reason;
};

// --- to whoever knows where users are ------------------------------------------------------------

// The session can be called. Also given when it comes back after SessionDown.
struct SessionUp {
  SessionId session;
  std::string session_id;  // the client's text, unique on this node among live sessions
  User user;
  base::SocketAddress peer;
};
// The session has no socket any more; answered calls of it may go on for a while.
struct SessionDown {
  SessionId session;
  std::string session_id;
  std::string user;
};

// --- to the leg adapter --------------------------------------------------------------------------

// A client calls. Answer with media(), answer() or bye().
struct IncomingCall {
  CallId call;
  SessionId session;
  User user;
  std::string call_id;      // the client's own text
  std::string destination;  // "service" when the client named none
  Party caller;
  std::string sdp;      // offer
  Variables variables;  // of the session, then of the call
};
// The client took a call of ours. An answer that cannot be used is refused with bye().
struct CallAnswered {
  CallId call;
  std::string sdp;
  Party callee;  // members are empty where the client did not say
};
struct CallDtmf {
  CallId call;
  std::string digits;  // 0-9 * # A-D, at least one
};
// The call is over and its id dead. Not given for calls ended by bye().
struct CallEnded {
  CallId call;
  Cause cause;
  bool answered;  // had it been answered
};
// The socket of an answered call is gone; the call waits for the client to come back.
struct CallDetached {
  CallId call;
};
// The client is back and expects the call: give attach() a fresh offer, or bye(), without delay.
struct CallResuming {
  CallId call;
};
// The client answered the offer of attach().
struct CallAttached {
  CallId call;
  std::string sdp;
};
// The client offers an answered call anew, to restart ICE on another network: give renegotiated()
// the answer, or refuse_offer(), without delay.
struct CallRenegotiating {
  CallId call;
  std::string sdp;
};

// The client put an answered call on hold, or took it back.
struct CallHeld {
  CallId call;
  bool held;
};

// The client wants the far side to be connected to somebody else: give transferring(), without
// delay.
struct CallTransferring {
  CallId call;
  std::string destination;
  std::string context;  // the user's
};
// The client wants the far sides of two of its calls to be connected: the same.
struct CallReplacing {
  CallId call;
  CallId other;
};

using Output =
    std::variant<Send, CloseConnection, SessionUp, SessionDown, IncomingCall, CallAnswered,
                 CallDtmf, CallEnded, CallDetached, CallResuming, CallAttached, CallRenegotiating,
                 CallHeld, CallTransferring, CallReplacing>;

}  // namespace viaduct::verto
