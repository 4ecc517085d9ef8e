// Digests and message authentication, as values. libcrypto does the work.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace viaduct::base {

std::array<uint8_t, 16> md5(std::string_view data);
std::array<uint8_t, 32> sha256(std::string_view data);
std::array<uint8_t, 20> hmac_sha1(std::span<const uint8_t> key, std::span<const uint8_t> data);
std::array<uint8_t, 32> hmac_sha256(std::span<const uint8_t> key, std::span<const uint8_t> data);
// CRC-32 of ITU V.42 (polynomial 0xedb88320, reflected): STUN FINGERPRINT and zip.
uint32_t crc32(std::span<const uint8_t> data);

// Takes the same time wherever the first difference lies. Lengths are no secret.
bool constant_time_equal(std::span<const uint8_t> a, std::span<const uint8_t> b);
bool constant_time_equal(std::string_view a, std::string_view b);

}  // namespace viaduct::base
