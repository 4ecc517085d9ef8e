#include "transport/rtp/header_extension.h"

namespace viaduct::rtp {
namespace {

constexpr uint16_t kOneByte = 0xbede;
// The lowest four bits are for applications (RFC 8285 §4.3).
constexpr uint16_t kTwoByte = 0x1000;

}  // namespace

ExtensionReader::ExtensionReader(const Packet& packet) {
  two_byte_ = (packet.extension_profile & 0xfff0) == kTwoByte;
  if (two_byte_ || packet.extension_profile == kOneByte) rest_ = packet.extension;
}

std::optional<ExtensionReader::Element> ExtensionReader::next() {
  while (!rest_.empty() && rest_[0] == 0) rest_ = rest_.subspan(1);  // padding
  if (rest_.empty()) return std::nullopt;
  Element out;
  size_t length = 0;
  size_t header = 1;
  if (two_byte_) {
    if (rest_.size() < 2) return std::nullopt;
    out.id = rest_[0];
    length = rest_[1];
    header = 2;
  } else {
    out.id = rest_[0] >> 4;
    length = (rest_[0] & 0x0f) + size_t{1};
  }
  // Id 15 ends the one-byte form; id 0 with a length is nobody's (§4.2).
  const bool ends = !two_byte_ && (out.id == 15 || out.id == 0);
  if (ends || length > rest_.size() - header) {
    rest_ = {};
    return std::nullopt;
  }
  out.data = rest_.subspan(header, length);
  rest_ = rest_.subspan(header + length);
  return out;
}

std::optional<std::span<const uint8_t>> find_extension(const Packet& packet, uint8_t id) {
  ExtensionReader reader(packet);
  while (const auto element = reader.next())
    if (element->id == id) return element->data;
  return std::nullopt;
}

std::optional<AudioLevel> audio_level(const Packet& packet, uint8_t id) {
  const auto data = find_extension(packet, id);
  if (!data || data->empty()) return std::nullopt;
  return AudioLevel{((*data)[0] & 0x80) != 0, static_cast<uint8_t>((*data)[0] & 0x7f)};
}

}  // namespace viaduct::rtp
