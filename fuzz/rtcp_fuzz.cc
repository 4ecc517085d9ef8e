// RTCP: what is read and is of a kind we write, written again, reads the same.
#include <algorithm>
#include <array>
#include <vector>

#include "base/check.h"
#include "transport/rtp/rtcp.h"

namespace {

using namespace viaduct;
using base::ByteWriter;

template <class Blocks>
std::vector<rtp::ReportBlock> blocks_of(const Blocks& blocks) {
  std::vector<rtp::ReportBlock> out;
  for (size_t i = 0; i < blocks.size(); ++i) out.push_back(blocks[i]);
  VIADUCT_CHECK(out.size() <= 31);
  return out;
}

// Writes with `write`, reads one packet of type T back.
template <class T, class F>
void again(F&& write, bool (*same)(const T&, const T&), const T& original) {
  std::vector<uint8_t> buffer(70000);
  ByteWriter out(buffer);
  write(out);
  VIADUCT_CHECK(out.ok());
  rtp::RtcpReader reader(out.written());
  const auto packet = reader.next();
  VIADUCT_CHECK(packet && std::holds_alternative<T>(*packet));
  VIADUCT_CHECK(same(std::get<T>(*packet), original));
  VIADUCT_CHECK(!reader.next() && reader.ok());
}

std::vector<uint16_t> asked(const rtp::Nack& nack) {
  std::vector<uint16_t> out;
  nack.for_each([&](uint16_t sequence) { out.push_back(sequence); });
  return out;
}

void check(const rtp::SenderReport& packet) {
  const auto blocks = blocks_of(packet.blocks);
  again<rtp::SenderReport>(
      [&](ByteWriter& out) { rtp::write_sender_report(out, packet.ssrc, packet.info, blocks); },
      [](const rtp::SenderReport& a, const rtp::SenderReport& b) {
        return a.ssrc == b.ssrc && a.info.ntp == b.info.ntp && a.info.octets == b.info.octets &&
               blocks_of(a.blocks) == blocks_of(b.blocks);
      },
      packet);
  for (const auto& block : blocks) rtp::round_trip(block, packet.info.ntp);
}
void check(const rtp::ReceiverReport& packet) {
  const auto blocks = blocks_of(packet.blocks);
  again<rtp::ReceiverReport>(
      [&](ByteWriter& out) { rtp::write_receiver_report(out, packet.ssrc, blocks); },
      [](const rtp::ReceiverReport& a, const rtp::ReceiverReport& b) {
        return a.ssrc == b.ssrc && blocks_of(a.blocks) == blocks_of(b.blocks);
      },
      packet);
}
void check(const rtp::SourceDescription& packet) {
  again<rtp::SourceDescription>(
      [&](ByteWriter& out) { rtp::write_cname(out, packet.ssrc, packet.cname); },
      [](const rtp::SourceDescription& a, const rtp::SourceDescription& b) {
        return a.ssrc == b.ssrc && a.cname == b.cname;
      },
      packet);
}
void check(const rtp::Bye& packet) {
  packet.names(1);
  std::vector<uint8_t> buffer(300);
  ByteWriter out(buffer);
  rtp::write_bye(out, 7, packet.reason);
  rtp::RtcpReader reader(out.written());
  const auto read = reader.next();
  VIADUCT_CHECK(read && std::get<rtp::Bye>(*read).names(7));
  VIADUCT_CHECK(std::get<rtp::Bye>(*read).reason == packet.reason);
}
void check(const rtp::Nack& packet) {
  const auto sequences = asked(packet);
  // The writer's own order of items need not be the peer's, but the packets asked for are the same.
  if (sequences.size() > 10000) return;
  again<rtp::Nack>(
      [&](ByteWriter& out) { rtp::write_nack(out, packet.sender, packet.media, sequences); },
      [](const rtp::Nack& a, const rtp::Nack& b) {
        auto left = asked(a);
        auto right = asked(b);
        std::ranges::sort(left);
        std::ranges::sort(right);
        left.erase(std::unique(left.begin(), left.end()), left.end());
        right.erase(std::unique(right.begin(), right.end()), right.end());
        return a.sender == b.sender && a.media == b.media && left == right;
      },
      packet);
}
void check(const rtp::PictureLoss& packet) {
  again<rtp::PictureLoss>(
      [&](ByteWriter& out) { rtp::write_picture_loss(out, packet.sender, packet.media); },
      [](const rtp::PictureLoss& a, const rtp::PictureLoss& b) {
        return a.sender == b.sender && a.media == b.media;
      },
      packet);
}
void check(const rtp::OtherRtcp& packet) { VIADUCT_CHECK(packet.format <= 31); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  rtp::RtcpReader reader({data, size});
  while (const auto packet = reader.next())
    std::visit([](const auto& body) { check(body); }, *packet);
  return 0;
}
