// StoreThread: the one thread that waits for disks. Commands in; what fails is told in the log.
#pragma once

#include <memory>
#include <string>

#include "server/node/mailbox.h"
#include "server/node/recordings.h"

namespace viaduct::node {

class StoreThread {
 public:
  // Starts the thread. `recordings`: the folder of recordings.
  explicit StoreThread(std::string recordings);
  // Joins it, and writes what is still waiting itself.
  ~StoreThread();
  StoreThread(const StoreThread&) = delete;
  StoreThread& operator=(const StoreThread&) = delete;

  // The control thread's end.
  Mailbox<FileCommand>& inbox();

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace viaduct::node
