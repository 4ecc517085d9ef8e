#include "transport/rtp/rtcp.h"

#include <algorithm>

#include "base/encoding.h"
#include "transport/rtp/ntp.h"

//   |V=2|P|  count  |      type     |  length in 32-bit words - 1   |
//   then a body by type                                        (RFC 3550 §6.4)

namespace viaduct::rtp {
namespace {

using base::ByteReader;
using base::ByteWriter;

constexpr uint8_t kSenderReport = 200;
constexpr uint8_t kReceiverReport = 201;
constexpr uint8_t kSourceDescription = 202;
constexpr uint8_t kBye = 203;
constexpr uint8_t kTransportFeedback = 205;
constexpr uint8_t kPayloadFeedback = 206;
constexpr uint8_t kGenericNack = 1;
constexpr uint8_t kPictureLoss = 1;
constexpr uint8_t kCnameItem = 1;
constexpr size_t kBlockSize = 24;
constexpr size_t kMostEntries = 31;

ReportBlock read_block(ByteReader& in) {
  ReportBlock out;
  out.ssrc = in.u32();
  out.fraction_lost = in.u8();
  const uint32_t lost = in.u24();
  out.cumulative_lost = static_cast<int32_t>(lost << 8) >> 8;
  out.highest_sequence = in.u32();
  out.jitter = in.u32();
  out.last_sr = in.u32();
  out.delay_since_last_sr = in.u32();
  return out;
}

// What stands behind the blocks is a profile's extension.
ReportBlocks read_blocks(ByteReader& in, uint8_t count) {
  return ReportBlocks(in.bytes(kBlockSize * count));
}

SenderReport read_sender_report(ByteReader& in, uint8_t count) {
  SenderReport out;
  out.ssrc = in.u32();
  out.info.ntp = in.u64();
  out.info.timestamp = {in.u32()};
  out.info.packets = in.u32();
  out.info.octets = in.u32();
  out.blocks = read_blocks(in, count);
  return out;
}

ReceiverReport read_receiver_report(ByteReader& in, uint8_t count) {
  ReceiverReport out;
  out.ssrc = in.u32();
  out.blocks = read_blocks(in, count);
  return out;
}

SourceDescription read_source_description(ByteReader& in, uint8_t count) {
  SourceDescription out;
  if (count == 0) return out;
  out.ssrc = in.u32();
  while (in.ok()) {
    const uint8_t item = in.u8();
    if (item == 0) break;
    const auto text = in.bytes(in.u8());
    if (item == kCnameItem && in.ok()) out.cname = base::as_text(text);
  }
  return out;
}

Bye read_bye(ByteReader& in, uint8_t count) {
  Bye out;
  out.ssrcs = in.bytes(size_t{4} * count);
  if (in.remaining() != 0) out.reason = base::as_text(in.bytes(in.u8()));
  return out;
}

Nack read_nack(ByteReader& in) {
  Nack out;
  out.sender = in.u32();
  out.media = in.u32();
  out.items = in.rest();
  return out;
}

PictureLoss read_picture_loss(ByteReader& in) {
  PictureLoss out;
  out.sender = in.u32();
  out.media = in.u32();
  return out;
}

RtcpPacket read_body(ByteReader& in, uint8_t type, uint8_t count) {
  switch (type) {
    case kSenderReport: return read_sender_report(in, count);
    case kReceiverReport: return read_receiver_report(in, count);
    case kSourceDescription: return read_source_description(in, count);
    case kBye: return read_bye(in, count);
    case kTransportFeedback:
      if (count == kGenericNack) return read_nack(in);
      break;
    case kPayloadFeedback:
      if (count == kPictureLoss) return read_picture_loss(in);
      break;
    default: break;
  }
  return OtherRtcp{type, count};
}

// `body` is without the first four bytes and a multiple of four.
void write_header(ByteWriter& out, size_t count, uint8_t type, size_t body) {
  out.u8(static_cast<uint8_t>(0x80 | count));
  out.u8(type);
  out.u16(static_cast<uint16_t>(body / 4));
}

void write_block(ByteWriter& out, const ReportBlock& block) {
  out.u32(block.ssrc);
  out.u8(block.fraction_lost);
  out.u24(static_cast<uint32_t>(std::clamp(block.cumulative_lost, -0x800000, 0x7fffff)) & 0xffffff);
  out.u32(block.highest_sequence);
  out.u32(block.jitter);
  out.u32(block.last_sr);
  out.u32(block.delay_since_last_sr);
}

std::span<const ReportBlock> at_most_31(std::span<const ReportBlock> blocks) {
  return blocks.first(std::min(blocks.size(), kMostEntries));
}

}  // namespace

ReportBlock ReportBlocks::operator[](size_t index) const {
  ByteReader in(bytes_.subspan(index * kBlockSize, kBlockSize));
  return read_block(in);
}

std::optional<ReportBlock> ReportBlocks::about(uint32_t ssrc) const {
  for (size_t i = 0; i < size(); ++i)
    if (const ReportBlock block = (*this)[i]; block.ssrc == ssrc) return block;
  return std::nullopt;
}

bool Bye::names(uint32_t ssrc) const {
  ByteReader in(ssrcs);
  while (in.remaining() != 0)
    if (in.u32() == ssrc) return true;
  return false;
}

std::optional<RtcpPacket> RtcpReader::next() {
  if (!ok_ || (rest_.empty() && !first_)) return std::nullopt;
  first_ = false;
  ByteReader head(rest_);
  const uint8_t first = head.u8();
  const uint8_t type = head.u8();
  const size_t body_size = size_t{4} * head.u16();
  auto body = head.bytes(body_size);
  ok_ = head.ok() && first >> 6 == 2;
  if (!ok_) return std::nullopt;
  rest_ = head.rest();
  if (first & 0x20) {
    // Padding ends the compound, and counts itself (§6.4.1).
    const uint8_t padding = body.empty() ? uint8_t{0} : body.back();
    ok_ = rest_.empty() && padding != 0 && padding % 4 == 0 && padding <= body.size();
    if (!ok_) return std::nullopt;
    body = body.first(body.size() - padding);
  }
  ByteReader in(body);
  RtcpPacket packet = read_body(in, type, first & 0x1f);
  ok_ = in.ok();
  if (!ok_) return std::nullopt;
  return packet;
}

void write_sender_report(ByteWriter& out, uint32_t ssrc, const SenderInfo& info,
                         std::span<const ReportBlock> blocks) {
  blocks = at_most_31(blocks);
  write_header(out, blocks.size(), kSenderReport, 24 + kBlockSize * blocks.size());
  out.u32(ssrc);
  out.u64(info.ntp);
  out.u32(info.timestamp.value);
  out.u32(info.packets);
  out.u32(info.octets);
  for (const ReportBlock& block : blocks) write_block(out, block);
}

void write_receiver_report(ByteWriter& out, uint32_t ssrc, std::span<const ReportBlock> blocks) {
  blocks = at_most_31(blocks);
  write_header(out, blocks.size(), kReceiverReport, 4 + kBlockSize * blocks.size());
  out.u32(ssrc);
  for (const ReportBlock& block : blocks) write_block(out, block);
}

void write_cname(ByteWriter& out, uint32_t ssrc, std::string_view cname) {
  cname = cname.substr(0, 255);
  // An item of type 0 ends the chunk, which is padded to four bytes with zeros.
  const size_t items = 2 + cname.size();
  const size_t padded = (items + 4) / 4 * 4;
  write_header(out, 1, kSourceDescription, 4 + padded);
  out.u32(ssrc);
  out.u8(kCnameItem);
  out.u8(static_cast<uint8_t>(cname.size()));
  out.bytes(base::as_bytes(cname));
  out.zeros(padded - items);
}

void write_bye(ByteWriter& out, uint32_t ssrc, std::string_view reason) {
  reason = reason.substr(0, 255);
  const size_t text = reason.empty() ? 0 : 1 + reason.size();
  const size_t padded = (text + 3) / 4 * 4;
  write_header(out, 1, kBye, 4 + padded);
  out.u32(ssrc);
  if (text == 0) return;
  out.u8(static_cast<uint8_t>(reason.size()));
  out.bytes(base::as_bytes(reason));
  out.zeros(padded - text);
}

void write_picture_loss(ByteWriter& out, uint32_t sender, uint32_t media) {
  write_header(out, kPictureLoss, kPayloadFeedback, 8);
  out.u32(sender);
  out.u32(media);
}

void write_nack(ByteWriter& out, uint32_t sender, uint32_t media,
                std::span<const uint16_t> sequences) {
  const size_t start = out.size();
  write_header(out, kGenericNack, kTransportFeedback, 0);
  out.u32(sender);
  out.u32(media);
  for (size_t i = 0; i < sequences.size();) {
    const uint16_t first = sequences[i++];
    uint16_t mask = 0;
    for (; i < sequences.size(); ++i) {
      const auto ahead = static_cast<uint16_t>(sequences[i] - first);
      if (ahead == 0 || ahead > 16) break;
      mask |= static_cast<uint16_t>(1 << (ahead - 1));
    }
    out.u16(first);
    out.u16(mask);
  }
  out.patch_u16(start + 2, static_cast<uint16_t>((out.size() - start) / 4 - 1));
}

std::optional<base::Duration> round_trip(const ReportBlock& block, uint64_t now_ntp) {
  if (block.last_sr == 0) return std::nullopt;
  const uint32_t units = ntp_middle(now_ntp) - block.last_sr - block.delay_since_last_sr;
  // Clocks of 1/65536 s, rounded on both sides: a touch below zero is zero.
  if (units >= 0xffff0000) return base::Duration::zero();
  // More than a quarter of the range is a block that lies, or a clock that was set back.
  if (units > 0x3fffffff) return std::nullopt;
  return from_ntp_short(units);
}

}  // namespace viaduct::rtp
