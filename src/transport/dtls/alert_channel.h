// What is left of an association once its handshake is over and the far side has shown that it has
// our last flight: alerts. OpenSSL's SSL keeps 70 kB for handshakes that will not come; this keeps
// the key to tell a true close_notify from a forged one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "transport/dtls/engine.h"
#include "transport/dtls/native.h"

namespace viaduct::dtls {

class AlertChannel {
 public:
  // `ssl` has finished its handshake. Nothing for a cipher suite that is not AES-GCM: then the SSL
  // must stay.
  static std::optional<AlertChannel> create(const SSL& ssl, Role our_role);

  // Whether the datagram holds an authentic close_notify or fatal alert (RFC 5246 §7.2).
  bool ends(std::span<const uint8_t> datagram);

 private:
  static constexpr size_t kImplicitNonce = 4;  // RFC 5288 §3
  using CipherPtr = std::unique_ptr<EVP_CIPHER_CTX, FreeWith<EVP_CIPHER_CTX_free>>;
  AlertChannel() = default;
  // The two bytes of an alert, when the record is one and authentic (RFC 6347 §4.1).
  std::optional<std::array<uint8_t, 2>> open(std::span<const uint8_t> record);

  CipherPtr cipher_;
  std::array<uint8_t, kImplicitNonce> implicit_nonce_{};
};

}  // namespace viaduct::dtls
