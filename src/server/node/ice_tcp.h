// IceTcp: the TCP side of a media worker's port (RFC 6544, passive). Accepts connections, finds the
// frames in them for graph::Worker, and writes what the worker sends. A connection is worth keeping
// only while the worker says that a session's checks have proved it; anybody else's goes soon.
//
//   accepted ──first valid check──► proved ──end, error, too long a frame, silence──► closed
//      └── first_check, or pushed out by newcomers ─────────────────────────────────────┘
//
// One media thread owns it, as it owns the worker.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "base/timer_queue.h"
#include "io/net/poller.h"
#include "io/net/tcp_socket.h"
#include "media/graph/worker.h"
#include "transport/ice/frames.h"

namespace viaduct::node {

struct IceTcpOptions {
  // Half of a worker's sessions: TCP is for those whose network lets no UDP through. One takes
  // 2 kB, and up to write_buffer while its receiver is slow.
  size_t max_connections = 2000;
  // Connections that have shown nothing yet. A browser's check comes a round trip after the
  // connection; the oldest makes room, so that a flood must be renewed faster than that to keep
  // others out.
  size_t max_unproved = 200;
  base::Duration first_check = std::chrono::seconds(10);
  // Without a frame on a proved path; consent is asked for every 5 s or so (RFC 7675).
  base::Duration idle = std::chrono::seconds(35);
  // Behind it whole frames are dropped. A tenth of a second of video; older media helps nobody.
  size_t write_buffer = 32 * 1024;
};

struct IceTcpCounters {
  uint64_t accepted = 0;
  uint64_t refused = 0;     // beyond max_connections
  uint64_t pushed_out = 0;  // beyond max_unproved
  uint64_t timed_out = 0;
  uint64_t misframed = 0;
  uint64_t dropped_frames = 0;  // the receiver was too slow
};

class IceTcp {
 public:
  // The key of the listener; those of connections are their handles.
  static constexpr uint32_t kListenerKey = UINT32_MAX - 1;

  // `poller`, `worker` and `out` must outlive it; `out` may call send() below.
  IceTcp(IceTcpOptions options, net::TcpListener listener, net::Poller& poller,
         graph::Worker& worker, graph::PacketSink& out);
  ~IceTcp();
  IceTcp(const IceTcp&) = delete;
  IceTcp& operator=(const IceTcp&) = delete;

  // The poller gave this key: kListenerKey or a connection's.
  void ready(uint32_t key, base::TimePoint now);
  // Takes a frame for a connection; unknown ones are gone already.
  void send(graph::SocketHandle via, std::span<const uint8_t> frame);
  // Writes what was taken; at the end of each round.
  void flush(base::TimePoint now);

  base::TimePoint next_timeout() const { return std::min(timers_.next(), listen_again_); }
  void handle_timeout(base::TimePoint now);

  size_t connections() const { return connections_.size(); }
  const IceTcpCounters& counters() const { return counters_; }

 private:
  struct Connection {
    explicit Connection(net::TcpSocket s, size_t write_buffer)
        : socket(std::move(s)), writer(write_buffer) {}
    net::TcpSocket socket;
    ice::FrameReader reader;
    ice::FrameWriter writer;
    base::TimePoint deadline{};
    bool dirty = false;           // in dirty_
    bool waits_for_room = false;  // the poller watches for it
  };

  void accept(base::TimePoint now);
  void add(net::TcpSocket socket, base::TimePoint now);
  void read(graph::SocketHandle via, Connection& connection, base::TimePoint now);
  // False: it is broken.
  bool write(graph::SocketHandle via, Connection& connection);
  void close(graph::SocketHandle via, base::TimePoint now);

  const IceTcpOptions options_;
  const net::TcpListener listener_;
  net::Poller& poller_;
  graph::Worker& worker_;
  graph::PacketSink& out_;
  std::unordered_map<graph::SocketHandle, std::unique_ptr<Connection>> connections_;
  std::set<graph::SocketHandle> unproved_;  // the oldest first
  std::vector<graph::SocketHandle> dirty_;
  base::TimerQueue<graph::SocketHandle> timers_;
  base::TimePoint listen_again_ = base::kNever;
  graph::SocketHandle next_ = graph::kFirstConnection;
  std::vector<uint8_t> scratch_;
  IceTcpCounters counters_;
};

}  // namespace viaduct::node
