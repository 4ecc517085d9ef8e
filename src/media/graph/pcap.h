// Captured packets as a pcap file that Wireshark opens. The IP and UDP headers are made here: the
// node knows datagrams, not frames.
//
//   file:   magic a1b23c4d (nanoseconds), 2.4, 0, 0, snap length, LINKTYPE_RAW (101)
//   packet: seconds, nanoseconds, bytes kept, bytes on the wire, then IP, UDP and the datagram
#pragma once

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "media/graph/capture_tap.h"

namespace viaduct::graph {

inline constexpr uint32_t kLinkTypeRaw = 101;  // the packet begins with IPv4 or IPv6

void append_pcap_header(std::vector<uint8_t>& out);
// `wall`: when it was, on the wall clock.
void append_pcap_packet(std::vector<uint8_t>& out, const CapturedPacket& packet,
                        base::WallTime wall);

}  // namespace viaduct::graph
