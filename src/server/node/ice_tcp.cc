#include "server/node/ice_tcp.h"

#include <utility>

namespace viaduct::node {
namespace {

// What one connection may take of a round before others have their turn.
constexpr size_t kReadSize = 16 * 1024;
constexpr int kReadsAtOnce = 4;
constexpr int kAcceptsAtOnce = 32;
// The kernel's part of the buffering; it doubles the figure for its own books.
constexpr int kKernelSendBuffer = 32 * 1024;
// Without descriptors the listener would be ready all the time.
constexpr auto kListenPause = std::chrono::seconds(1);
static_assert(ice::FrameReader::kTrailingRoom >= graph::kTailroom);
static_assert(ice::FrameReader::kMaxFrame <= graph::kMaxDatagram);

}  // namespace

IceTcp::IceTcp(IceTcpOptions options, net::TcpListener listener, net::Poller& poller,
               graph::Worker& worker, graph::PacketSink& out)
    : options_(options),
      listener_(std::move(listener)),
      poller_(poller),
      worker_(worker),
      out_(out),
      scratch_(kReadSize) {
  poller_.add(listener_.fd(), kListenerKey);
}

IceTcp::~IceTcp() = default;  // the kernel takes closed descriptors off the poller

void IceTcp::ready(uint32_t key, base::TimePoint now) {
  if (key == kListenerKey) return accept(now);
  const auto it = connections_.find(key);
  if (it == connections_.end()) return;
  Connection& connection = *it->second;
  if (connection.waits_for_room && !write(key, connection)) return close(key, now);
  read(key, connection, now);
}

void IceTcp::accept(base::TimePoint now) {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    auto socket = listener_.accept();
    if (!socket) {
      poller_.remove(listener_.fd());
      listen_again_ = now + kListenPause;
      return;
    }
    if (!*socket) return;
    if (connections_.size() >= options_.max_connections) ++counters_.refused;
    else add(std::move(**socket), now);
  }
}

void IceTcp::add(net::TcpSocket socket, base::TimePoint now) {
  if (unproved_.size() >= options_.max_unproved) {
    ++counters_.pushed_out;
    close(*unproved_.begin(), now);
  }
  do {
    if (next_ == kListenerKey) next_ = graph::kFirstConnection;
  } while (connections_.contains(next_) && ++next_);
  const graph::SocketHandle via = next_++;
  socket.set_prompt(kKernelSendBuffer);
  poller_.add(socket.fd(), via);
  auto connection = std::make_unique<Connection>(std::move(socket), options_.write_buffer);
  connection->deadline = now + options_.first_check;
  timers_.set(via, connection->deadline);
  unproved_.insert(via);
  connections_.emplace(via, std::move(connection));
  ++counters_.accepted;
}

void IceTcp::read(graph::SocketHandle via, Connection& connection, base::TimePoint now) {
  const base::SocketAddress& from = connection.socket.remote();
  for (int i = 0; i < kReadsAtOnce; ++i) {
    const auto size = connection.socket.receive(scratch_);
    if (!size) return close(via, now);
    std::span<const uint8_t> bytes = std::span(scratch_).first(*size);
    bool any = false;
    while (const auto length = connection.reader.next(bytes)) {
      any = true;
      worker_.receive(via, from, connection.reader.buffer(), *length, now, out_);
    }
    if (connection.reader.failed()) {
      ++counters_.misframed;
      return close(via, now);
    }
    if (any && worker_.is_validated(via, from)) {
      unproved_.erase(via);
      connection.deadline = now + options_.idle;
    }
    if (*size < scratch_.size()) return;
  }
}

void IceTcp::send(graph::SocketHandle via, std::span<const uint8_t> frame) {
  const auto it = connections_.find(via);
  if (it == connections_.end()) return;
  Connection& connection = *it->second;
  if (!connection.writer.add(frame)) ++counters_.dropped_frames;
  if (!connection.dirty) dirty_.push_back(via);
  connection.dirty = true;
}

void IceTcp::flush(base::TimePoint now) {
  // Closing one may make the worker send on another.
  for (size_t i = 0; i < dirty_.size(); ++i) {
    const auto it = connections_.find(dirty_[i]);
    if (it == connections_.end()) continue;
    it->second->dirty = false;
    if (!it->second->waits_for_room && !write(it->first, *it->second)) close(it->first, now);
  }
  dirty_.clear();
}

bool IceTcp::write(graph::SocketHandle via, Connection& connection) {
  const auto sent = connection.socket.send(connection.writer.pending());
  if (!sent) return false;
  connection.writer.consume(*sent);
  const bool more = !connection.writer.pending().empty();
  if (more != connection.waits_for_room) poller_.watch_room(connection.socket.fd(), via, more);
  connection.waits_for_room = more;
  return true;
}

void IceTcp::close(graph::SocketHandle via, base::TimePoint now) {
  const auto it = connections_.find(via);
  if (it == connections_.end()) return;
  const auto closed = std::move(it->second);
  connections_.erase(it);
  unproved_.erase(via);
  timers_.cancel(via);
  poller_.remove(closed->socket.fd());
  worker_.connection_closed(via, closed->socket.remote(), now, out_);
}

void IceTcp::handle_timeout(base::TimePoint now) {
  if (now >= listen_again_) {
    listen_again_ = base::kNever;
    poller_.add(listener_.fd(), kListenerKey);
  }
  while (const auto via = timers_.pop_due(now)) {
    const auto it = connections_.find(*via);
    if (it == connections_.end()) continue;
    if (it->second->deadline > now) {  // a deadline that moved away is not followed at once
      timers_.set(*via, it->second->deadline);
      continue;
    }
    ++counters_.timed_out;
    close(*via, now);
  }
}

}  // namespace viaduct::node
