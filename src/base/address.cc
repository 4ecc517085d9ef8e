#include "base/address.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>

namespace viaduct::base {
namespace {

constexpr Error kBadAddress{Errc::malformed, "not an IP address"};

template <class T>
std::optional<T> number(std::string_view text, int radix, T most) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, radix);
  if (error != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
  return static_cast<T>(value);
}

std::optional<uint32_t> parse_v4(std::string_view text) {
  uint32_t value = 0;
  for (int part = 0; part < 4; ++part) {
    const size_t dot = part < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos || dot == 0 || dot > 3) return std::nullopt;
    const auto byte = number<uint8_t>(text.substr(0, dot), 10, 255);
    if (!byte) return std::nullopt;
    value = value << 8 | *byte;
    text.remove_prefix(part < 3 ? dot + 1 : dot);
  }
  return text.empty() ? std::optional(value) : std::nullopt;
}

// One side of "::": groups of four hexadecimal digits, the last may be dotted IPv4.
// Returns the number of bytes written to `out`.
std::optional<size_t> parse_groups(std::string_view text, std::span<uint8_t> out) {
  size_t n = 0;
  while (!text.empty()) {
    const size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
      const auto v4 = parse_v4(group);
      if (!v4 || n + 4 > out.size()) return std::nullopt;
      for (int shift = 24; shift >= 0; shift -= 8) out[n++] = static_cast<uint8_t>(*v4 >> shift);
      return n;
    }
    const auto value = group.size() <= 4 ? number<uint16_t>(group, 16, 0xffff) : std::nullopt;
    if (!value || n + 2 > out.size()) return std::nullopt;
    out[n++] = static_cast<uint8_t>(*value >> 8);
    out[n++] = static_cast<uint8_t>(*value);
    if (colon == std::string_view::npos) return n;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;  // a single trailing colon
  }
  return n;
}

std::optional<std::array<uint8_t, 16>> parse_v6(std::string_view text) {
  std::array<uint8_t, 16> out{};
  const size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    const auto n = parse_groups(text, out);
    return n == 16 ? std::optional(out) : std::nullopt;
  }
  std::array<uint8_t, 14> tail{};
  const auto head_size = parse_groups(text.substr(0, gap), std::span(out).first(14));
  const auto tail_size = parse_groups(text.substr(gap + 2), tail);
  if (!head_size || !tail_size || *head_size + *tail_size > 14) return std::nullopt;
  std::copy_n(tail.begin(), *tail_size, out.end() - static_cast<long>(*tail_size));
  return out;
}

}  // namespace

IpAddress IpAddress::v4(uint32_t host_order) {
  IpAddress out;
  for (int i = 0; i < 4; ++i) out.bytes_[i] = static_cast<uint8_t>(host_order >> (24 - 8 * i));
  return out;
}

IpAddress IpAddress::v6(std::span<const uint8_t, 16> bytes) {
  static constexpr std::array<uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  IpAddress out;
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) {
    std::copy(bytes.begin() + 12, bytes.end(), out.bytes_.begin());
    return out;
  }
  std::copy(bytes.begin(), bytes.end(), out.bytes_.begin());
  out.v6_ = true;
  return out;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  if (const auto value = parse_v4(text)) return v4(*value);
  if (text.find(':') != std::string_view::npos)
    if (const auto bytes = parse_v6(text)) return v6(*bytes);
  return kBadAddress;
}

bool IpAddress::is_unspecified() const {
  return std::ranges::all_of(bytes(), [](uint8_t b) { return b == 0; });
}

bool IpAddress::is_loopback() const {
  if (!v6_) return bytes_[0] == 127;
  return bytes_[15] == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](uint8_t b) { return b == 0; });
}

bool IpAddress::is_multicast() const { return v6_ ? bytes_[0] == 0xff : bytes_[0] >> 4 == 14; }

std::string IpAddress::str() const {
  char text[48];
  if (!v6_) {
    std::snprintf(text, sizeof text, "%u.%u.%u.%u", bytes_[0], bytes_[1], bytes_[2], bytes_[3]);
    return text;
  }
  // RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as "::".
  std::array<uint16_t, 8> groups;
  for (size_t i = 0; i < 8; ++i)
    groups[i] = static_cast<uint16_t>(bytes_[2 * i] << 8 | bytes_[2 * i + 1]);
  size_t best = 8, best_length = 1;
  for (size_t i = 0; i < 8; ++i) {
    size_t length = 0;
    while (i + length < 8 && groups[i + length] == 0) ++length;
    if (length > best_length) best = i, best_length = length;
  }
  std::string out;
  for (size_t i = 0; i < 8; ++i) {
    if (i == best) {
      out += "::";
      i += best_length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    std::snprintf(text, sizeof text, "%x", groups[i]);
    out += text;
  }
  return out;
}

Result<SocketAddress> SocketAddress::parse(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0)
    return Error{Errc::malformed, "not an address and port"};
  std::string_view host = text.substr(0, colon);
  if (host.front() == '[') {
    if (host.back() != ']') return kBadAddress;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return kBadAddress;  // an IPv6 address with a port needs brackets
  }
  const auto ip = IpAddress::parse(host);
  if (!ip) return ip.error();
  const auto port = number<uint16_t>(text.substr(colon + 1), 10, 65535);
  if (!port) return Error{Errc::malformed, "not a port"};
  return SocketAddress{*ip, *port};
}

std::string SocketAddress::str() const {
  const std::string host = ip.is_v6() ? "[" + ip.str() + "]" : ip.str();
  return host + ":" + std::to_string(port);
}

}  // namespace viaduct::base

size_t std::hash<viaduct::base::SocketAddress>::operator()(
    const viaduct::base::SocketAddress& address) const noexcept {
  uint64_t sum = 0xcbf29ce484222325 ^ address.port;
  for (uint8_t byte : address.ip.bytes()) sum = (sum ^ byte) * 0x100000001b3;
  return sum ^ (sum >> 29);
}
