#include "signalling/verto/speed.h"

#include <algorithm>

#include "base/ascii.h"

namespace viaduct::verto {
namespace {

constexpr uint32_t kRounds = 10;
constexpr uint32_t kFrameBytes = 1024;
constexpr uint32_t kFramesPerPiece = 64;

int64_t milliseconds(base::Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

}  // namespace

void SpeedTest::receive(std::string_view frame, base::TimePoint now,
                        std::vector<std::string>& out) {
  if (frame.size() < 4 || frame[3] == 'B') return;
  if (uploading_) {  // whatever it is, it ends the upload
    uploading_ = false;
    if (waiting_.size() >= options_->max_queued_speed_tests) return;
    // The client divides by it: never 0.
    waiting_.push_back({announced_, std::max<int64_t>(milliseconds(now - started_), 1)});
    if (!downloading_) start_download(now, out);
  } else if (frame.starts_with("#SPU")) {
    const auto bytes = base::parse_number<uint32_t>(base::trim(frame.substr(4)));
    if (!bytes || *bytes == 0 || *bytes > options_->max_speed_test_bytes) return;
    uploading_ = true;
    announced_ = *bytes;
    started_ = now;
  }
}

void SpeedTest::drained(base::TimePoint now, std::vector<std::string>& out) {
  if (!downloading_) return;
  if (sent_ < frames_) send_piece(out);
  else end_download(now, out);
}

void SpeedTest::give_up(base::TimePoint now, std::vector<std::string>& out) {
  if (downloading_) end_download(now, out);
}

void SpeedTest::start_download(base::TimePoint now, std::vector<std::string>& out) {
  const Upload& upload = waiting_.front();
  out.push_back("#SPU " + std::to_string(upload.milliseconds));
  downloading_ = true;
  round_bytes_ = std::clamp(options_->max_speed_test_download / kRounds, 1u, upload.bytes);
  frames_ = kRounds * ((round_bytes_ + kFrameBytes - 1) / kFrameBytes);
  sent_ = 0;
  download_started_ = now;
  send_piece(out);
}

void SpeedTest::send_piece(std::vector<std::string>& out) {
  const uint32_t end = std::min(frames_, sent_ + kFramesPerPiece);
  for (; sent_ < end; ++sent_) out.push_back(frame_at(sent_));
}

void SpeedTest::end_download(base::TimePoint now, std::vector<std::string>& out) {
  // The time of one round as if it had had the announced size.
  const double elapsed = std::chrono::duration<double, std::milli>(now - download_started_).count();
  const double scale = static_cast<double>(waiting_.front().bytes) / round_bytes_;
  const auto round = static_cast<int64_t>(elapsed / kRounds * scale);
  out.push_back("#SPD " + std::to_string(std::max<int64_t>(round, 1)));
  downloading_ = false;
  waiting_.pop_front();
  if (!waiting_.empty()) start_download(now, out);
}

std::string SpeedTest::frame_at(uint32_t index) const {
  const uint32_t per_round = frames_ / kRounds;
  const uint32_t rest = round_bytes_ % kFrameBytes;
  const bool last = index % per_round == per_round - 1;
  std::string frame(last && rest != 0 ? rest : kFrameBytes, '.');
  frame.replace(0, std::min<size_t>(frame.size(), 4),
                std::string_view("#SPB").substr(0, frame.size()));
  return frame;
}

}  // namespace viaduct::verto
