// Writes a STUN message into a buffer of the caller's.
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "transport/stun/message.h"

namespace viaduct::stun {

// Attributes in the order in which they shall stand; then integrity(), then fingerprint(), each
// optional; then finish().
class MessageBuilder {
 public:
  // The buffer must outlive the builder; kMaxMessage bytes are always enough.
  MessageBuilder(std::span<uint8_t> buffer, Class message_class, uint16_t method,
                 const TransactionId& transaction);

  void username(std::string_view value);
  void software(std::string_view value);
  void priority(uint32_t value);
  void use_candidate();
  void ice_controlling(uint64_t tie_breaker);
  void ice_controlled(uint64_t tie_breaker);
  void error_code(uint16_t code, std::string_view reason);
  void unknown_attributes(std::span<const uint16_t> types);
  void mapped_address(const base::SocketAddress& address);
  void xor_mapped_address(const base::SocketAddress& address);
  void alternate_server(const base::SocketAddress& address);
  // Any attribute, with its padding.
  void attribute(uint16_t type, std::span<const uint8_t> value);

  // MESSAGE-INTEGRITY over what has been written (RFC 8489 §14.5); short-term: key = password.
  void integrity(std::string_view key);
  void fingerprint();

  // The whole message, a part of the buffer. Errors: too_large when the buffer was too small.
  base::Result<std::span<const uint8_t>> finish();

 private:
  void begin(Attribute type, size_t length);
  void pad(size_t length);
  void address(Attribute type, const base::SocketAddress& value, bool xored);
  void set_length(size_t message_size);

  base::ByteWriter out_;
  TransactionId transaction_;
};

}  // namespace viaduct::stun
