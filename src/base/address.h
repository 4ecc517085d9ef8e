// IP addresses and ports as values, free of operating system headers.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace viaduct::base {

// IPv4 is kept in the first four bytes. A v4-mapped IPv6 address is made IPv4 by the constructors.
class IpAddress {
 public:
  IpAddress() = default;  // 0.0.0.0
  static IpAddress v4(uint32_t host_order);
  static IpAddress v6(std::span<const uint8_t, 16> bytes);
  // "192.0.2.1", "2001:db8::1" (no brackets, no zone); errors: malformed.
  static Result<IpAddress> parse(std::string_view text);

  bool is_v6() const { return v6_; }
  bool is_unspecified() const;
  bool is_loopback() const;
  bool is_multicast() const;
  // 4 or 16 bytes in network order; lives as long as *this.
  std::span<const uint8_t> bytes() const { return {bytes_.data(), v6_ ? 16u : 4u}; }
  std::string str() const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<uint8_t, 16> bytes_{};
  bool v6_ = false;
};

struct SocketAddress {
  IpAddress ip;
  uint16_t port = 0;

  // "192.0.2.1:5060", "[2001:db8::1]:5060"; errors: malformed.
  static Result<SocketAddress> parse(std::string_view text);
  std::string str() const;
  friend auto operator<=>(const SocketAddress&, const SocketAddress&) = default;
};

}  // namespace viaduct::base

template <>
struct std::hash<viaduct::base::SocketAddress> {
  size_t operator()(const viaduct::base::SocketAddress& address) const noexcept;
};
