// Loop: the control thread's wait for sockets, its timer, other threads and signals. All functions
// but stop() and post() belong to the thread that runs it.
#pragma once

#include <functional>
#include <memory>

#include "base/time.h"

namespace boost::asio {
class io_context;
}

namespace viaduct::net {

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void run();                             // until stop()
  void stop();                            // any thread
  void post(std::function<void()> work);  // any thread

  // Calls `readable` whenever the descriptor can be read, until the loop is destroyed.
  void watch(int fd, std::function<void()> readable);
  // The one timer: replaces what was set before. kNever: none.
  void set_timer(base::TimePoint deadline, std::function<void()> expired);
  // SIGINT and SIGTERM.
  void on_stop_signal(std::function<void()> asked);

  boost::asio::io_context& asio();  // for the rest of io/net

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace viaduct::net
