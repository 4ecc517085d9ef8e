// StoreThread: the one thread that waits for disks. Commands in; what fails is told in the log.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "server/node/mailbox.h"
#include "server/node/recordings.h"

namespace viaduct::node {

struct StopStore {};
using ToStore = std::variant<StopStore, FileCommand>;

class StoreThread {
 public:
  // Starts the thread. `recordings`: the folder of recordings.
  explicit StoreThread(std::string recordings);
  // Writes what is waiting, then joins it.
  ~StoreThread();
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;

  // The control thread's end.
  Mailbox<ToStore>& inbox();

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace viaduct::node
