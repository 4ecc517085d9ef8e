// Bounded reading and writing of network-order integers. Both remember that they ran over: check
// once at the end instead of after each field.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

namespace viaduct::base {

// Reads from bytes it does not own. After an overrun every read gives zero or empty.
class ByteReader {
 public:
  explicit ByteReader(std::span<const uint8_t> bytes) : bytes_(bytes) {}

  bool ok() const { return ok_; }
  size_t remaining() const { return bytes_.size() - at_; }
  size_t position() const { return at_; }

  uint8_t u8() { return static_cast<uint8_t>(integer(1)); }
  uint16_t u16() { return static_cast<uint16_t>(integer(2)); }
  uint32_t u24() { return static_cast<uint32_t>(integer(3)); }
  uint32_t u32() { return static_cast<uint32_t>(integer(4)); }
  uint64_t u64() { return integer(8); }
  // A view into the input: lives as long as that.
  std::span<const uint8_t> bytes(size_t n) {
    if (!take(n)) return {};
    return bytes_.subspan(at_ - n, n);
  }
  void skip(size_t n) { take(n); }
  std::span<const uint8_t> rest() { return bytes(remaining()); }

 private:
  bool take(size_t n) {
    if (!ok_ || n > remaining()) {
      ok_ = false;
      at_ = bytes_.size();
      return false;
    }
    at_ += n;
    return true;
  }
  uint64_t integer(size_t n) {
    if (!take(n)) return 0;
    uint64_t value = 0;
    for (size_t i = at_ - n; i < at_; ++i) value = value << 8 | bytes_[i];
    return value;
  }

  std::span<const uint8_t> bytes_;
  size_t at_ = 0;
  bool ok_ = true;
};

// Writes into a buffer it does not own. After an overrun nothing more is written.
class ByteWriter {
 public:
  explicit ByteWriter(std::span<uint8_t> buffer) : buffer_(buffer) {}

  bool ok() const { return ok_; }
  size_t size() const { return at_; }
  std::span<uint8_t> written() const { return buffer_.first(at_); }

  void u8(uint8_t value) { integer(value, 1); }
  void u16(uint16_t value) { integer(value, 2); }
  void u24(uint32_t value) { integer(value, 3); }
  void u32(uint32_t value) { integer(value, 4); }
  void u64(uint64_t value) { integer(value, 8); }
  void bytes(std::span<const uint8_t> data) {
    if (!take(data.size())) return;
    if (!data.empty()) std::memcpy(buffer_.data() + at_ - data.size(), data.data(), data.size());
  }
  void zeros(size_t n) {
    if (!take(n)) return;
    std::memset(buffer_.data() + at_ - n, 0, n);
  }
  // Overwrites two bytes already written: for a length known later.
  void patch_u16(size_t position, uint16_t value) {
    if (position + 2 > at_) return;
    buffer_[position] = static_cast<uint8_t>(value >> 8);
    buffer_[position + 1] = static_cast<uint8_t>(value);
  }

 private:
  bool take(size_t n) {
    if (!ok_ || n > buffer_.size() - at_) {
      ok_ = false;
      return false;
    }
    at_ += n;
    return true;
  }
  void integer(uint64_t value, size_t n) {
    if (!take(n)) return;
    for (size_t i = 0; i < n; ++i) buffer_[at_ - 1 - i] = static_cast<uint8_t>(value >> (8 * i));
  }

  std::span<uint8_t> buffer_;
  size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace viaduct::base
