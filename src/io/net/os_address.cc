#include "io/net/os_address.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace viaduct::net {
namespace {

base::IpAddress from_in6(const in6_addr& address) {
  return base::IpAddress::v6(std::span<const uint8_t, 16>(address.s6_addr, 16));
}

void to_v6(const base::SocketAddress& address, OsAddress& out) {
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
  *v6 = {};
  v6->sin6_family = AF_INET6;
  v6->sin6_port = htons(address.port);
  const auto bytes = address.ip.bytes();
  if (address.ip.is_v6()) {
    std::memcpy(v6->sin6_addr.s6_addr, bytes.data(), 16);
  } else {
    v6->sin6_addr.s6_addr[10] = v6->sin6_addr.s6_addr[11] = 0xff;
    std::memcpy(v6->sin6_addr.s6_addr + 12, bytes.data(), 4);
  }
  out.size = sizeof *v6;
}

}  // namespace

void to_os(const base::SocketAddress& address, bool as_v6, OsAddress& out) {
  if (as_v6 || address.ip.is_v6()) {
    to_v6(address, out);
    return;
  }
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
  *v4 = {};
  v4->sin_family = AF_INET;
  v4->sin_port = htons(address.port);
  std::memcpy(&v4->sin_addr, address.ip.bytes().data(), 4);
  out.size = sizeof *v4;
}

base::SocketAddress from_os(const sockaddr_storage& storage) {
  if (storage.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(storage);
    return {from_in6(v6.sin6_addr), ntohs(v6.sin6_port)};
  }
  if (storage.ss_family != AF_INET) return {};
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(storage);
  return {base::IpAddress::v4(ntohl(v4.sin_addr.s_addr)), ntohs(v4.sin_port)};
}

std::vector<base::IpAddress> local_addresses() {
  std::vector<base::IpAddress> out;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return out;
  for (const ifaddrs* at = list; at; at = at->ifa_next) {
    if (!at->ifa_addr || !(at->ifa_flags & IFF_UP)) continue;
    const int family = at->ifa_addr->sa_family;
    if (family != AF_INET && family != AF_INET6) continue;
    sockaddr_storage storage{};
    std::memcpy(&storage, at->ifa_addr,
                family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6));
    const base::IpAddress ip = from_os(storage).ip;
    const bool link_local = ip.is_v6() && ip.bytes()[0] == 0xfe && (ip.bytes()[1] & 0xc0) == 0x80;
    if (!link_local) out.push_back(ip);
  }
  freeifaddrs(list);
  const auto rank = [](const base::IpAddress& ip) { return ip.is_loopback() ? 2 : ip.is_v6(); };
  std::ranges::stable_sort(out, {}, rank);
  return out;
}

}  // namespace viaduct::net
