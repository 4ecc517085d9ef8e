#include "media/graph/pcap.h"

#include "base/bytes.h"

namespace viaduct::graph {

namespace {

constexpr size_t kIpv4 = 20, kIpv6 = 40, kUdp = 8;
constexpr uint8_t kUdpProtocol = 17;
constexpr uint8_t kHops = 64;

// RFC 1071, of an even number of bytes.
uint32_t sum_of(std::span<const uint8_t> bytes, uint32_t sum = 0) {
  for (size_t i = 0; i < bytes.size(); i += 2) {
    const uint32_t low = i + 1 < bytes.size() ? bytes[i + 1] : 0;
    sum += uint32_t{bytes[i]} << 8 | low;
  }
  return sum;
}
uint16_t folded(uint32_t sum) {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

// RFC 791.
void write_ipv4(base::ByteWriter& out, const CapturedPacket& packet, size_t udp_length) {
  const size_t begin = out.size();
  out.u8(0x45);
  out.u8(0);
  out.u16(static_cast<uint16_t>(kIpv4 + udp_length));
  out.u32(0x4000);  // no identification; do not fragment
  out.u8(kHops);
  out.u8(kUdpProtocol);
  out.u16(0);
  out.bytes(packet.from.ip.bytes());
  out.bytes(packet.to.ip.bytes());
  out.patch_u16(begin + 10, folded(sum_of(out.written().subspan(begin, kIpv4))));
}

// RFC 8200. One side may be known by an IPv4 address only: it is written mapped.
void write_ipv6(base::ByteWriter& out, const CapturedPacket& packet, size_t udp_length) {
  const auto address = [&](const base::IpAddress& ip) {
    if (!ip.is_v6()) {
      out.zeros(10);
      out.u16(0xffff);
    }
    out.bytes(ip.bytes());
  };
  out.u32(0x60000000);
  out.u16(static_cast<uint16_t>(udp_length));
  out.u8(kUdpProtocol);
  out.u8(kHops);
  address(packet.from.ip);
  address(packet.to.ip);
}

// RFC 8200 §8.1; only IPv6 demands one, and a cut packet has none that could be right.
uint16_t udp_checksum(std::span<const uint8_t> addresses, std::span<const uint8_t> udp) {
  const uint32_t pseudo = sum_of(addresses) + static_cast<uint32_t>(udp.size()) + kUdpProtocol;
  const uint16_t checksum = folded(sum_of(udp, pseudo));
  return checksum == 0 ? 0xffff : checksum;
}

void little(std::vector<uint8_t>& out, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

}  // namespace

void append_pcap_header(std::vector<uint8_t>& out) {
  little(out, 0xa1b23c4d, 4);
  little(out, 2, 2);
  little(out, 4, 2);
  little(out, 0, 4);
  little(out, 0, 4);
  little(out, 65535, 4);
  little(out, kLinkTypeRaw, 4);
}

void append_pcap_packet(std::vector<uint8_t>& out, const CapturedPacket& packet,
                        base::WallTime wall) {
  const bool v6 = packet.from.ip.is_v6() || packet.to.ip.is_v6();
  const size_t udp_length = kUdp + packet.length;
  std::array<uint8_t, kIpv6 + kUdp + CapturedPacket::kLongest> buffer;
  base::ByteWriter frame(buffer);
  if (v6) write_ipv6(frame, packet, udp_length);
  else write_ipv4(frame, packet, udp_length);
  const size_t udp = frame.size();
  frame.u16(packet.from.port);
  frame.u16(packet.to.port);
  frame.u16(static_cast<uint16_t>(udp_length));
  frame.u16(0);
  frame.bytes({packet.bytes.data(), packet.kept});
  if (v6 && packet.kept == packet.length)
    frame.patch_u16(udp + 6,
                    udp_checksum(frame.written().subspan(8, 32), frame.written().subspan(udp)));
  const auto since = wall.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
  little(out, static_cast<uint32_t>(seconds.count()), 4);
  little(out, static_cast<uint32_t>((since - seconds).count()), 4);
  little(out, static_cast<uint32_t>(frame.size()), 4);
  little(out, static_cast<uint32_t>(udp + udp_length), 4);
  out.insert(out.end(), frame.written().begin(), frame.written().end());
}

}  // namespace viaduct::graph
