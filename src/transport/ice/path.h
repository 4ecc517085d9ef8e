// One way to a far side: its address and, for ICE-TCP (RFC 6544), the connection. A connection is
// never an address alone: the same remote address may be in use over UDP as well, or again over a
// later connection, and what was proved on one way says nothing about the other.
#pragma once

#include <compare>
#include <cstdint>

#include "base/address.h"

namespace viaduct::ice {

struct Path {
  Path() = default;
  // Implicitly, since UDP over the shared socket is the ordinary case.
  Path(const base::SocketAddress& address, uint32_t connection_number = 0)
      : remote(address), connection(connection_number) {}

  base::SocketAddress remote;
  uint32_t connection = 0;  // the owner's number of a TCP connection, not used again; 0: UDP

  friend auto operator<=>(const Path&, const Path&) = default;
};

}  // namespace viaduct::ice

template <>
struct std::hash<viaduct::ice::Path> {
  size_t operator()(const viaduct::ice::Path& path) const noexcept {
    return std::hash<viaduct::base::SocketAddress>{}(path.remote) ^
           path.connection * size_t{0x9e3779b97f4a7c15};
  }
};
