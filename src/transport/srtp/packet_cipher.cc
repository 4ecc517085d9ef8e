#include "transport/srtp/packet_cipher.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <vector>

namespace viaduct::srtp {
namespace {

using base::Errc;
using base::Error;

// Labels of the session keys (RFC 3711 §4.3.2); RTCP's are three higher.
enum Label : uint8_t { kEncryption = 0, kAuthentication = 1, kSalt = 2 };
constexpr uint8_t kRtcpLabels = 3;

// Fetching costs twenty times what a context does: done once for the life of the program.
EVP_CIPHER* fetch(const char* name) { return EVP_CIPHER_fetch(nullptr, name, nullptr); }
EVP_CIPHER* counter_mode(size_t key_size) {
  static EVP_CIPHER* const aes128 = fetch("AES-128-CTR");
  static EVP_CIPHER* const aes256 = fetch("AES-256-CTR");
  return key_size == 32 ? aes256 : aes128;
}
EVP_CIPHER* packet_cipher(Profile profile) {
  static EVP_CIPHER* const gcm128 = fetch("AES-128-GCM");
  static EVP_CIPHER* const gcm256 = fetch("AES-256-GCM");
  switch (profile) {
    case Profile::aes128_cm_sha1_80:
    case Profile::aes128_cm_sha1_32: return counter_mode(16);
    case Profile::aead_aes_128_gcm: return gcm128;
    case Profile::aead_aes_256_gcm: return gcm256;
  }
  return nullptr;
}
EVP_MAC* hmac() {
  static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  return mac;
}

bool has_own_tag(Profile profile) {
  return profile == Profile::aead_aes_128_gcm || profile == Profile::aead_aes_256_gcm;
}
size_t tag_of(Profile profile, PacketKind kind) {
  if (has_own_tag(profile)) return 16;
  // RTCP keeps the long tag (RFC 4568 §6.2.2).
  return profile == Profile::aes128_cm_sha1_32 && kind == PacketKind::rtp ? 4 : 10;
}
int length(std::span<const uint8_t> bytes) { return static_cast<int>(bytes.size()); }

// The key derivation function: AES in counter mode over zeros, from the master salt with the label
// in its eighth byte (RFC 3711 §4.3.1 and §4.3.3; a salt of 12 bytes is extended, RFC 7714 §11).
bool derive(Profile profile, const MasterKey& master, uint8_t label, std::span<uint8_t> out) {
  const std::span<const uint8_t> all(master.key_and_salt);
  const auto key = all.first(key_size(profile));
  std::array<uint8_t, 16> block{};
  std::ranges::copy(all.subspan(key.size()), block.begin());
  block[7] ^= label;
  std::ranges::fill(out, uint8_t{0});
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  int written = 0;
  const bool ok = context &&
                  EVP_EncryptInit_ex2(context, counter_mode(key.size()), key.data(), block.data(),
                                      nullptr) == 1 &&
                  EVP_EncryptUpdate(context, out.data(), &written, out.data(), length(out)) == 1;
  EVP_CIPHER_CTX_free(context);
  return ok;
}

}  // namespace

void PacketCipher::FreeCipher::operator()(evp_cipher_ctx_st* context) const {
  EVP_CIPHER_CTX_free(context);
}
void PacketCipher::FreeMac::operator()(evp_mac_ctx_st* context) const { EVP_MAC_CTX_free(context); }

PacketCipher::PacketCipher(PacketCipher&&) noexcept = default;
PacketCipher& PacketCipher::operator=(PacketCipher&&) noexcept = default;
PacketCipher::~PacketCipher() { OPENSSL_cleanse(salt_.data(), salt_.size()); }

base::Result<PacketCipher> PacketCipher::create(Profile profile, const MasterKey& master,
                                                PacketKind kind) {
  const Error unsupported{Errc::unsupported, "OpenSSL cannot do this SRTP profile"};
  const uint8_t labels = kind == PacketKind::rtcp ? kRtcpLabels : 0;
  PacketCipher out;
  out.kind_ = kind;
  out.salt_size_ = salt_size(profile);
  out.tag_size_ = tag_of(profile, kind);
  std::vector<uint8_t> key(key_size(profile));
  std::array<uint8_t, kDigest> authentication;
  out.cipher_.reset(EVP_CIPHER_CTX_new());
  bool ok = out.cipher_ && derive(profile, master, labels + kEncryption, key) &&
            derive(profile, master, labels + kSalt, std::span(out.salt_).first(out.salt_size_)) &&
            EVP_EncryptInit_ex2(out.cipher_.get(), packet_cipher(profile), key.data(), nullptr,
                                nullptr) == 1;
  if (ok && !has_own_tag(profile)) {
    char sha1[] = "SHA1";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha1, 0),
        OSSL_PARAM_construct_end()};
    out.mac_.reset(EVP_MAC_CTX_new(hmac()));
    ok =
        out.mac_ && derive(profile, master, labels + kAuthentication, authentication) &&
        EVP_MAC_init(out.mac_.get(), authentication.data(), authentication.size(), parameters) == 1;
  }
  OPENSSL_cleanse(key.data(), key.size());
  OPENSSL_cleanse(authentication.data(), authentication.size());
  if (!ok) return unsupported;
  return out;
}

