#include "transport/ice/frames.h"

#include <gtest/gtest.h>

namespace viaduct::ice {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes framed(const Bytes& frame) {
  Bytes out{static_cast<uint8_t>(frame.size() >> 8), static_cast<uint8_t>(frame.size())};
  out.insert(out.end(), frame.begin(), frame.end());
  return out;
}

std::vector<Bytes> read_all(FrameReader& reader, std::span<const uint8_t> bytes) {
  std::vector<Bytes> out;
  while (const auto length = reader.next(bytes)) {
    const auto frame = reader.buffer().first(*length);
    out.emplace_back(frame.begin(), frame.end());
  }
  EXPECT_TRUE(bytes.empty() || reader.failed());
  return out;
}

TEST(FrameReader, FindsFramesHoweverTheStreamIsCut) {
  const std::vector<Bytes> frames{Bytes(20, 1), Bytes(1, 2), Bytes(FrameReader::kMaxFrame, 3),
                                  Bytes(300, 4)};
  Bytes stream;
  for (const Bytes& frame : frames) {
    const Bytes part = framed(frame);
    stream.insert(stream.end(), part.begin(), part.end());
  }
  for (const size_t step : {size_t{1}, size_t{2}, size_t{3}, size_t{999}, stream.size()}) {
    SCOPED_TRACE(step);
    FrameReader reader;
    std::vector<Bytes> got;
    for (size_t at = 0; at < stream.size(); at += step)
      for (Bytes& frame :
           read_all(reader, std::span(stream).subspan(at, std::min(step, stream.size() - at))))
        got.push_back(std::move(frame));
    EXPECT_EQ(got, frames);
    EXPECT_FALSE(reader.failed());
  }
}

TEST(FrameReader, LeavesRoomBehindTheLongestFrame) {
  FrameReader reader;
  ASSERT_EQ(read_all(reader, framed(Bytes(FrameReader::kMaxFrame, 7))).size(), 1u);
  EXPECT_EQ(reader.buffer().size(), FrameReader::kMaxFrame + FrameReader::kTrailingRoom);
}

TEST(FrameReader, PassesEmptyFramesOver) {
  FrameReader reader;
  EXPECT_EQ(read_all(reader, Bytes{0, 0, 0, 0, 0, 1, 9}), std::vector<Bytes>{{9}});
}

TEST(FrameReader, GivesUpOnAFrameTooLong) {
  FrameReader reader;
  const Bytes first = framed({1, 2});
  EXPECT_EQ(read_all(reader, first).size(), 1u);
  EXPECT_TRUE(read_all(reader, Bytes{0x05, 0xdd, 1, 2, 3}).empty());  // 1501
  EXPECT_TRUE(reader.failed());
  EXPECT_TRUE(read_all(reader, first).empty());
}

TEST(FrameReader, GivesUpOnAWebBrowser) {
  FrameReader reader;
  const std::string_view request = "GET / HTTP/1.1\r\n";
  EXPECT_TRUE(read_all(reader, Bytes(request.begin(), request.end())).empty());
  EXPECT_TRUE(reader.failed());
}

TEST(FrameWriter, WhatItWritesIsRead) {
  FrameWriter writer(100);
  ASSERT_TRUE(writer.add(Bytes{1, 2, 3}));
  ASSERT_TRUE(writer.add(Bytes{4}));
  FrameReader reader;
  EXPECT_EQ(read_all(reader, writer.pending()), (std::vector<Bytes>{{1, 2, 3}, {4}}));
}

TEST(FrameWriter, DropsWholeFramesWhenFullAndGoesOnInTheMiddleOfOne) {
  FrameWriter writer(100);
  Bytes received;
  const auto take = [&](size_t size) {
    const auto part = writer.pending().first(size);
    received.insert(received.end(), part.begin(), part.end());
    writer.consume(size);
  };
  EXPECT_TRUE(writer.add(Bytes(58, 1)));
  EXPECT_TRUE(writer.add(Bytes(38, 2)));
  EXPECT_FALSE(writer.add(Bytes{3}));
  take(45);  // in the middle of the first
  EXPECT_TRUE(writer.add(Bytes(40, 4)));
  EXPECT_FALSE(writer.add(Bytes(2, 5)));
  take(writer.pending().size());
  EXPECT_TRUE(writer.pending().empty());
  FrameReader reader;
  EXPECT_EQ(read_all(reader, received),
            (std::vector<Bytes>{Bytes(58, 1), Bytes(38, 2), Bytes(40, 4)}));
  EXPECT_FALSE(writer.add(Bytes(99, 6)));  // would never fit
}

}  // namespace
}  // namespace viaduct::ice
