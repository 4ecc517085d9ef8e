// The way back of a response along the top Via: RFC 3261 §18.2, RFC 3581.
#pragma once

#include "base/address.h"
#include "base/result.h"
#include "signalling/sip/message.h"

namespace viaduct::sip {

// Writes into the request's top Via where it really came from: "received" when sent-by does not say
// so or rport was asked for, and "rport" when asked for. A "received" of the peer's own making is
// replaced. Errors: not_found, malformed.
base::Result<void> note_source(Message& request, const base::SocketAddress& source);

// Where an unreliable transport sends a response (§18.2.2): received, else sent-by; rport, else
// sent-by's port, else 5060 (5061 for TLS). maddr is not obeyed: it is for multicast, which we do
// not serve, and would let a peer aim our responses at anybody. After note_source() this cannot
// fail. Errors: not_found (no Via, or sent-by is a name), malformed.
base::Result<base::SocketAddress> response_destination(const Message& response);

}  // namespace viaduct::sip
