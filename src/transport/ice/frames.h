// Datagrams on a TCP connection (RFC 4571 §2, as RFC 6544 §3 has them for ICE): each behind its
// length. Sans-IO: bytes in, frames out, and the other way round. Both are bounded.
//
//    0                   1
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-
//   |            LENGTH             |  STUN, DTLS, RTP or RTCP
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace viaduct::ice {

class FrameReader {
 public:
  // What UDP would carry in an Ethernet frame. A longer one is nothing a media peer sends.
  static constexpr size_t kMaxFrame = 1500;
  // Writable room behind every frame, for what its owner appends before sending it on.
  static constexpr size_t kTrailingRoom = 256;

  // Takes bytes off the front of `bytes` until a frame is whole and returns its length; nothing
  // when all are taken. Empty frames are passed over.
  std::optional<size_t> next(std::span<const uint8_t>& bytes);
  // The latest frame, at the front, and the room behind it: until the next call of next().
  std::span<uint8_t> buffer() { return frame_; }
  // A frame too long was announced: the connection is of no use any more.
  bool failed() const { return failed_; }

 private:
  std::array<uint8_t, kMaxFrame + kTrailingRoom> frame_;
  size_t length_ = 0;   // of the frame under way, once its two bytes are there
  size_t present_ = 0;  // of the length and the frame
  bool failed_ = false;
};

// Frames on their way out, for a connection that takes as many bytes as it likes.
class FrameWriter {
 public:
  explicit FrameWriter(size_t capacity) : capacity_(capacity) {}

  // False when it finds no room: the frame is lost as a datagram would be, never a part of it.
  bool add(std::span<const uint8_t> frame);
  std::span<const uint8_t> pending() const { return std::span(bytes_).subspan(sent_); }
  void consume(size_t size);

 private:
  const size_t capacity_;
  std::vector<uint8_t> bytes_;
  size_t sent_ = 0;  // at the front of bytes_
};

}  // namespace viaduct::ice
