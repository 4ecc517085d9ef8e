#include "server/node/store_thread.h"

#include <thread>
#include <variant>

#include "io/net/poller.h"
#include "server/node/recording_writer.h"

namespace viaduct::node {
namespace {
// Two a second from each recording; recordings hold themselves back when the disk does not follow.
constexpr size_t kMailboxSize = 4 * 1024;
}  // namespace

class StoreThread::Body {
 public:
  explicit Body(std::string recordings) : writer_(std::move(recordings)) {
    poller_.add(inbox_.wake_fd(), 0);
    thread_ = std::thread([this] { run(); });
  }
  ~Body() {
    inbox_.close();
    thread_.join();
    while (const auto command = inbox_.take_back()) execute(*command);
  }

  Mailbox<FileCommand> inbox_{kMailboxSize};

 private:
  void run() {
    while (!inbox_.closed()) {
      (void)poller_.wait(base::kNever);
      inbox_.clear_wake();
      while (const auto command = inbox_.receive()) execute(*command);
    }
  }
  void execute(const FileCommand& command) {
    std::visit([&](const auto& c) { writer_.execute(c); }, command);
  }

  RecordingWriter writer_;
  net::Poller poller_;
  std::thread thread_;
};

StoreThread::StoreThread(std::string recordings)
    : body_(std::make_unique<Body>(std::move(recordings))) {}
StoreThread::~StoreThread() = default;
Mailbox<FileCommand>& StoreThread::inbox() { return body_->inbox_; }

}  // namespace viaduct::node
