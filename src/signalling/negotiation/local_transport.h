// Where a leg's media reaches us: what goes into our own descriptions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "base/rng.h"
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

// RTP on a port pair of its own.
struct LocalPlain {
  base::SocketAddress rtp;
  uint16_t rtcp_port = 0;                    // on the same address
  base::Rng* rng = nullptr;                  // makes SDES keys, outlives all; none: no SDES
  std::optional<Fingerprint> fingerprint{};  // sha-256 of our certificate; none: no DTLS
  // What our own offers ask for. Anything but `none` also refuses a party that offers or answers
  // without encryption.
  Encryption wanted = Encryption::none;
};

using LocalTransport = std::variant<LocalWebRtc, LocalPlain>;

enum class TransportKind : uint8_t { webrtc, plain };

// What an offer's audio needs, so that a leg can open its transport before it has a Negotiator; of
// several sections one that is encrypted counts; ICE without rtcp-mux is left for a port pair.
// Errors: malformed, too_large; unsupported when no audio section has a transport of ours.
base::Result<TransportKind> offered_transport(std::string_view offer);

}  // namespace viaduct::negotiation
