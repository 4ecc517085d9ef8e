// SRTP protection profiles and the keys that a DTLS association (RFC 5764 §4.1.2, RFC 7714 §14.2)
// or a description (RFC 4568) gives them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/pii.h"

namespace viaduct::srtp {

// Values are the wire codes of the use_srtp extension.
enum class Profile : uint16_t {
  aes128_cm_sha1_80 = 0x0001,
  aes128_cm_sha1_32 = 0x0002,  // SDES only: its tag is short
  aead_aes_128_gcm = 0x0007,
  aead_aes_256_gcm = 0x0008,
};

// Bytes of one direction's master key and salt.
constexpr size_t key_size(Profile profile) {
  return profile == Profile::aead_aes_256_gcm ? 32 : 16;
}
constexpr size_t salt_size(Profile profile) {
  return profile == Profile::aes128_cm_sha1_80 || profile == Profile::aes128_cm_sha1_32 ? 14 : 12;
}
// What the DTLS exporter has to give: both directions' keys and salts.
constexpr size_t exported_size(Profile profile) {
  return 2 * (key_size(profile) + salt_size(profile));
}
std::string_view profile_name(Profile profile);

// One direction: master key directly followed by master salt.
struct MasterKey {
  std::vector<uint8_t> key_and_salt;
  // What each packet carries to name the key (RFC 3711 §3.1); empty: nothing. Of received ones
  // only.
  std::vector<uint8_t> mki = {};
  friend bool operator==(const MasterKey&, const MasterKey&) = default;
};

// Both directions from our point of view.
struct Keys {
  Profile profile = Profile::aead_aes_128_gcm;
  base::Secret<MasterKey> send;
  base::Secret<MasterKey> receive;
};

// Splits the exporter's output: client key, server key, client salt, server salt (RFC 5764 §4.2).
// `exported` must hold exported_size(profile) bytes.
Keys split_exported(Profile profile, std::span<const uint8_t> exported, bool we_are_dtls_client);

}  // namespace viaduct::srtp
