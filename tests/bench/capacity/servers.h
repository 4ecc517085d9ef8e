// The two that carry the calls: the media threads of a node, and the least that could.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <unordered_map>
#include <vector>

#include "io/net/rtp_ports.h"
#include "io/net/tcp_socket.h"
#include "server/node/media_thread.h"
#include "tests/bench/capacity/plan.h"
#include "transport/dtls/testing/engine_pair.h"
#include "transport/srtp/context.h"

namespace viaduct::bench {

// Sockets are bound before the load's process is made, so that it knows their addresses.
struct BoundSockets {
  std::vector<net::UdpSocket> shared;
  std::vector<net::TcpListener> listeners;  // beside each; nobody calls there
  std::vector<net::RtpPair> phones;
  static BoundSockets bind(const Plan& plan, base::Rng& rng);
};

class Server {
 public:
  virtual ~Server() = default;
  virtual void open_calls(const LoadAddresses& load) = 0;
};

// What runs in a node: media threads, driven as control drives them.
std::unique_ptr<Server> make_media_threads(const Plan& plan, BoundSockets sockets,
                                           const dtls::testing::Identity& identity);
// One thread that receives, encrypts or decrypts, and sends: nothing else.
std::unique_ptr<Server> make_bare_loop(const Plan& plan, BoundSockets sockets);

}  // namespace viaduct::bench
