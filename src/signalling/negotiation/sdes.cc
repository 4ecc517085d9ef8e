#include "signalling/negotiation/sdes.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/ascii.h"
#include "signalling/sdp/attributes.h"
#include "signalling/sdp/crypto.h"

namespace viaduct::negotiation {
namespace {

struct Suite {
  SrtpSuite suite;
  std::string_view name;
  size_t key_and_salt;
};
// In the order of SrtpSuite. The 32-bit tag is only for those who have nothing better.
constexpr std::array kSuites = {
    Suite{SrtpSuite::aead_aes_128_gcm, "AEAD_AES_128_GCM", 28},
    Suite{SrtpSuite::aead_aes_256_gcm, "AEAD_AES_256_GCM", 44},
    Suite{SrtpSuite::aes_cm_128_hmac_sha1_80, "AES_CM_128_HMAC_SHA1_80", 30},
    Suite{SrtpSuite::aes_cm_128_hmac_sha1_32, "AES_CM_128_HMAC_SHA1_32", 30},
};

const Suite& row_of(SrtpSuite suite) { return kSuites[static_cast<size_t>(suite)]; }

// WSH hints at the replay window and KDR=0 at the default; a "-" says that not knowing it is fine
// (RFC 4568 §6.3, §9.2).
bool is_harmless(std::string_view parameter) {
  return parameter.starts_with('-') || parameter.starts_with("WSH=") || parameter == "KDR=0";
}

bool is_usable(const sdp::Crypto& line) {
  return line.keys.size() == 1 && std::ranges::all_of(line.parameters, is_harmless);
}

}  // namespace

std::string_view suite_name(SrtpSuite suite) { return row_of(suite).name; }
size_t key_and_salt_size(SrtpSuite suite) { return row_of(suite).key_and_salt; }

SdesKey make_sdes_key(SrtpSuite suite, base::Rng& rng) {
  std::vector<uint8_t> bytes(key_and_salt_size(suite));
  rng.fill(bytes);
  return {suite, SrtpKey(std::move(bytes))};
}

std::vector<SrtpSuite> suites_in_order(std::optional<SrtpSuite> in_force) {
  std::vector<SrtpSuite> out;
  if (in_force) out.push_back(*in_force);
  for (const Suite& row : kSuites)
    if (row.suite != in_force) out.push_back(row.suite);
  return out;
}

std::optional<SdesChoice> choose_sdes(const sdp::Attributes& theirs,
                                      std::span<const SrtpSuite> suites, size_t most) {
  std::vector<sdp::Crypto> lines;
  for (std::string_view text : sdp::values_of(theirs, "crypto")) {
    if (lines.size() == most) break;
    if (auto line = sdp::parse_crypto(text); line && is_usable(*line))
      lines.push_back(std::move(*line));
  }
  for (const SrtpSuite suite : suites) {
    for (sdp::Crypto& line : lines) {
      sdp::CryptoKey& key = line.keys.front();
      if (!base::iequals(line.suite, suite_name(suite)) ||
          key.key_and_salt.reveal().size() != key_and_salt_size(suite))
        continue;
      return SdesChoice{line.tag, {suite, {}, std::move(key.key_and_salt), std::move(key.mki)}};
    }
  }
  return std::nullopt;
}

}  // namespace viaduct::negotiation
