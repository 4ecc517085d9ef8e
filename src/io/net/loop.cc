#include "io/net/loop.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <list>

namespace viaduct::net {
namespace asio = boost::asio;
using boost::system::error_code;

struct Loop::Impl {
  // One thread runs it: Asio may leave out its locks between handlers, not those of post().
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
  asio::steady_timer timer{context};
  base::TimePoint deadline = base::kNever;
  asio::signal_set signals{context};

  struct Watched {
    asio::posix::stream_descriptor descriptor;
    std::function<void()> readable;
  };
  std::list<Watched> watched;

  void wait(Watched& w) {
    w.descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                            [this, &w](error_code error) {
                              if (error) return;
                              w.readable();
                              wait(w);
                            });
  }
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {}

Loop::~Loop() {
  // The descriptors belong to those who gave them.
  for (auto& w : impl_->watched) w.descriptor.release();
}

void Loop::run() { impl_->context.run(); }
void Loop::stop() { impl_->context.stop(); }
void Loop::post(std::function<void()> work) { asio::post(impl_->context, std::move(work)); }
asio::io_context& Loop::asio() { return impl_->context; }

void Loop::watch(int fd, std::function<void()> readable) {
  impl_->watched.push_back(
      {asio::posix::stream_descriptor(impl_->context, fd), std::move(readable)});
  impl_->wait(impl_->watched.back());
}

void Loop::set_timer(base::TimePoint deadline, std::function<void()> expired) {
  if (deadline == impl_->deadline) return;  // mostly nothing has changed
  impl_->deadline = deadline;
  if (deadline == base::kNever) {
    impl_->timer.cancel();
    return;
  }
  // steady_now() counts what std::chrono::steady_clock counts.
  impl_->timer.expires_at(std::chrono::steady_clock::time_point(deadline.time_since_epoch()));
  impl_->timer.async_wait([this, expired = std::move(expired)](error_code error) {
    if (error) return;
    impl_->deadline = base::kNever;
    expired();
  });
}

void Loop::on_stop_signal(std::function<void()> asked) {
  impl_->signals.add(SIGINT);
  impl_->signals.add(SIGTERM);
  impl_->signals.async_wait([asked = std::move(asked)](error_code error, int) {
    if (!error) asked();
  });
}

}  // namespace viaduct::net
