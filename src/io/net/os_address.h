// base::SocketAddress <-> the operating system's sockaddr.
#pragma once

#include <sys/socket.h>

#include <vector>

#include "base/address.h"

namespace viaduct::net {

struct OsAddress {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

// With `as_v6` an IPv4 address is given v4-mapped, as a dual-stack socket wants it.
void to_os(const base::SocketAddress& address, bool as_v6, OsAddress& out);
base::SocketAddress from_os(const sockaddr_storage& storage);

// Addresses of the machine's interfaces that are up: those others can use first, loopback last.
std::vector<base::IpAddress> local_addresses();

}  // namespace viaduct::net
