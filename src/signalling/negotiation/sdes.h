// Our SRTP keys of RFC 4568, and which of a peer's a=crypto lines we can take.
#pragma once

#include <array>
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

// What we send with, should its suite be agreed on.
struct SdesKey {
  SrtpSuite suite = SrtpSuite::aead_aes_128_gcm;
  SrtpKey key;
};
SdesKey make_sdes_key(SrtpSuite suite, base::Rng& rng);

// All that we can, best first but for one that is in force already.
std::vector<SrtpSuite> suites_in_order(std::optional<SrtpSuite> in_force);
// What our offers name: the best, and what any phone has.
inline constexpr std::array kOfferedSuites = {SrtpSuite::aead_aes_128_gcm,
                                              SrtpSuite::aes_cm_128_hmac_sha1_80};

struct SdesChoice {
  uint32_t tag = 0;  // of the peer's line
  SdesKeys keys;     // without ours
};
// The first of `suites` that the peer has a line for. A line with several keys, with a key of the
// wrong length or with a session parameter that changes what is on the wire is passed over (RFC
// 4568 §6.3), and so are lines beyond `most`.
std::optional<SdesChoice> choose_sdes(const sdp::Attributes& theirs,
                                      std::span<const SrtpSuite> suites, size_t most);

}  // namespace viaduct::negotiation
