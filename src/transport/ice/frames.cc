#include "transport/ice/frames.h"

#include <algorithm>

namespace viaduct::ice {
namespace {
constexpr size_t kLength = 2;
}

std::optional<size_t> FrameReader::next(std::span<const uint8_t>& bytes) {
  while (!bytes.empty() && !failed_) {
    if (present_ < kLength) {
      length_ = length_ << 8 | bytes.front();
      bytes = bytes.subspan(1);
      ++present_;
      if (present_ == kLength && length_ > kMaxFrame) failed_ = true;
    } else {
      const size_t at = present_ - kLength;
      const size_t size = std::min(length_ - at, bytes.size());
      std::copy_n(bytes.begin(), size, frame_.begin() + static_cast<ptrdiff_t>(at));
      bytes = bytes.subspan(size);
      present_ += size;
    }
    if (present_ < kLength || present_ - kLength < length_) continue;
    const size_t whole = length_;
    length_ = present_ = 0;
    if (whole > 0) return whole;
  }
  return std::nullopt;
}

bool FrameWriter::add(std::span<const uint8_t> frame) {
  if (frame.size() > FrameReader::kMaxFrame) return false;
  if (pending().size() + kLength + frame.size() > capacity_) return false;
  if (sent_ > 0 && bytes_.size() + kLength + frame.size() > capacity_) {
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<ptrdiff_t>(sent_));
    sent_ = 0;
  }
  bytes_.push_back(static_cast<uint8_t>(frame.size() >> 8));
  bytes_.push_back(static_cast<uint8_t>(frame.size()));
  bytes_.insert(bytes_.end(), frame.begin(), frame.end());
  return true;
}

void FrameWriter::consume(size_t size) {
  sent_ += size;
  if (sent_ < bytes_.size()) return;
  bytes_.clear();
  sent_ = 0;
}

}  // namespace viaduct::ice
