// As many bad packets as this machine can send, at a worker's WebRTC port: from strangers, and from
// the address of a browser in a call. A thread of its own.
#pragma once

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "base/rng.h"
#include "io/net/udp_socket.h"

namespace viaduct::bench {

struct FloodOptions {
  base::SocketAddress target;
  // Of the browser in whose name half of it goes; outlives the flood.
  const net::UdpSocket* browser = nullptr;
  std::string server_ufrag;  // so that STUN finds its session, and fails at the integrity
};

class Flood {
 public:
  explicit Flood(FloodOptions options);
  ~Flood();
  uint64_t sent() const { return sent_; }

 private:
  void run();
  std::vector<std::vector<uint8_t>> make_packets();

  const FloodOptions options_;
  base::SeededRng rng_{99};
  std::atomic<bool> stopping_ = false;
  std::atomic<uint64_t> sent_ = 0;
  std::thread thread_;
};

}  // namespace viaduct::bench
