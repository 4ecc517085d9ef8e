// Wake: lets one thread wake another's poll (eventfd). Pairs with base::SpscQueue, which carries
// the values.
#pragma once

namespace viaduct::net {

class Wake {
 public:
  Wake();
  ~Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  int fd() const { return fd_; }  // readable after signal() until clear()
  void signal();                  // any thread
  void clear();                   // the woken thread, before it looks at its queues

 private:
  int fd_;
};

}  // namespace viaduct::net
