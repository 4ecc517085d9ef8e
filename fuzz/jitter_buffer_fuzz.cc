// Packets of any number, time and content through a Playout, in any order, with ticks between them.
// It gives as many samples as asked for, holds a bounded number of packets, and comes to an end.
#include <array>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "media/graph/playout.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace viaduct;
  static const negotiation::Codec kCodecs[] = {
      negotiation::kPcmu, negotiation::kOpus, {negotiation::Encoding::l16, 16000, 1}};
  base::ByteReader in({data, size});
  const bool fixed = in.u8() & 1;
  graph::JitterBufferOptions options;
  if (fixed) options.min_delay = options.max_delay;
  graph::Playout playout(16000, options);
  base::TimePoint now{std::chrono::hours(1)};
  std::array<int16_t, 320> out;
  uint16_t sequence = 65500;
  uint32_t timestamp = 0;
  while (in.remaining() > 0) {
    const uint8_t what = in.u8();
    if ((what & 3) == 0) {  // time passes; not so much that one input takes seconds
      for (int ticks = what >> 4; ticks >= 0; --ticks, now += std::chrono::milliseconds(20))
        (void)playout.pull(out, now);
      continue;
    }
    graph::Heard heard;
    heard.codec = what & 128 ? nullptr : &kCodecs[(what >> 2) % std::size(kCodecs)];
    heard.restarted = (what & 96) == 96;
    sequence = (what & 3) == 3 ? in.u16() : static_cast<uint16_t>(sequence + 1);
    timestamp = (what & 3) == 3 ? in.u32() : timestamp + 320;
    heard.packet.header.sequence = sequence;
    heard.packet.header.timestamp.value = timestamp;
    heard.packet.payload = in.bytes(std::min<size_t>(in.u8(), in.remaining()));
    if (heard.packet.payload.empty()) heard.codec = nullptr;
    playout.push(heard, now);
    if (const auto* buffer = playout.buffer()) VIADUCT_CHECK(buffer->size() <= 128);
  }
  return 0;
}
