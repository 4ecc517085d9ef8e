// Our SRTP keys of RFC 4568, and which of a peer's a=crypto lines we can take.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "signalling/negotiation/types.h"
#include "signalling/sdp/description.h"

namespace viaduct::negotiation {

// As a=crypto names it.
std::string_view suite_name(SrtpSuite suite);
size_t key_and_salt_size(SrtpSuite suite);

// What we send with, should its suite be agreed on. It stays for the leg's life, so that the same
// key never comes back with an index it had before.
struct SdesKey {
  SrtpSuite suite = SrtpSuite::aead_aes_128_gcm;
  SrtpKey key;
};
// One a suite, best first.
std::vector<SdesKey> make_sdes_keys(base::Rng& rng);
// Those that our offers name: what any phone has, and what is best.
bool is_offered(SrtpSuite suite);

struct SdesChoice {
  uint32_t tag = 0;  // of the peer's line
  SdesKeys keys;
};
// The first of `ours` whose suite the peer has a line for. A line with several keys, with a key of
// the wrong length or with a session parameter that changes what is on the wire is passed over (RFC
// 4568 §6.3), and so are lines beyond `most`.
std::optional<SdesChoice> choose_sdes(const sdp::Attributes& theirs, std::span<const SdesKey> ours,
                                      size_t most);

}  // namespace viaduct::negotiation
