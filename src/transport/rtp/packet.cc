#include "transport/rtp/packet.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"

namespace viaduct::rtp {

using base::Errc;
using base::Error;

base::Result<Packet> Packet::parse(std::span<const uint8_t> bytes) {
  if (bytes.size() < kFixedHeaderSize) return Error{Errc::truncated, "RTP header is cut"};
  base::ByteReader in(bytes);
  const uint8_t first = in.u8();
  const uint8_t second = in.u8();
  if (first >> 6 != 2) return Error{Errc::malformed, "RTP version is not 2"};
  Packet out;
  out.header.marker = second & 0x80;
  out.header.payload_type = second & 0x7f;
  out.header.sequence = in.u16();
  out.header.timestamp = {in.u32()};
  out.header.ssrc = in.u32();
  out.csrcs = in.bytes(size_t{4} * (first & 0x0f));
  if (first & 0x10) {
    out.extension_profile = in.u16();
    out.extension = in.bytes(size_t{4} * in.u16());
  }
  if (!in.ok()) return Error{Errc::malformed, "RTP header is longer than the packet"};
  out.payload_offset = in.position();
  out.payload = in.rest();
  if (first & 0x20) {
    const uint8_t padding = bytes.back();
    if (padding == 0 || padding > out.payload.size())
      return Error{Errc::malformed, "RTP padding does not fit"};
    out.padding = padding;
    out.payload = out.payload.first(out.payload.size() - padding);
  }
  return out;
}

std::array<uint8_t, kFixedHeaderSize> encode(const Header& header) {
  std::array<uint8_t, kFixedHeaderSize> out;
  base::ByteWriter writer(out);
  writer.u8(0x80);
  writer.u8(static_cast<uint8_t>((header.marker ? 0x80 : 0) | (header.payload_type & 0x7f)));
  writer.u16(header.sequence);
  writer.u32(header.timestamp.value);
  writer.u32(header.ssrc);
  return out;
}

std::span<uint8_t> replace_header(std::span<uint8_t> packet, const Packet& parsed,
                                  const Header& header) {
  VIADUCT_CHECK(parsed.payload_offset >= kFixedHeaderSize &&
                parsed.payload_offset + parsed.payload.size() <= packet.size());
  const size_t start = parsed.payload_offset - kFixedHeaderSize;
  const auto bytes = encode(header);
  std::ranges::copy(bytes, packet.begin() + static_cast<std::ptrdiff_t>(start));
  return packet.subspan(start, kFixedHeaderSize + parsed.payload.size());
}

}  // namespace viaduct::rtp
