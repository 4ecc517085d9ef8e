#include "transport/srtp/profile.h"

#include "base/check.h"

namespace viaduct::srtp {

std::string_view profile_name(Profile profile) {
  switch (profile) {
    case Profile::aes128_cm_sha1_80: return "AES_CM_128_HMAC_SHA1_80";
    case Profile::aes128_cm_sha1_32: return "AES_CM_128_HMAC_SHA1_32";
    case Profile::aead_aes_128_gcm: return "AEAD_AES_128_GCM";
    case Profile::aead_aes_256_gcm: return "AEAD_AES_256_GCM";
  }
  return "unknown";
}

Keys split_exported(Profile profile, std::span<const uint8_t> exported, bool we_are_dtls_client) {
  VIADUCT_CHECK(exported.size() == exported_size(profile));
  const size_t key = key_size(profile);
  const size_t salt = salt_size(profile);
  const auto direction = [&](size_t which) {
    const auto key_part = exported.subspan(which * key, key);
    const auto salt_part = exported.subspan(2 * key + which * salt, salt);
    MasterKey master;
    master.key_and_salt.reserve(key + salt);
    master.key_and_salt.insert(master.key_and_salt.end(), key_part.begin(), key_part.end());
    master.key_and_salt.insert(master.key_and_salt.end(), salt_part.begin(), salt_part.end());
    return base::Secret<MasterKey>(std::move(master));
  };
  const size_t ours = we_are_dtls_client ? 0 : 1;
  return {profile, direction(ours), direction(1 - ours)};
}

}  // namespace viaduct::srtp
