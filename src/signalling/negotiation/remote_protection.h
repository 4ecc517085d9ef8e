// How a peer's plain section is encrypted, of what both sides can.
#pragma once

#include <cstdint>
#include <span>
#include <variant>

#include "base/result.h"
#include "signalling/negotiation/local_transport.h"
#include "signalling/negotiation/negotiator.h"
#include "signalling/negotiation/remote_transport.h"
#include "signalling/negotiation/sdes.h"
#include "signalling/negotiation/types.h"

namespace viaduct::negotiation {

struct RemoteProtection {
  // Without our SDES key and DTLS role.
  std::variant<Unprotected, SdesKeys, DtlsRemote> value;
  uint32_t crypto_tag = 0;  // of the peer's line, with SDES
};
Encryption encryption_of(const PlainRemote& remote);

// RTP/SAVP: its keys, else DTLS. UDP/TLS: DTLS. RTP/AVP with either: we take it, as RFC 8643 has
// it. Errors: unsupported.
base::Result<RemoteProtection> offered_protection(const TransportView& view,
                                                  const LocalPlain& local,
                                                  std::span<const SrtpSuite> suites,
                                                  const NegotiatorOptions& options);
// Of an answer to an offer of ours, which asked for `wanted`. Errors: unsupported.
base::Result<RemoteProtection> answered_protection(const TransportView& view, Encryption wanted,
                                                   std::span<const SrtpSuite> offered,
                                                   const NegotiatorOptions& options);

}  // namespace viaduct::negotiation
