// How our own plain sections are encrypted, and with which of our SDES keys. A key that was left
// never comes back: a new SRTP context would not know up to where it was used (RFC 3711 §9.1).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "signalling/negotiation/local_description.h"
#include "signalling/negotiation/local_transport.h"
#include "signalling/negotiation/types.h"

namespace viaduct::negotiation {

using InForce = std::optional<AudioAgreement>;  // the last agreement; nothing before the first

// What our offers ask for: what is in force stays, before that what our own side wants.
Encryption encryption_to_offer(const LocalTransport& local, const InForce& in_force);

// The keys of an offer with SDES: the one in force; else those of the offer before, which may still
// be answered; else new ones.
std::vector<CryptoLine> keys_to_offer(const LocalPlain& local, const InForce& in_force,
                                      std::span<const CryptoLine> offered_before);

// Of their answer, whose suite is one of `offered`: fills in our key. Another answer to the same
// offer (a fork) may choose another suite; the one that is left goes from `offered`.
void take_offered_key(SdesKeys& answered, const InForce& in_force,
                      std::vector<CryptoLine>& offered);

// What we take of an offer, best first but for the one in force.
std::vector<SrtpSuite> suites_to_accept(const LocalTransport& local, const InForce& in_force);

// Ours in the answer to `theirs`. Who keeps its key gets ours again, and both keep their rollover
// counters. Who changes it gets a new one of ours: many phones begin both directions anew then.
SrtpKey key_to_answer(const LocalPlain& local, const InForce& in_force, const SdesKeys& theirs);

}  // namespace viaduct::negotiation
