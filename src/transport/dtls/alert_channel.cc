#include "transport/dtls/alert_channel.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace viaduct::dtls {
namespace {

// A record of DTLS 1.2 (RFC 6347 §4.1) under AES-GCM (RFC 5288 §3):
//   type 1 | version 2 | epoch 2 | sequence 6 | length 2 | explicit nonce 8 | ciphertext | tag 16
constexpr size_t kHeader = 13, kExplicitNonce = 8, kTag = 16, kAlert = 2;
constexpr uint8_t kAlertType = 21, kFatal = 2, kCloseNotify = 0;
constexpr std::string_view kLabel = "key expansion";  // RFC 5246 §6.3

using KdfPtr = std::unique_ptr<EVP_KDF, FreeWith<EVP_KDF_free>>;
using KdfContextPtr = std::unique_ptr<EVP_KDF_CTX, FreeWith<EVP_KDF_CTX_free>>;

template <class T>
std::vector<uint8_t> bytes_of(const T* from, size_t (*get)(const T*, unsigned char*, size_t)) {
  std::vector<uint8_t> out(get(from, nullptr, 0));
  get(from, out.data(), out.size());
  return out;
}

// key_block of RFC 5246 §6.3, by OpenSSL's own function of it.
bool expand(const SSL& ssl, const EVP_MD& digest, std::span<uint8_t> out) {
  auto secret = bytes_of(SSL_get_session(&ssl), SSL_SESSION_get_master_key);
  const auto server = bytes_of(&ssl, SSL_get_server_random);
  const auto client = bytes_of(&ssl, SSL_get_client_random);
  std::vector<uint8_t> seed(kLabel.begin(), kLabel.end());
  seed.insert(seed.end(), server.begin(), server.end());
  seed.insert(seed.end(), client.begin(), client.end());
  std::string name = EVP_MD_get0_name(&digest);
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name.data(), 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, secret.data(), secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed.data(), seed.size()),
      OSSL_PARAM_construct_end()};
  const KdfPtr kdf(EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr));
  const KdfContextPtr context(EVP_KDF_CTX_new(kdf.get()));
  const bool ok = context && EVP_KDF_derive(context.get(), out.data(), out.size(), parameters) == 1;
  OPENSSL_cleanse(secret.data(), secret.size());
  return ok;
}

}  // namespace

std::optional<AlertChannel> AlertChannel::create(const SSL& ssl, Role our_role) {
  const SSL_CIPHER* const suite = SSL_get_current_cipher(&ssl);
  const EVP_CIPHER* cipher = nullptr;
  if (suite && SSL_CIPHER_get_cipher_nid(suite) == NID_aes_128_gcm) cipher = EVP_aes_128_gcm();
  if (suite && SSL_CIPHER_get_cipher_nid(suite) == NID_aes_256_gcm) cipher = EVP_aes_256_gcm();
  if (!cipher) return std::nullopt;
  const auto key_size = static_cast<size_t>(EVP_CIPHER_get_key_length(cipher));
  std::vector<uint8_t> block(2 * (key_size + kImplicitNonce));  // client's and server's
  if (!expand(ssl, *SSL_CIPHER_get_handshake_digest(suite), block)) return std::nullopt;
  const size_t theirs = our_role == Role::client ? 1 : 0;
  AlertChannel out;
  std::copy_n(block.begin() + static_cast<ptrdiff_t>(2 * key_size + theirs * kImplicitNonce),
              kImplicitNonce, out.implicit_nonce_.begin());
  out.cipher_.reset(EVP_CIPHER_CTX_new());
  const bool ok =
      out.cipher_ && EVP_DecryptInit_ex2(out.cipher_.get(), cipher,
                                         block.data() + theirs * key_size, nullptr, nullptr) == 1;
  OPENSSL_cleanse(block.data(), block.size());
  if (!ok) return std::nullopt;
  return out;
}

std::optional<std::array<uint8_t, 2>> AlertChannel::open(std::span<const uint8_t> record) {
  if (record.size() != kHeader + kExplicitNonce + kAlert + kTag || record[0] != kAlertType)
    return std::nullopt;
  std::array<uint8_t, kImplicitNonce + kExplicitNonce> nonce;
  std::ranges::copy(implicit_nonce_, nonce.begin());
  std::ranges::copy(record.subspan(kHeader, kExplicitNonce), nonce.begin() + kImplicitNonce);
  // Epoch and sequence, type, version, length of the plaintext.
  std::array<uint8_t, kHeader> associated;
  base::ByteWriter writer(associated);
  writer.bytes(record.subspan(3, 8));
  writer.bytes(record.first(3));
  writer.u16(kAlert);
  std::array<uint8_t, kTag> tag;
  std::ranges::copy(record.last(kTag), tag.begin());
  std::array<uint8_t, kAlert> alert{};
  int size = 0;
  EVP_CIPHER_CTX* const context = cipher_.get();
  const bool authentic =
      EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) == 1 &&
      EVP_DecryptUpdate(context, nullptr, &size, associated.data(), kHeader) == 1 &&
      EVP_DecryptUpdate(context, alert.data(), &size, record.data() + kHeader + kExplicitNonce,
                        kAlert) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(context, alert.data() + kAlert, &size) == 1;
  return authentic ? std::optional(alert) : std::nullopt;
}

bool AlertChannel::ends(std::span<const uint8_t> datagram) {
  base::ByteReader reader(datagram);
  while (reader.remaining() >= kHeader) {
    const size_t start = reader.position();
    reader.skip(kHeader - 2);
    reader.skip(reader.u16());
    if (!reader.ok()) return false;
    const auto alert = open(datagram.subspan(start, reader.position() - start));
    if (alert && ((*alert)[0] == kFatal || (*alert)[1] == kCloseNotify)) return true;
  }
  return false;
}

}  // namespace viaduct::dtls
