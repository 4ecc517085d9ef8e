#include "transport/rtp/packet.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/encoding.h"
#include "transport/rtp/header_extension.h"

namespace viaduct::rtp {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes hex(std::string_view text) {
  std::string packed;
  for (const char c : text)
    if (c != ' ' && c != '\n') packed += c;
  return base::hex_decode(packed).value();
}
std::string hex(std::span<const uint8_t> bytes) { return base::hex_encode(bytes); }

TEST(Packet, Plain) {
  const Bytes bytes = hex("80 e5 1234 00000320 deadbeef 0a8a03c0");
  const auto packet = Packet::parse(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->header, (Header{true, 101, 0x1234, {800}, 0xdeadbeef}));
  EXPECT_EQ(hex(packet->payload), "0a8a03c0");
  EXPECT_EQ(packet->payload_offset, 12u);
  EXPECT_EQ(hex(encode(packet->header)), hex(std::span(bytes).first(12)));
}

TEST(Packet, EverythingAtOnce) {
  const Bytes bytes = hex(R"(b2 00 0001 00000002 00000003  11111111 22222222
                             bede 0001 10ff0000  aabbcc  000003)");
  const auto packet = Packet::parse(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->csrc_count(), 2u);
  EXPECT_EQ(hex(packet->csrcs), "1111111122222222");
  EXPECT_EQ(packet->extension_profile, 0xbede);
  EXPECT_EQ(hex(packet->extension), "10ff0000");
  EXPECT_EQ(hex(packet->payload), "aabbcc");
  EXPECT_EQ(packet->padding, 3);
}

TEST(Packet, EmptyPayloadIsFine) {
  EXPECT_TRUE(Packet::parse(hex("80 00 0001 00000002 00000003"))->payload.empty());
  EXPECT_TRUE(Packet::parse(hex("a0 00 0001 00000002 00000003 01"))->payload.empty());
}

TEST(Packet, Lies) {
  EXPECT_FALSE(Packet::parse(hex("80 00 0001 00000002 000000")));             // cut
  EXPECT_FALSE(Packet::parse(hex("40 00 0001 00000002 00000003")));           // version 1
  EXPECT_FALSE(Packet::parse(hex("8f 00 0001 00000002 00000003 11111111")));  // 15 CSRCs
  EXPECT_FALSE(Packet::parse(hex("90 00 0001 00000002 00000003 bede")));      // half a header
  EXPECT_FALSE(Packet::parse(hex("90 00 0001 00000002 00000003 bede0002 00000000")));
  EXPECT_FALSE(Packet::parse(hex("a0 00 0001 00000002 00000003 aabb00")));  // padding 0
  EXPECT_FALSE(Packet::parse(hex("a0 00 0001 00000002 00000003 aabb04")));  // padding 4 of 3
  EXPECT_FALSE(Packet::parse(hex("a0 00 0001 00000002 00000003")));         // nothing to pad
}

TEST(Packet, HeaderIsReplacedInPlaceWithoutWhatWasBeside) {
  Bytes bytes = hex(R"(b1 00 0001 00000002 00000003  11111111
                       bede 0001 10ff0000  aabbcc  02 02)");
  const auto parsed = Packet::parse(bytes).value();
  const auto out = replace_header(bytes, parsed, {true, 8, 0xabcd, {0x01020304}, 0x05060708});
  EXPECT_EQ(hex(out), "8088abcd0102030405060708aabbcc");
  EXPECT_EQ(out.data() + 12, bytes.data() + parsed.payload_offset);
}

Packet with_extension(uint16_t profile, std::span<const uint8_t> data) {
  Packet packet;
  packet.extension_profile = profile;
  packet.extension = data;
  return packet;
}

TEST(Extension, OneByteForm) {
  // id 3 of 1 byte, padding, id 5 of 2 bytes, padding.
  const Bytes data = hex("30 85 00 51 aabb 0000");
  const Packet packet = with_extension(0xbede, data);
  const auto level = audio_level(packet, 3);
  ASSERT_TRUE(level);
  EXPECT_TRUE(level->voice);
  EXPECT_EQ(level->level, 5);
  EXPECT_EQ(hex(find_extension(packet, 5).value()), "aabb");
  EXPECT_FALSE(find_extension(packet, 4));
}

TEST(Extension, OneByteFormEndsAtIdFifteen) {
  const Bytes data = hex("f0 00 30 05");
  EXPECT_FALSE(audio_level(with_extension(0xbede, data), 3));
}

TEST(Extension, TwoByteForm) {
  const Bytes data = hex("07 00 00 10 01 7f 00 00");
  const Packet packet = with_extension(0x1005, data);
  EXPECT_TRUE(find_extension(packet, 7)->empty());
  EXPECT_FALSE(audio_level(packet, 7));
  EXPECT_EQ(audio_level(packet, 16)->level, 127);
  EXPECT_FALSE(audio_level(packet, 16)->voice);
}

TEST(Extension, ElementThatDoesNotFitEndsTheList) {
  const Bytes one = hex("33 00 00 00");
  EXPECT_FALSE(find_extension(with_extension(0xbede, one), 3));
  const Bytes two = hex("03 04 00 00");
  EXPECT_FALSE(find_extension(with_extension(0x1000, two), 3));
  const Bytes cut = hex("03");
  EXPECT_FALSE(find_extension(with_extension(0x1000, cut), 3));
}

TEST(Extension, OtherProfilesHaveNoElements) {
  const Bytes data = hex("30 85 00 00");
  EXPECT_FALSE(find_extension(with_extension(0xabac, data), 3));
}

}  // namespace
}  // namespace viaduct::rtp
