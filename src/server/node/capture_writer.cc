#include "server/node/capture_writer.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>

#include "base/log.h"
#include "io/net/clock.h"
#include "io/net/poller.h"
#include "io/store/file.h"
#include "media/graph/pcap.h"
#include "server/node/mailbox.h"

namespace viaduct::node {
namespace {

// A tap holds 320 ms of a call; it is emptied long before.
constexpr auto kRound = std::chrono::milliseconds(50);
// After its time: a worker whose session is quiet notices the end with its next report only.
constexpr auto kGrace = std::chrono::seconds(1);

struct Capture {
  store::File file;
  std::vector<std::shared_ptr<graph::CaptureTap>> taps;
  size_t bytes = 0;
  bool failed = false;
};

}  // namespace

class CaptureWriter::Body {
 public:
  explicit Body(CaptureWriterOptions options) : options_(std::move(options)) {
    poller_.add(inbox_.wake_fd(), 0);
    thread_ = std::thread([this] { run(); });
  }
  ~Body() {
    inbox_.close();
    thread_.join();
  }

  base::Result<std::string> start(const std::string& name,
                                  std::vector<std::shared_ptr<graph::CaptureTap>> taps) {
    if (running_.load() >= options_.max_captures)
      return base::Error{base::Errc::exhausted, "too many captures are running"};
    const std::filesystem::path wanted(name);
    auto file = store::File::create(options_.folder, wanted.stem().native(),
                                    wanted.extension().native(), store::File::Readers::owner);
    if (!file) return file.error();
    std::string path = file->path();
    ++running_;
    inbox_.send(std::make_unique<Capture>(Capture{std::move(*file), std::move(taps)}));
    return path;
  }

 private:
  void run() {
    for (bool closing = false; !closing;) {
      poller_.wait(captures_.empty() ? base::kNever : net::steady_now() + kRound);
      inbox_.clear_wake();
      closing = inbox_.closed();
      while (auto capture = inbox_.receive()) begin(std::move(*capture));
      for (const auto& capture : captures_) write(*capture);
      std::erase_if(captures_, [&](const auto& capture) {
        if (!closing && !is_over(*capture)) return false;
        end(*capture);
        return true;
      });
    }
  }

  void begin(std::unique_ptr<Capture> capture) {
    buffer_.clear();
    graph::append_pcap_header(buffer_);
    flush(*capture);
    captures_.push_back(std::move(capture));
  }

  // Legs take turns by rounds of 50 ms: packets of two legs may be out of order by as much, which
  // every analyser can put right by their times.
  void write(Capture& capture) {
    const base::WallTime wall = net::wall_now();
    const base::TimePoint now = net::steady_now();
    buffer_.clear();
    for (const auto& tap : capture.taps)
      while (const auto packet = tap->take())
        graph::append_pcap_packet(buffer_, *packet, wall - (now - packet->at));
    flush(capture);
  }

  void flush(Capture& capture) {
    if (capture.failed || buffer_.empty()) return;
    if (capture.bytes + buffer_.size() <= options_.max_bytes &&
        capture.file.write(capture.bytes, buffer_)) {
      capture.bytes += buffer_.size();
      return;
    }
    capture.failed = true;
    base::log(base::LogLevel::warning, "capture", "a capture ends early: disk full, or too long",
              {{"bytes", capture.bytes}});
  }

  static bool is_over(const Capture& capture) {
    const base::TimePoint now = net::steady_now();
    return std::ranges::all_of(
        capture.taps, [&](const auto& tap) { return tap->finished() || tap->over(now - kGrace); });
  }

  void end(Capture& capture) {
    write(capture);  // what came between the last look and the end
    uint64_t dropped = 0;
    for (const auto& tap : capture.taps) dropped += tap->dropped();
    base::log(base::LogLevel::info, "capture", "a capture is written",
              {{"bytes", capture.bytes}, {"packets_dropped", dropped}});
    --running_;
  }

  const CaptureWriterOptions options_;
  // Never more than run: nothing is held back.
  Mailbox<std::unique_ptr<Capture>> inbox_{options_.max_captures};
  net::Poller poller_;
  std::vector<std::unique_ptr<Capture>> captures_;
  std::vector<uint8_t> buffer_;
  std::atomic<size_t> running_{0};  // begun by control, ended by the thread
  std::thread thread_;
};

CaptureWriter::CaptureWriter(CaptureWriterOptions options)
    : body_(std::make_unique<Body>(std::move(options))) {}
CaptureWriter::~CaptureWriter() = default;

base::Result<std::string> CaptureWriter::start(
    const std::string& name, std::vector<std::shared_ptr<graph::CaptureTap>> taps) {
  return body_->start(name, std::move(taps));
}

}  // namespace viaduct::node
