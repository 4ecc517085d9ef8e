// Tells apart what shares one media port, from the first bytes alone (RFC 7983 §7, RFC 5761 §4).
#pragma once

#include <cstdint>
#include <span>

namespace viaduct::stun {

enum class PacketKind : uint8_t { stun, dtls, rtp, rtcp, other };

//   first byte     0..3   -> STUN        20..63   -> DTLS
//                128..191 -> RTP, or RTCP when the second byte is 192..223
// ZRTP (16..19) and TURN channels (64..79) are nothing we speak: other.
constexpr PacketKind classify(std::span<const uint8_t> packet) {
  if (packet.size() < 2) return PacketKind::other;
  const uint8_t first = packet[0];
  if (first <= 3) return PacketKind::stun;
  if (first >= 20 && first <= 63) return PacketKind::dtls;
  if (first < 128 || first > 191) return PacketKind::other;
  return packet[1] >= 192 && packet[1] <= 223 ? PacketKind::rtcp : PacketKind::rtp;
}

// Stricter than classify(): also the magic cookie and a length that is a multiple of four.
constexpr bool looks_like_stun(std::span<const uint8_t> packet) {
  return packet.size() >= 20 && packet[0] <= 3 && packet[3] % 4 == 0 && packet[4] == 0x21 &&
         packet[5] == 0x12 && packet[6] == 0xa4 && packet[7] == 0x42;
}

}  // namespace viaduct::stun
