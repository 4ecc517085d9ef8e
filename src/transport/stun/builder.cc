#include "transport/stun/builder.h"

#include "base/encoding.h"
#include "base/hash.h"

namespace viaduct::stun {
namespace {

constexpr size_t kLengthAt = 2;

uint16_t message_type(Class message_class, uint16_t method) {
  const auto bits = static_cast<unsigned>(message_class);
  return static_cast<uint16_t>((method & 0x000f) | (method & 0x0070) << 1 | (method & 0x0f80) << 2 |
                               (bits & 1) << 4 | (bits & 2) << 7);
}

}  // namespace

MessageBuilder::MessageBuilder(std::span<uint8_t> buffer, Class message_class, uint16_t method,
                               const TransactionId& transaction)
    : out_(buffer.first(std::min(buffer.size(), kMaxMessage))), transaction_(transaction) {
  out_.u16(message_type(message_class, method));
  out_.u16(0);
  out_.u32(kMagicCookie);
  out_.bytes(transaction);
}

void MessageBuilder::begin(Attribute type, size_t length) {
  out_.u16(static_cast<uint16_t>(type));
  out_.u16(static_cast<uint16_t>(length));
}

void MessageBuilder::pad(size_t length) { out_.zeros(-length & 3); }

void MessageBuilder::attribute(uint16_t type, std::span<const uint8_t> value) {
  begin(static_cast<Attribute>(type), value.size());
  out_.bytes(value);  // a value over 64 kB overruns the buffer here, so its length cannot wrap
  pad(value.size());
}

void MessageBuilder::username(std::string_view value) {
  attribute(static_cast<uint16_t>(Attribute::username), base::as_bytes(value));
}
void MessageBuilder::software(std::string_view value) {
  attribute(static_cast<uint16_t>(Attribute::software), base::as_bytes(value));
}
void MessageBuilder::priority(uint32_t value) {
  begin(Attribute::priority, 4);
  out_.u32(value);
}
void MessageBuilder::use_candidate() { begin(Attribute::use_candidate, 0); }
void MessageBuilder::ice_controlling(uint64_t tie_breaker) {
  begin(Attribute::ice_controlling, 8);
  out_.u64(tie_breaker);
}
void MessageBuilder::ice_controlled(uint64_t tie_breaker) {
  begin(Attribute::ice_controlled, 8);
  out_.u64(tie_breaker);
}

void MessageBuilder::error_code(uint16_t code, std::string_view reason) {
  begin(Attribute::error_code, 4 + reason.size());
  out_.u16(0);
  out_.u8(static_cast<uint8_t>(code / 100));
  out_.u8(static_cast<uint8_t>(code % 100));
  out_.bytes(base::as_bytes(reason));
  pad(reason.size());
}

void MessageBuilder::unknown_attributes(std::span<const uint16_t> types) {
  begin(Attribute::unknown_attributes, 2 * types.size());
  for (const uint16_t type : types) out_.u16(type);
  pad(2 * types.size());
}

void MessageBuilder::mapped_address(const base::SocketAddress& value) {
  address(Attribute::mapped_address, value, false);
}
void MessageBuilder::xor_mapped_address(const base::SocketAddress& value) {
  address(Attribute::xor_mapped_address, value, true);
}
void MessageBuilder::alternate_server(const base::SocketAddress& value) {
  address(Attribute::alternate_server, value, false);
}

void MessageBuilder::address(Attribute type, const base::SocketAddress& value, bool xored) {
  // RFC 8489 §14.2: the port is masked with the cookie's upper half, the address with cookie and
  // transaction id, as far as it reaches.
  std::array<uint8_t, 16> mask{};
  if (xored) {
    base::ByteWriter bytes(mask);
    bytes.u32(kMagicCookie);
    bytes.bytes(transaction_);
  }
  const auto ip = value.ip.bytes();
  begin(type, 4 + ip.size());
  out_.u8(0);
  out_.u8(value.ip.is_v6() ? 2 : 1);
  out_.u16(static_cast<uint16_t>(value.port ^ (mask[0] << 8 | mask[1])));
  for (size_t i = 0; i < ip.size(); ++i) out_.u8(ip[i] ^ mask[i]);
}

void MessageBuilder::set_length(size_t message_size) {
  out_.patch_u16(kLengthAt, static_cast<uint16_t>(message_size - kHeaderSize));
}

void MessageBuilder::integrity(std::string_view key) {
  if (!out_.ok()) return;
  set_length(out_.size() + 24);
  const auto hash = base::hmac_sha1(base::as_bytes(key), out_.written());
  attribute(static_cast<uint16_t>(Attribute::message_integrity), hash);
}

void MessageBuilder::fingerprint() {
  if (!out_.ok()) return;
  set_length(out_.size() + 8);
  const uint32_t value = base::crc32(out_.written()) ^ 0x5354554e;
  begin(Attribute::fingerprint, 4);
  out_.u32(value);
}

base::Result<std::span<const uint8_t>> MessageBuilder::finish() {
  if (!out_.ok()) return base::Error{base::Errc::too_large, "STUN message exceeds its buffer"};
  set_length(out_.size());
  return std::span<const uint8_t>(out_.written());
}

}  // namespace viaduct::stun
