// a=crypto (RFC 4568 §9.1): SRTP keys that stand in the description itself.
//
//   a=crypto:<tag> <suite> inline:<key||salt>[|<lifetime>][|<MKI>:<length>][;inline:...]
//   [parameters]
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/pii.h"

namespace viaduct::sdp {

struct CryptoKey {
  base::Secret<std::vector<uint8_t>> key_and_salt;
  std::optional<uint64_t> lifetime;  // in packets
  std::vector<uint8_t> mki;          // as each packet carries it (RFC 3711 §3.1); empty: none
};

struct Crypto {
  uint32_t tag = 0;
  std::string suite;                    // as written
  std::vector<CryptoKey> keys;          // never empty; several are told apart by their MKI
  std::vector<std::string> parameters;  // as written: KDR=, UNENCRYPTED_SRTP, ...
};
// Of one line, so that a bound on lines is a bound on keys too.
inline constexpr size_t kMostCryptoKeys = 16;

std::optional<Crypto> parse_crypto(std::string_view value);
std::string print(const Crypto& crypto);

}  // namespace viaduct::sdp
