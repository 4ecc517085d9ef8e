// RTP: a run of packets, each after its length in two bytes, goes through parser, Receiver and
// Sender. The outgoing line never uses a sequence number twice within its window.
#include <algorithm>
#include <array>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "transport/rtp/header_extension.h"
#include "transport/rtp/packet.h"
#include "transport/rtp/receiver.h"
#include "transport/rtp/sender.h"

namespace {

using namespace viaduct;
using rtp::Arrival;

class Relay {
 public:
  void packet(std::span<const uint8_t> bytes) {
    const auto parsed = rtp::Packet::parse(bytes);
    if (!parsed) return;
    check_views(bytes, *parsed);
    now_ += std::chrono::milliseconds(20);
    const Arrival arrival = receiver_.receive(*parsed, now_);
    if (arrival == Arrival::duplicate || arrival == Arrival::unproven) return;
    if (arrival == Arrival::restarted) sender_.change_source();
    forward(bytes, *parsed);
    if (parsed->header.payload_type == 127) report();
  }

 private:
  static void check_views(std::span<const uint8_t> bytes, const rtp::Packet& packet) {
    VIADUCT_CHECK(packet.payload_offset >= rtp::kFixedHeaderSize);
    VIADUCT_CHECK(packet.payload_offset + packet.payload.size() + packet.padding == bytes.size());
    VIADUCT_CHECK(packet.csrc_count() <= 15);
    rtp::ExtensionReader reader(packet);
    size_t total = 0;
    while (const auto element = reader.next()) total += element->data.size() + 1;
    VIADUCT_CHECK(total <= packet.extension.size());
    rtp::audio_level(packet, 1);
  }

  void forward(std::span<const uint8_t> bytes, const rtp::Packet& packet) {
    const rtp::SourcePosition position{packet.header.sequence, packet.header.timestamp,
                                       packet.header.marker};
    if (packet.header.payload_type == 126) return sender_.skip(position);
    if (packet.header.payload_type == 125)
      used(sender_.inject(101, sender_.timestamp_at(now_), true, 4, now_));
    const auto header = sender_.stamp(position, 0, packet.payload.size(), now_);
    if (!header) return;
    used(*header);
    std::vector<uint8_t> copy(bytes.begin(), bytes.end());
    const auto out = rtp::replace_header(copy, packet, *header);
    const auto again = rtp::Packet::parse(out);
    VIADUCT_CHECK(again.has_value() && again->header == *header);
    VIADUCT_CHECK(std::ranges::equal(again->payload, packet.payload));
  }

  void used(const rtp::Header& header) {
    VIADUCT_CHECK(header.ssrc == sender_.ssrc());
    VIADUCT_CHECK(std::ranges::find(recent_, header.sequence) == recent_.end());
    if (recent_.size() == 64) recent_.erase(recent_.begin());
    recent_.push_back(header.sequence);
  }

  void report() {
    const auto block = receiver_.take_report(now_);
    if (!block) return;
    std::array<uint8_t, 200> buffer;
    base::ByteWriter out(buffer);
    rtp::write_receiver_report(out, 1, {&*block, 1});
    rtp::RtcpReader reader(out.written());
    const auto read = reader.next();
    VIADUCT_CHECK(read && std::get<rtp::ReceiverReport>(*read).blocks[0] == *block);
  }

  base::SeededRng rng_{1};
  base::TimePoint now_{std::chrono::seconds(1)};
  rtp::Receiver receiver_;
  rtp::Sender sender_{{}, rng_};
  std::vector<uint16_t> recent_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Relay relay;
  base::ByteReader in({data, size});
  while (in.remaining() >= 2) {
    const size_t length = in.u16() % 2048;
    relay.packet(in.bytes(std::min(length, in.remaining())));
  }
  return 0;
}
