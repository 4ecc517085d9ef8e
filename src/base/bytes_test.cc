#include "base/bytes.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace viaduct::base {
namespace {

TEST(ByteReader, ReadsNetworkOrder) {
  const std::vector<uint8_t> input = {1,  2,  3,  4,  5,  6,  7,  8,  9, 10,
                                      11, 12, 13, 14, 15, 16, 17, 18, 19};
  ByteReader reader(input);
  EXPECT_EQ(reader.u8(), 0x01);
  EXPECT_EQ(reader.u16(), 0x0203);
  EXPECT_EQ(reader.u24(), 0x040506u);
  EXPECT_EQ(reader.u32(), 0x0708090au);
  EXPECT_EQ(reader.u64(), 0x0b0c0d0e0f101112u);
  EXPECT_EQ(reader.position(), 18u);
  EXPECT_EQ(reader.remaining(), 1u);
  EXPECT_EQ(reader.rest().size(), 1u);
  EXPECT_TRUE(reader.ok());
}

TEST(ByteReader, RemembersAnOverrun) {
  const std::array<uint8_t, 3> input = {0xff, 0xff, 0xff};
  ByteReader reader(input);
  EXPECT_EQ(reader.u32(), 0u);
  EXPECT_FALSE(reader.ok());
  // What would have fitted gives nothing either: the fields after a missing one mean nothing.
  EXPECT_EQ(reader.u8(), 0u);
  EXPECT_TRUE(reader.bytes(1).empty());
  EXPECT_EQ(reader.remaining(), 0u);
}

TEST(ByteReader, HugeLengthsDoNotWrapAround) {
  const std::array<uint8_t, 3> input = {1, 2, 3};
  ByteReader reader(input);
  reader.u8();
  EXPECT_TRUE(reader.bytes(SIZE_MAX).empty());
  EXPECT_FALSE(reader.ok());
  ByteReader skipping(input);
  skipping.skip(SIZE_MAX - 1);
  EXPECT_FALSE(skipping.ok());
}

TEST(ByteReader, EmptyReadsOfNothingAreFine) {
  ByteReader reader({});
  EXPECT_TRUE(reader.bytes(0).empty());
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_TRUE(reader.ok());
}

TEST(ByteWriter, WritesWhatTheReaderReads) {
  std::array<uint8_t, 24> buffer{};
  ByteWriter writer(buffer);
  writer.u16(0);
  writer.u8(0xab);
  writer.u24(0x123456);
  writer.u32(0xdeadbeef);
  writer.u64(0x0102030405060708);
  writer.bytes(std::array<uint8_t, 2>{7, 8});
  writer.zeros(1);
  writer.patch_u16(0, static_cast<uint16_t>(writer.size()));
  ASSERT_TRUE(writer.ok());
  const std::vector<uint8_t> expected = {0, 21, 0xab, 0x12, 0x34, 0x56, 0xde, 0xad, 0xbe, 0xef, 1,
                                         2, 3,  4,    5,    6,    7,    8,    7,    8,    0};
  EXPECT_EQ(std::vector<uint8_t>(writer.written().begin(), writer.written().end()), expected);
}

TEST(ByteWriter, NeverWritesPastItsBuffer) {
  std::array<uint8_t, 4> buffer = {9, 9, 9, 9};
  ByteWriter writer(std::span<uint8_t>(buffer).first(3));
  writer.u16(0x0102);
  writer.u16(0x0304);
  EXPECT_FALSE(writer.ok());
  writer.u8(5);  // would fit; nothing is written after an overrun
  EXPECT_EQ(writer.size(), 2u);
  EXPECT_EQ(buffer, (std::array<uint8_t, 4>{1, 2, 9, 9}));
  writer.patch_u16(1, 0xffff);  // reaches past what was written
  EXPECT_EQ(buffer[1], 2);
}

}  // namespace
}  // namespace viaduct::base
