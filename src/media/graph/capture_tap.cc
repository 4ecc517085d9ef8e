#include "media/graph/capture_tap.h"

#include <cstring>

#include "transport/rtp/packet.h"
#include "transport/stun/demux.h"

namespace viaduct::graph {

namespace {

// Up to the payload; nothing for what is no RTP. SRTP leaves header and extension in the clear.
std::optional<size_t> header_length(std::span<const uint8_t> packet) {
  if (stun::classify(packet) != stun::PacketKind::rtp) return std::nullopt;
  const auto parsed = rtp::Packet::parse(packet);
  return parsed ? std::optional(parsed->payload_offset) : std::nullopt;
}

}  // namespace

void CaptureTap::add(std::span<const uint8_t> packet, const base::SocketAddress& from,
                     const base::SocketAddress& to, base::TimePoint now) {
  if (over(now)) return;
  size_t kept = packet.size();
  if (options_.headers_only) {
    const auto header = header_length(packet);
    if (!header) return;
    kept = *header;
  }
  kept = std::min(kept, CapturedPacket::kLongest);
  CapturedPacket copy;
  copy.at = now;
  copy.from = from;
  copy.to = to;
  copy.length = static_cast<uint16_t>(std::min<size_t>(packet.size(), UINT16_MAX));
  copy.kept = static_cast<uint16_t>(kept);
  std::memcpy(copy.bytes.data(), packet.data(), kept);
  if (!queue_.push(std::move(copy))) dropped_.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace viaduct::graph
