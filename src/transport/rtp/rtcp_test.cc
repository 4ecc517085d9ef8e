#include "transport/rtp/rtcp.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/encoding.h"
#include "transport/rtp/ntp.h"
#include "transport/rtp/rtcp_schedule.h"

namespace viaduct::rtp {
namespace {

using namespace std::chrono_literals;
using Bytes = std::vector<uint8_t>;

Bytes hex(std::string_view text) {
  std::string packed;
  for (const char c : text)
    if (c != ' ' && c != '\n') packed += c;
  return base::hex_decode(packed).value();
}

template <class F>
std::string written(F&& write) {
  std::array<uint8_t, 1500> buffer;
  base::ByteWriter out(buffer);
  write(out);
  EXPECT_TRUE(out.ok());
  return base::hex_encode(out.written());
}

// SR with one block, SDES with a CNAME, as one compound.
const Bytes kCompound = hex(R"(
  81c8000c 11111111 e5c0a1b2 80000000 00003e80 000000c8 00007d00
           22222222 40fffffe 0001000a 00000050 a1b28000 00010000
  81ca0004 11111111 01 07 76696164756374 00 0000)");

TEST(Rtcp, ReadsSenderReportWithDescription) {
  RtcpReader reader(kCompound);
  const auto first = reader.next();
  ASSERT_TRUE(first);
  const auto& sr = std::get<SenderReport>(*first);
  EXPECT_EQ(sr.ssrc, 0x11111111u);
  EXPECT_EQ(sr.info.ntp, 0xe5c0a1b280000000u);
  EXPECT_EQ(sr.info.timestamp.value, 16000u);
  EXPECT_EQ(sr.info.packets, 200u);
  EXPECT_EQ(sr.info.octets, 32000u);
  ASSERT_EQ(sr.blocks.size(), 1u);
  const ReportBlock expected{0x22222222, 64, -2, 0x1000a, 80, 0xa1b28000, 65536};
  EXPECT_EQ(sr.blocks[0], expected);
  EXPECT_EQ(sr.blocks.about(0x22222222), expected);
  EXPECT_FALSE(sr.blocks.about(1));
  const auto second = reader.next();
  ASSERT_TRUE(second);
  EXPECT_EQ(std::get<SourceDescription>(*second).cname, "viaduct");
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.ok());
}

TEST(Rtcp, WritesThatCompound) {
  const ReportBlock block{0x22222222, 64, -2, 0x1000a, 80, 0xa1b28000, 65536};
  const SenderInfo info{0xe5c0a1b280000000u, {16000}, 200, 32000};
  EXPECT_EQ(written([&](base::ByteWriter& out) {
              write_sender_report(out, 0x11111111, info, {&block, 1});
              write_cname(out, 0x11111111, "viaduct");
            }),
            base::hex_encode(kCompound));
}

TEST(Rtcp, ReceiverReportWithoutBlocks) {
  const Bytes bytes = hex("80c90001 00000007");
  EXPECT_EQ(written([](base::ByteWriter& out) { write_receiver_report(out, 7, {}); }),
            base::hex_encode(bytes));
  RtcpReader reader(bytes);
  const auto packet = reader.next();
  EXPECT_EQ(std::get<ReceiverReport>(*packet).ssrc, 7u);
  EXPECT_EQ(std::get<ReceiverReport>(*packet).blocks.size(), 0u);
}

TEST(Rtcp, CnameIsAlwaysEndedByAZero) {
  for (size_t length = 0; length <= 300; ++length) {
    std::array<uint8_t, 400> buffer;
    base::ByteWriter out(buffer);
    write_cname(out, 5, std::string(length, 'x'));
    ASSERT_EQ(out.size() % 4, 0u);
    EXPECT_EQ(out.written().back(), 0);
    RtcpReader reader(out.written());
    const auto packet = reader.next();
    ASSERT_TRUE(packet) << length;
    EXPECT_EQ(std::get<SourceDescription>(*packet).cname.size(), std::min<size_t>(length, 255));
  }
}

TEST(Rtcp, ByeWithAndWithoutReason) {
  EXPECT_EQ(written([](base::ByteWriter& out) { write_bye(out, 9); }), "81cb000100000009");
  const std::string with_reason = written([](base::ByteWriter& out) { write_bye(out, 9, "done"); });
  EXPECT_EQ(with_reason, "81cb00030000000904646f6e65000000");
  const Bytes bytes = hex(with_reason);
  RtcpReader reader(bytes);
  const auto packet = reader.next();
  const auto& bye = std::get<Bye>(*packet);
  EXPECT_TRUE(bye.names(9));
  EXPECT_FALSE(bye.names(8));
  EXPECT_EQ(bye.reason, "done");
}

TEST(Rtcp, NackPacksSeventeenToAnItem) {
  const std::vector<uint16_t> lost{65534, 65535, 0, 14, 15, 100};
  const std::string text = written([&](base::ByteWriter& out) { write_nack(out, 1, 2, lost); });
  EXPECT_EQ(text, "81cd00050000000100000002fffe8003000f000000640000");
  const Bytes bytes = hex(text);
  RtcpReader reader(bytes);
  const auto packet = reader.next();
  const auto& nack = std::get<Nack>(*packet);
  EXPECT_EQ(nack.media, 2u);
  std::vector<uint16_t> asked;
  nack.for_each([&](uint16_t sequence) { asked.push_back(sequence); });
  EXPECT_EQ(asked, lost);
}

TEST(Rtcp, PictureLoss) {
  const std::string text = written([](base::ByteWriter& out) { write_picture_loss(out, 1, 2); });
  EXPECT_EQ(text, "81ce00020000000100000002");
  const Bytes bytes = hex(text);
  RtcpReader reader(bytes);
  const auto packet = reader.next();
  EXPECT_EQ(std::get<PictureLoss>(*packet).media, 2u);
}

TEST(Rtcp, WhatWeDoNotSpeakIsPassedOver) {
  // REMB, XR, APP, then a PLI.
  const Bytes bytes = hex(R"(8fce0005 00000001 00000000 52454d42 01000000 00000002
                             80cf0001 00000001  81cc0002 00000001 74657374
                             81ce0002 00000001 00000002)");
  RtcpReader reader(bytes);
  EXPECT_EQ(std::get<OtherRtcp>(*reader.next()).format, 15);
  EXPECT_EQ(std::get<OtherRtcp>(*reader.next()).packet_type, 207);
  EXPECT_EQ(std::get<OtherRtcp>(*reader.next()).packet_type, 204);
  EXPECT_TRUE(std::holds_alternative<PictureLoss>(*reader.next()));
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.ok());
}

