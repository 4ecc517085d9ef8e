// A TCP stream cut into pieces by the input: the frames are the same as of the whole stream, never
// too long, and writing them again gives the stream they came from.
#include <algorithm>
#include <vector>

#include "base/check.h"
#include "transport/ice/frames.h"

namespace {

using viaduct::ice::FrameReader;
using viaduct::ice::FrameWriter;
using Frames = std::vector<std::vector<uint8_t>>;

void read(FrameReader& reader, std::span<const uint8_t> bytes, Frames& out) {
  while (const auto length = reader.next(bytes)) {
    VIADUCT_CHECK(*length > 0 && *length <= FrameReader::kMaxFrame);
    const auto frame = reader.buffer().first(*length);
    out.emplace_back(frame.begin(), frame.end());
  }
  VIADUCT_CHECK(bytes.empty() || reader.failed());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t step = data[0] + 1u;
  const std::span<const uint8_t> stream(data + 1, size - 1);

  Frames whole, pieces;
  FrameReader at_once, by_pieces;
  read(at_once, stream, whole);
  for (size_t at = 0; at < stream.size(); at += step)
    read(by_pieces, stream.subspan(at, std::min(step, stream.size() - at)), pieces);
  VIADUCT_CHECK(whole == pieces && at_once.failed() == by_pieces.failed());

  FrameWriter writer(4096);
  FrameReader again;
  Frames written, echoed;
  for (const auto& frame : whole) {
    const size_t before = writer.pending().size();
    if (writer.add(frame)) written.push_back(frame);
    else VIADUCT_CHECK(before + 2 + frame.size() > 4096);
    VIADUCT_CHECK(writer.pending().size() <= 4096);
    const auto part = writer.pending().first(std::min(step, writer.pending().size()));
    read(again, part, echoed);
    writer.consume(part.size());
  }
  read(again, writer.pending(), echoed);
  VIADUCT_CHECK(written == echoed && !again.failed());
  return 0;
}
