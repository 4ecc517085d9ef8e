// Worker: the media engine one thread runs. Sessions by id; datagrams find theirs; what one session
// hears goes to those whose source it is. Sans-IO.
//
//   datagram ─► plain socket, STUN ufrag or path ─► Session A ─► listeners of A ─► PacketSink
//   Command ──────────────────────────────────────────┘ └─► Event (poll)
//
// After each call that takes a PacketSink: poll() until empty, then arm one timer for
// next_timeout().
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "base/timer_queue.h"
#include "media/graph/messages.h"
#include "media/graph/recorder.h"
#include "media/graph/session.h"
#include "media/graph/worker_options.h"
#include "transport/dtls/engine.h"

namespace viaduct::graph {

// Bytes that must be free behind a datagram given to receive(): what SRTP adds.
inline constexpr size_t kTailroom = peer::kSrtpTrailer;
// Handles of plain sockets are below: they index a table. Ports will do.
inline constexpr SocketHandle kMostSockets = 1u << 16;
// Longer datagrams are dropped: nothing we speak exceeds an Ethernet frame.
inline constexpr size_t kMaxDatagram = 1500;

// What is alive; all zero when every session is closed.
struct WorkerCounts {
  size_t sessions = 0;
  size_t timers = 0;
  size_t addresses = 0;
  size_t ufrags = 0;
  size_t sockets = 0;
  size_t recordings = 0;
};

// What was dropped before it reached a session, and commands that could not be followed.
struct WorkerCounters {
  uint64_t unknown_source = 0;  // no session for this address, ufrag or socket
  uint64_t too_large = 0;
  uint64_t bad_command = 0;  // unknown id, wrong kind of transport
  uint64_t refused_sessions = 0;
  uint64_t refused_recordings = 0;
  uint64_t dropped_digits = 0;
  uint64_t unregistered_addresses = 0;  // beyond max_addresses: reached by STUN only
};

class Worker {
 public:
  // `rng` must outlive it. `dtls` makes the engines of the node's certificate.
  Worker(WorkerOptions options, base::Rng& rng, std::shared_ptr<dtls::EngineFactory> dtls);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void command(Command&& command, base::TimePoint now, PacketSink& out);

  // The datagram in the first `length` bytes of `buffer`, which must go on for kTailroom bytes
  // behind it (checked) and may be rewritten.
  void receive(SocketHandle via, const base::SocketAddress& from, std::span<uint8_t> buffer,
               size_t length, base::TimePoint now, PacketSink& out);

  // Whether a session's checks have proved this way: for the owner of a connection, which keeps it
  // only then.
  bool is_validated(SocketHandle via, const base::SocketAddress& from) const;
  // A connection from there has closed.
  void connection_closed(SocketHandle via, const base::SocketAddress& from, base::TimePoint now,
                         PacketSink& out);

  base::TimePoint next_timeout() const {
    return std::min(timers_.next(), recording_timers_.next());
  }
  void handle_timeout(base::TimePoint now, PacketSink& out);
  std::optional<Event> poll();

  std::optional<SessionStats> stats(MediaId id) const;
  WorkerCounts counts() const;
  const WorkerCounters& counters() const { return counters_; }

 private:
  struct Port {
    Session* session = nullptr;
    peer::Component component = peer::Component::rtp;
  };
  struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };

  void execute(OpenSession&& command, base::TimePoint now, PacketSink& out);
  void execute(ApplyAgreement&& command, base::TimePoint now, PacketSink& out);
  void execute(CloseSession&& command, base::TimePoint now, PacketSink& out);
  void execute(SetSource&& command, base::TimePoint now, PacketSink& out);
  void execute(SendDtmf&& command, base::TimePoint now, PacketSink& out);
  void execute(StartCapture&& command, base::TimePoint now, PacketSink& out);
  void execute(ListenForTones&& command, base::TimePoint now, PacketSink& out);
  void execute(StartRecording&& command, base::TimePoint now, PacketSink& out);
  void execute(StopRecording&& command, base::TimePoint now, PacketSink& out);

  Session* find(MediaId id) const;
  // Of a command: counts the one for nobody.
  Session* addressee(MediaId id);
  bool may_open(const OpenSession& command) const;
  bool is_free(SocketHandle socket) const;
  void set_port(SocketHandle socket, Port port);
  std::optional<Port> port_of(SocketHandle via, const peer::Path& path,
                              std::span<const uint8_t> datagram) const;
  void forget_ufrags(const Session& session);
  void stop_listening(Session& session);
  void settle(Session& session, base::TimePoint now);
  void apply_transport_event(Session& session, const peer::Event& event);
  static bool is_settled(Session& session, base::TimePoint now);
  void arm(Session& session, base::TimePoint earliest);
  void settle(Recorder& recorder);
  void listen(Recorder::Party& party);
  void unlisten(Recorder::Party& party);
  void change_parties(Recorder& recorder, const StartRecording& command, base::TimePoint now);
  void stop(Recorder& recorder, base::TimePoint now);
  void leave_recordings(MediaId id, base::TimePoint now);

  const WorkerOptions options_;
  base::Rng& rng_;
  const std::shared_ptr<dtls::EngineFactory> dtls_;
  std::unordered_map<MediaId, std::unique_ptr<Session>> sessions_;
  std::unordered_map<std::string, Session*, TextHash, std::equal_to<>> by_ufrag_;
  std::unordered_map<peer::Path, Session*> by_path_;  // of the shared port
  std::vector<Port> by_socket_;                       // by handle, of plain sessions
  base::TimerQueue<MediaId> timers_;
  std::unordered_map<RecordingId, std::unique_ptr<Recorder>> recordings_;
  base::TimerQueue<RecordingId> recording_timers_;
  std::deque<Event> events_;
  WorkerCounters counters_;
};

}  // namespace viaduct::graph
