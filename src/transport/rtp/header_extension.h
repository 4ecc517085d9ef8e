// RTP header extensions in their one- and two-byte forms (RFC 8285), and the client-to-mixer audio
// level (RFC 6464).
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "transport/rtp/packet.h"

namespace viaduct::rtp {

// Walks the elements of a packet's extension; ends at the first that does not fit. An extension of
// another profile has no elements.
class ExtensionReader {
 public:
  struct Element {
    uint8_t id = 0;                 // 1..14 (one-byte form) or 1..255
    std::span<const uint8_t> data;  // lives as long as the packet
  };
  explicit ExtensionReader(const Packet& packet);
  std::optional<Element> next();

 private:
  std::span<const uint8_t> rest_;
  bool two_byte_ = false;
};

// The data of the element with this id (1..255), as negotiated with a=extmap.
std::optional<std::span<const uint8_t>> find_extension(const Packet& packet, uint8_t id);

struct AudioLevel {
  bool voice = false;
  uint8_t level = 127;  // -dBov: 0 is the loudest, 127 silence
};
std::optional<AudioLevel> audio_level(const Packet& packet, uint8_t id);

}  // namespace viaduct::rtp
