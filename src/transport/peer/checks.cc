#include "transport/peer/checks.h"

#include "transport/rtp/packet.h"

namespace viaduct::peer {

bool is_sane_rtp(std::span<const uint8_t> packet) { return rtp::Packet::parse(packet).has_value(); }

bool is_sendable(const base::SocketAddress& address) {
  return address.port != 0 && !address.ip.is_unspecified() && !address.ip.is_multicast();
}

bool is_sane_rtcp(std::span<const uint8_t> packet) {
  if (packet.size() < 8 || packet[0] >> 6 != 2) return false;
  const size_t words = size_t{packet[2]} << 8 | packet[3];
  return (words + 1) * 4 <= packet.size();
}

}  // namespace viaduct::peer
