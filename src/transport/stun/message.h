// STUN messages (RFC 8489) with the attributes of ICE (RFC 8445 §16.1): a parsed view.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace viaduct::stun {

inline constexpr size_t kHeaderSize = 20;
// Longer messages are refused. ICE's are under 200 bytes; a datagram never holds 4 kB in practice.
inline constexpr size_t kMaxMessage = 4096;
inline constexpr uint32_t kMagicCookie = 0x2112a442;
inline constexpr uint16_t kBinding = 0x001;

enum class Class : uint8_t { request = 0, indication = 1, success = 2, error = 3 };

enum class Attribute : uint16_t {
  mapped_address = 0x0001,
  username = 0x0006,
  message_integrity = 0x0008,
  error_code = 0x0009,
  unknown_attributes = 0x000a,
  message_integrity_sha256 = 0x001c,
  xor_mapped_address = 0x0020,
  priority = 0x0024,
  use_candidate = 0x0025,
  software = 0x8022,
  alternate_server = 0x8023,
  fingerprint = 0x8028,
  ice_controlled = 0x8029,
  ice_controlling = 0x802a,
};

using TransactionId = std::array<uint8_t, 12>;

struct ErrorCode {
  uint16_t code = 0;  // 300..699
  std::string_view reason;
};

// At most kCapacity attribute types; more are forgotten.
class TypeList {
 public:
  static constexpr size_t kCapacity = 16;
  void add(uint16_t type) {
    if (size_ < kCapacity) types_[size_++] = type;
  }
  bool empty() const { return size_ == 0; }
  std::span<const uint16_t> types() const { return {types_.data(), size_}; }

 private:
  std::array<uint16_t, kCapacity> types_{};
  size_t size_ = 0;
};

// Of an attribute that comes twice the first counts (RFC 8489 §14). What stands behind
// MESSAGE-INTEGRITY is ignored, except FINGERPRINT (§14.5).
struct Message {
  Class message_class = Class::request;
  uint16_t method = 0;
  TransactionId transaction{};

  std::optional<std::string_view> username;
  std::optional<std::string_view> software;
  std::optional<uint32_t> priority;
  bool use_candidate = false;
  std::optional<uint64_t> ice_controlling;  // the tie-breaker
  std::optional<uint64_t> ice_controlled;
  std::optional<base::SocketAddress> mapped_address;
  std::optional<base::SocketAddress> xor_mapped_address;
  std::optional<base::SocketAddress> alternate_server;
  std::optional<ErrorCode> error;
  TypeList unknown_attributes;  // as the sender of an error 420 listed them
  // Comprehension-required attributes in this message that we do not know: a request gets a 420.
  TypeList not_understood;
  bool has_integrity = false;
  bool has_fingerprint = false;  // present, and then right: parse() refuses a wrong one

  // The views live as long as `packet`, which holds exactly one message.
  // Errors: truncated, malformed, too_large.
  static base::Result<Message> parse(std::span<const uint8_t> packet);

  // Whether MESSAGE-INTEGRITY is there and made with `key`: for short-term credentials, as in ICE,
  // the password itself (RFC 8489 §9.1.1).
  bool integrity_matches(std::string_view key) const;

 private:
  std::span<const uint8_t> bytes_;
  size_t integrity_at_ = 0;  // position of the attribute's header
};

// What stands before the colon of a check's USERNAME "local:remote" (RFC 8445 §7.2.2), seen from
// whom it was sent to; both halves must be there.
struct CheckUsername {
  std::string_view local_ufrag;
  std::string_view remote_ufrag;
};
std::optional<CheckUsername> split_username(std::string_view username);

// For a port shared by many sessions: the local ufrag out of a request's USERNAME, without checking
// anything else about the packet. The view lives as long as the packet.
std::optional<std::string_view> peek_local_ufrag(std::span<const uint8_t> packet);

}  // namespace viaduct::stun
