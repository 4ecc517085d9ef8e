// Where a leg's media reaches us: what goes into our own descriptions.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "signalling/negotiation/types.h"

namespace viaduct::negotiation {

// ICE-lite and DTLS-SRTP. Candidates are hosts, best first, at least one, each reached over UDP
// and, at the same port, over TCP (RFC 6544, passive); the first is named in the c= and m= lines as
// well.
struct LocalWebRtc {
  IceParameters ice;
  Fingerprint fingerprint;  // sha-256 of our certificate
  std::vector<base::SocketAddress> candidates;
};

// RTP/AVP.
struct LocalPlain {
  base::SocketAddress rtp;
  uint16_t rtcp_port = 0;  // on the same address
};

using LocalTransport = std::variant<LocalWebRtc, LocalPlain>;

enum class TransportKind : uint8_t { webrtc, plain };

// What an offer's audio needs, so that a leg can open its transport before it has a Negotiator.
// Errors: malformed, too_large; unsupported when no audio section has a transport of ours.
base::Result<TransportKind> offered_transport(std::string_view offer);

}  // namespace viaduct::negotiation
