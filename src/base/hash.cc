#include "base/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "base/encoding.h"

namespace viaduct::base {
namespace {

template <size_t N>
std::array<uint8_t, N> digest(const EVP_MD* algorithm, std::string_view data) {
  std::array<uint8_t, N> out;
  unsigned int size = 0;
  VIADUCT_CHECK(EVP_Digest(data.data(), data.size(), out.data(), &size, algorithm, nullptr) == 1);
  VIADUCT_CHECK(size == N);
  return out;
}

template <size_t N>
std::array<uint8_t, N> hmac(const EVP_MD* algorithm, std::span<const uint8_t> key,
                            std::span<const uint8_t> data) {
  std::array<uint8_t, N> out;
  unsigned int size = 0;
  VIADUCT_CHECK(HMAC(algorithm, key.data(), static_cast<int>(key.size()), data.data(), data.size(),
                     out.data(), &size) != nullptr);
  VIADUCT_CHECK(size == N);
  return out;
}

constexpr std::array<uint32_t, 256> make_crc_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? value >> 1 ^ 0xedb88320 : value >> 1;
    table[i] = value;
  }
  return table;
}

}  // namespace

std::array<uint8_t, 16> md5(std::string_view data) { return digest<16>(EVP_md5(), data); }
std::array<uint8_t, 32> sha256(std::string_view data) { return digest<32>(EVP_sha256(), data); }

std::array<uint8_t, 20> hmac_sha1(std::span<const uint8_t> key, std::span<const uint8_t> data) {
  return hmac<20>(EVP_sha1(), key, data);
}
std::array<uint8_t, 32> hmac_sha256(std::span<const uint8_t> key, std::span<const uint8_t> data) {
  return hmac<32>(EVP_sha256(), key, data);
}

uint32_t crc32(std::span<const uint8_t> data) {
  static constexpr auto kTable = make_crc_table();
  uint32_t value = 0xffffffff;
  for (uint8_t byte : data) value = value >> 8 ^ kTable[(value ^ byte) & 0xff];
  return ~value;
}

bool constant_time_equal(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}
bool constant_time_equal(std::string_view a, std::string_view b) {
  return constant_time_equal(as_bytes(a), as_bytes(b));
}

}  // namespace viaduct::base
