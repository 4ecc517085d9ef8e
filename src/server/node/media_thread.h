// MediaThread: one media worker's thread: waits for its sockets and its mailbox, feeds the graph,
// sends what comes out. All the thinking is in graph::Worker.
#pragma once

#include <memory>
#include <variant>

#include "base/rng.h"
#include "base/time.h"
#include "io/net/tcp_socket.h"
#include "io/net/udp_socket.h"
#include "media/graph/messages.h"
#include "media/graph/worker_options.h"
#include "server/node/mailbox.h"
#include "transport/dtls/engine.h"

namespace viaduct::node {

// Sockets for a session that is about to be opened.
struct AddPair {
  graph::SocketHandle rtp_handle = 0;
  net::UdpSocket rtp;
  graph::SocketHandle rtcp_handle = 0;
  net::UdpSocket rtcp;
};
using ToWorker = std::variant<AddPair, graph::Command>;
using FromWorker = graph::Event;

class MediaThread {
 public:
  // Starts the thread. `shared` and `listener` are the WebRTC port, over UDP and TCP.
  MediaThread(graph::WorkerOptions options, net::UdpSocket shared, net::TcpListener listener,
              std::shared_ptr<dtls::EngineFactory> dtls);
  // Stops and joins it; sessions are closed without ceremony, and what the mailboxes still hold
  // goes.
  ~MediaThread();
  MediaThread(const MediaThread&) = delete;
  MediaThread& operator=(const MediaThread&) = delete;

  // The control thread's ends.
  Mailbox<ToWorker>& inbox();
  Mailbox<FromWorker>& outbox();

 private:
  class Body;
  std::unique_ptr<Body> body_;
};

}  // namespace viaduct::node