TEST(Rtcp, PaddingOfTheLastPacket) {
  const Bytes good = hex("a0c90002 00000007 00000004");
  RtcpReader reader(good);
  EXPECT_TRUE(reader.next());
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.ok());
}

TEST(Rtcp, Lies) {
  const auto refused = [](std::string_view text) {
    const Bytes bytes = hex(text);
    RtcpReader reader(bytes);
    while (reader.next()) {
    }
    return !reader.ok();
  };
  EXPECT_TRUE(refused(""));
  EXPECT_TRUE(refused("80c900"));
  EXPECT_TRUE(refused("80c90002 00000007"));           // longer than the packet
  EXPECT_TRUE(refused("40c90001 00000007"));           // version
  EXPECT_TRUE(refused("81c90001 00000007"));           // a block that is not there
  EXPECT_TRUE(refused("80c80001 00000007"));           // sender info is not there
  EXPECT_TRUE(refused("80c90001 00000007 00"));        // rest
  EXPECT_TRUE(refused("81ca0002 00000007 01ff6161"));  // item longer than the packet
  EXPECT_TRUE(refused("81ca0002 00000007 01026161"));  // no end of the chunk
  EXPECT_TRUE(refused("82cb0001 00000007"));           // a second source is not there
  EXPECT_TRUE(refused("81cb0002 00000007 09616161"));  // reason longer than the packet
  EXPECT_TRUE(refused("81ce0001 00000007"));           // half a PLI
  EXPECT_TRUE(refused("a0c90002 00000007 00000000"));  // padding of 0
  EXPECT_TRUE(refused("a0c90002 00000007 00000010"));  // of more than there is
  EXPECT_TRUE(refused("a0c90002 00000007 00000004 80c90001 00000007"));  // not in the last
}

TEST(Rtcp, WriterThatRunsOverSaysSo) {
  std::array<uint8_t, 20> buffer;
  base::ByteWriter out(buffer);
  write_sender_report(out, 1, {}, {});
  EXPECT_FALSE(out.ok());
}

TEST(Rtcp, RoundTrip) {
  const uint64_t sent = to_ntp(base::WallTime(1'700'000'000s));
  ReportBlock block;
  EXPECT_FALSE(round_trip(block, sent));
  block.last_sr = ntp_middle(sent);
  block.delay_since_last_sr = to_ntp_short(2s);
  const auto measured = round_trip(block, to_ntp(base::WallTime(1'700'000'000s + 2080ms)));
  ASSERT_TRUE(measured);
  EXPECT_NEAR(static_cast<double>(measured->count()), 80e6, 50e3);
  EXPECT_EQ(round_trip(block, to_ntp(base::WallTime(1'700'000'000s + 1999999us))), 0ns);
  block.delay_since_last_sr = to_ntp_short(40000s);
  EXPECT_FALSE(round_trip(block, to_ntp(base::WallTime(1'700'000'000s + 2s))));
}

TEST(Ntp, ThereAndBack) {
  EXPECT_EQ(to_ntp(base::WallTime(0s)), uint64_t{2208988800} << 32);
  EXPECT_EQ(to_ntp(base::WallTime(500ms)) & 0xffffffff, 0x80000000u);
  for (const auto time : {0ns, 1ns, 999'999'999ns, base::Duration(1'700'000'000'123'456'789)})
    EXPECT_EQ(from_ntp(to_ntp(base::WallTime(time))), base::WallTime(time));
  EXPECT_EQ(to_ntp_short(1500ms), 0x18000u);
  EXPECT_EQ(from_ntp_short(0x18000), 1500ms);
  EXPECT_EQ(to_ntp_short(-1s), 0u);
  EXPECT_EQ(to_ntp_short(100h), 0xffff0000u);
}

TEST(Schedule, HalfFirstThenHalfToOneAndAHalf) {
  base::SeededRng rng(3);
  RtcpSchedule schedule(5s);
  EXPECT_EQ(schedule.next(), base::kNever);
  base::TimePoint now{100s};
  base::Duration shortest = 1h;
  base::Duration longest = 0s;
  for (int i = 0; i < 1000; ++i) {
    schedule.start(now, rng);
    EXPECT_GE(schedule.next() - now, 1250ms);
    EXPECT_LE(schedule.next() - now, 3750ms);
    schedule.sent(now, rng);
    shortest = std::min(shortest, schedule.next() - now);
    longest = std::max(longest, schedule.next() - now);
  }
  EXPECT_GE(shortest, 2500ms);
  EXPECT_LT(shortest, 2600ms);
  EXPECT_LE(longest, 7500ms);
  EXPECT_GT(longest, 7400ms);
  EXPECT_FALSE(schedule.due(now));
  EXPECT_TRUE(schedule.due(schedule.next()));
}

}  // namespace
}  // namespace viaduct::rtp
