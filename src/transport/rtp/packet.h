// RTP packets (RFC 3550 §5.1): a parsed view, and the fixed header for sending.
//
//    0                   1                   2                   3
//   |V=2|P|X|  CC   |M|     PT      |       sequence number         |
//   |                           timestamp                           |
//   |                             SSRC                              |
//   |                      CSRC, CC times ...                       |
//   |  profile of the extension     |  its length in 32-bit words   |  if X
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "base/time.h"

namespace viaduct::rtp {

inline constexpr size_t kFixedHeaderSize = 12;

// What our own packets carry: no CSRC, no extension, no padding.
struct Header {
  bool marker = false;
  uint8_t payload_type = 0;  // 0..127
  uint16_t sequence = 0;
  base::RtpTime timestamp;
  uint32_t ssrc = 0;

  friend bool operator==(const Header&, const Header&) = default;
};

struct Packet {
  Header header;
  std::span<const uint8_t> csrcs;      // 4 bytes each, network order
  uint16_t extension_profile = 0;      // meaningful when there is an extension
  std::span<const uint8_t> extension;  // without its own 4-byte header
  std::span<const uint8_t> payload;    // without padding; may be empty
  size_t payload_offset = 0;           // of `payload` in the packet; at least kFixedHeaderSize
  uint8_t padding = 0;                 // bytes at the end, their count included

  // The views live as long as `bytes`. Errors: truncated, malformed (version, lengths that lie).
  static base::Result<Packet> parse(std::span<const uint8_t> bytes);

  size_t csrc_count() const { return csrcs.size() / 4; }
};

std::array<uint8_t, kFixedHeaderSize> encode(const Header& header);

// Writes the header right before the payload of a packet that was parsed out of `packet`, so that
// it need not be copied; CSRCs, extensions and padding of the received packet are left out. Returns
// the packet to send: a part of `packet`.
std::span<uint8_t> replace_header(std::span<uint8_t> packet, const Packet& parsed,
                                  const Header& header);

}  // namespace viaduct::rtp