// RFC 3711 §4.1.1 and RFC 7714 §8.1, §9.1: the salt, with SSRC and index folded into its end.
PacketCipher::Block PacketCipher::nonce(const PacketId& id) const {
  Block out = salt_;
  const size_t index_end = salt_size_;  // 12, or 14 before the block counter
  for (size_t i = 0; i < 6; ++i)
    out[index_end - 1 - i] ^= static_cast<uint8_t>(id.index >> (8 * i));
  for (size_t i = 0; i < 4; ++i) out[index_end - 7 - i] ^= static_cast<uint8_t>(id.ssrc >> (8 * i));
  return out;
}

// What is authenticated beside the packet: RTP's rollover counter, or RTCP's index with the flag
// that says it is encrypted.
std::array<uint8_t, 4> PacketCipher::word(const PacketId& id) const {
  const auto value = kind_ == PacketKind::rtp ? static_cast<uint32_t>(id.index >> 16)
                                              : static_cast<uint32_t>(id.index) | 0x80000000u;
  return {static_cast<uint8_t>(value >> 24), static_cast<uint8_t>(value >> 16),
          static_cast<uint8_t>(value >> 8), static_cast<uint8_t>(value)};
}

bool PacketCipher::start(const PacketId& id, std::span<const uint8_t> head, bool encrypt) {
  const Block iv = nonce(id);
  EVP_CIPHER_CTX* const context = cipher_.get();
  if (EVP_CipherInit_ex2(context, nullptr, nullptr, iv.data(), encrypt, nullptr) != 1) return false;
  if (mac_) return true;
  int ignored = 0;
  if (EVP_CipherUpdate(context, nullptr, &ignored, head.data(), length(head)) != 1) return false;
  if (kind_ == PacketKind::rtp) return true;
  const auto last = word(id);
  return EVP_CipherUpdate(context, nullptr, &ignored, last.data(), length(last)) == 1;
}

bool PacketCipher::crypt(std::span<uint8_t> text) {
  int written = 0;
  return text.empty() ||
         EVP_CipherUpdate(cipher_.get(), text.data(), &written, text.data(), length(text)) == 1;
}

bool PacketCipher::digest(const PacketId& id, std::span<const uint8_t> head,
                          std::span<const uint8_t> text, std::span<uint8_t, kDigest> out) {
  EVP_MAC_CTX* const context = mac_.get();
  const auto last = word(id);
  size_t size = 0;
  return EVP_MAC_init(context, nullptr, 0, nullptr) == 1 &&
         EVP_MAC_update(context, head.data(), head.size()) == 1 &&
         EVP_MAC_update(context, text.data(), text.size()) == 1 &&
         EVP_MAC_update(context, last.data(), last.size()) == 1 &&
         EVP_MAC_final(context, out.data(), &size, out.size()) == 1;
}

bool PacketCipher::seal(const PacketId& id, std::span<const uint8_t> head, std::span<uint8_t> text,
                        std::span<uint8_t> tag) {
  if (!start(id, head, true) || !crypt(text)) return false;
  if (mac_) {
    std::array<uint8_t, kDigest> full;
    if (!digest(id, head, text, full)) return false;
    std::copy_n(full.begin(), tag_size_, tag.begin());
    return true;
  }
  int written = 0;
  return EVP_EncryptFinal_ex(cipher_.get(), tag.data(), &written) == 1 &&
         EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_size_),
                             tag.data()) == 1;
}

bool PacketCipher::open(const PacketId& id, std::span<const uint8_t> head, std::span<uint8_t> text,
                        std::span<const uint8_t> tag) {
  if (mac_) {
    std::array<uint8_t, kDigest> full;
    return digest(id, head, text, full) && CRYPTO_memcmp(full.data(), tag.data(), tag_size_) == 0 &&
           start(id, head, false) && crypt(text);
  }
  std::array<uint8_t, kBlock> given;
  std::copy_n(tag.begin(), tag_size_, given.begin());
  int written = 0;
  return start(id, head, false) && crypt(text) &&
         EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_size_),
                             given.data()) == 1 &&
         EVP_DecryptFinal_ex(cipher_.get(), given.data(), &written) == 1;
}

}  // namespace viaduct::srtp
