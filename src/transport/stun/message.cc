#include "transport/stun/message.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "transport/stun/demux.h"

//    0                   1                   2                   3
//   |0 0|  class and method         |        length of the rest     |
//   |                         magic cookie                          |
//   |                   transaction id (96 bits)                    |
//   then attributes: type, length, value, padding to four bytes      (RFC 8489 §5, §14)

namespace viaduct::stun {
namespace {

using base::ByteReader;
using base::Errc;
using base::Error;
using base::Result;

// RFC 8489 §14.3, §14.9, §6.3.1 and §14.10: longer values are malformed.
constexpr size_t kLongestUsername = 513;
constexpr size_t kLongestText = 763;

constexpr size_t kIntegritySize = 20;
constexpr size_t kAttributeHeader = 4;

struct RawAttribute {
  uint16_t type = 0;
  std::span<const uint8_t> value;
  size_t at = 0;  // position of its header
};

// Nothing when the attribute does not fit what is left.
std::optional<RawAttribute> read_attribute(ByteReader& in) {
  RawAttribute out;
  out.at = in.position();
  out.type = in.u16();
  const uint16_t length = in.u16();
  out.value = in.bytes(length);
  in.skip(-static_cast<size_t>(length) & 3);
  if (!in.ok()) return std::nullopt;
  return out;
}

std::optional<base::SocketAddress> read_address(std::span<const uint8_t> value, bool xored,
                                                const TransactionId& transaction) {
  ByteReader in(value);
  in.skip(1);
  const uint8_t family = in.u8();
  const uint16_t mask = xored ? static_cast<uint16_t>(kMagicCookie >> 16) : uint16_t{0};
  base::SocketAddress out;
  out.port = in.u16() ^ mask;
  if (family == 1 && in.remaining() == 4) {
    out.ip = base::IpAddress::v4(in.u32() ^ (xored ? kMagicCookie : 0));
    return out;
  }
  if (family != 2 || in.remaining() != 16) return std::nullopt;
  std::array<uint8_t, 16> bytes;
  std::ranges::copy(in.bytes(16), bytes.begin());
  if (xored) {
    for (size_t i = 0; i < 4; ++i) bytes[i] ^= static_cast<uint8_t>(kMagicCookie >> (24 - 8 * i));
    for (size_t i = 0; i < 12; ++i) bytes[4 + i] ^= transaction[i];
  }
  out.ip = base::IpAddress::v6(bytes);
  return out;
}

template <class T>
void keep_first(std::optional<T>& field, const T& value) {
  if (!field) field = value;
}

bool read_number(std::optional<uint32_t>& field, std::span<const uint8_t> value) {
  if (value.size() != 4) return false;
  keep_first(field, ByteReader(value).u32());
  return true;
}

bool read_number(std::optional<uint64_t>& field, std::span<const uint8_t> value) {
  if (value.size() != 8) return false;
  keep_first(field, ByteReader(value).u64());
  return true;
}

bool read_text(std::optional<std::string_view>& field, std::span<const uint8_t> value,
               size_t longest) {
  if (value.size() > longest) return false;
  keep_first(field, base::as_text(value));
  return true;
}

bool read_address(std::optional<base::SocketAddress>& field, std::span<const uint8_t> value,
                  bool xored, const TransactionId& transaction) {
  const auto address = read_address(value, xored, transaction);
  if (address) keep_first(field, *address);
  return address.has_value();
}

bool read_error(std::optional<ErrorCode>& field, std::span<const uint8_t> value) {
  ByteReader in(value);
  in.skip(2);
  const unsigned hundreds = in.u8() & 7;
  const unsigned number = in.u8();
  if (!in.ok() || hundreds < 3 || hundreds > 6 || number > 99 || in.remaining() > kLongestText)
    return false;
  keep_first(field,
             ErrorCode{static_cast<uint16_t>(hundreds * 100 + number), base::as_text(in.rest())});
  return true;
}

bool read_types(TypeList& list, std::span<const uint8_t> value) {
  if (value.size() % 2 != 0) return false;
  for (ByteReader in(value); in.remaining() != 0;) list.add(in.u16());
  return true;
}

// False: malformed. Attributes that need more than their own bytes are parse()'s affair.
bool read_value(Message& out, const RawAttribute& attribute) {
  const auto value = attribute.value;
  switch (static_cast<Attribute>(attribute.type)) {
    case Attribute::username: return read_text(out.username, value, kLongestUsername);
    case Attribute::software: return read_text(out.software, value, kLongestText);
    case Attribute::priority: return read_number(out.priority, value);
    case Attribute::use_candidate: out.use_candidate = true; return value.empty();
    case Attribute::ice_controlling: return read_number(out.ice_controlling, value);
    case Attribute::ice_controlled: return read_number(out.ice_controlled, value);
    case Attribute::error_code: return read_error(out.error, value);
    case Attribute::unknown_attributes: return read_types(out.unknown_attributes, value);
    case Attribute::mapped_address:
      return read_address(out.mapped_address, value, false, out.transaction);
    case Attribute::xor_mapped_address:
      return read_address(out.xor_mapped_address, value, true, out.transaction);
    case Attribute::alternate_server:
      return read_address(out.alternate_server, value, false, out.transaction);
    default:
      if (attribute.type < 0x8000) out.not_understood.add(attribute.type);
      return true;
  }
}

bool fingerprint_matches(std::span<const uint8_t> packet, const RawAttribute& attribute) {
  // It is the last attribute, so the header's length counts it as §14.7 asks.
  constexpr uint32_t kMask = 0x5354554e;
  return attribute.value.size() == 4 && attribute.at + 8 == packet.size() &&
         ByteReader(attribute.value).u32() == (base::crc32(packet.first(attribute.at)) ^ kMask);
}

// §5: the class bits C1 and C0 stand between the method's.
void read_type(Message& out, uint16_t type) {
  out.message_class = static_cast<Class>((type >> 7 & 2) | (type >> 4 & 1));
  out.method = static_cast<uint16_t>((type & 0x000f) | (type >> 1 & 0x0070) | (type >> 2 & 0x0f80));
}

}  // namespace

Result<Message> Message::parse(std::span<const uint8_t> packet) {
  if (packet.size() < kHeaderSize) return Error{Errc::truncated, "STUN header is cut"};
  if (packet.size() > kMaxMessage) return Error{Errc::too_large, "STUN message is too long"};
  if (!looks_like_stun(packet)) return Error{Errc::malformed, "not a STUN message"};
  ByteReader in(packet);
  Message out;
  read_type(out, in.u16());
  const uint16_t length = in.u16();
  if (length > packet.size() - kHeaderSize) return Error{Errc::truncated, "STUN message is cut"};
  if (length < packet.size() - kHeaderSize)
    return Error{Errc::malformed, "bytes after the STUN message"};
  in.skip(4);
  std::ranges::copy(in.bytes(12), out.transaction.begin());
  out.bytes_ = packet;

  while (in.remaining() != 0) {
    if (out.has_fingerprint) return Error{Errc::malformed, "STUN FINGERPRINT is not the last"};
    const auto attribute = read_attribute(in);
    if (!attribute) return Error{Errc::malformed, "STUN attribute does not fit"};
    if (attribute->type == static_cast<uint16_t>(Attribute::fingerprint)) {
      if (!fingerprint_matches(packet, *attribute))
        return Error{Errc::malformed, "STUN FINGERPRINT is wrong"};
      out.has_fingerprint = true;
    } else if (out.has_integrity) {
      continue;  // not covered by the integrity: not to be believed
    } else if (attribute->type == static_cast<uint16_t>(Attribute::message_integrity)) {
      if (attribute->value.size() != kIntegritySize)
        return Error{Errc::malformed, "STUN MESSAGE-INTEGRITY has a wrong length"};
      out.has_integrity = true;
      out.integrity_at_ = attribute->at;
    } else if (!read_value(out, *attribute)) {
      return Error{Errc::malformed, "STUN attribute has a wrong value"};
    }
  }
  return out;
}

bool Message::integrity_matches(std::string_view key) const {
  if (!has_integrity) return false;
  // The hash is over the message before the attribute, with a header whose length ends right behind
  // the attribute, whatever follows it (§14.5).
  std::array<uint8_t, kMaxMessage> copy;
  std::memcpy(copy.data(), bytes_.data(), integrity_at_);
  const size_t length = integrity_at_ + kAttributeHeader + kIntegritySize - kHeaderSize;
  copy[2] = static_cast<uint8_t>(length >> 8);
  copy[3] = static_cast<uint8_t>(length);
  const auto expected = base::hmac_sha1(base::as_bytes(key), std::span(copy).first(integrity_at_));
  return base::constant_time_equal(
      expected, bytes_.subspan(integrity_at_ + kAttributeHeader, kIntegritySize));
}

std::optional<CheckUsername> split_username(std::string_view username) {
  const size_t colon = username.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == username.size())
    return std::nullopt;
  return CheckUsername{username.substr(0, colon), username.substr(colon + 1)};
}

std::optional<std::string_view> peek_local_ufrag(std::span<const uint8_t> packet) {
  if (!looks_like_stun(packet) || packet.size() > kMaxMessage) return std::nullopt;
  ByteReader in(packet);
  Message head;
  read_type(head, in.u16());
  if (head.message_class != Class::request) return std::nullopt;
  in.skip(kHeaderSize - 2);
  while (in.remaining() != 0) {
    const auto attribute = read_attribute(in);
    if (!attribute) return std::nullopt;
    if (attribute->type != static_cast<uint16_t>(Attribute::username)) continue;
    const auto parts = split_username(base::as_text(attribute->value));
    if (!parts) return std::nullopt;
    return parts->local_ufrag;
  }
  return std::nullopt;
}

}  // namespace viaduct::stun
