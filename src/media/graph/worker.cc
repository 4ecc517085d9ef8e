#include "media/graph/worker.h"

#include <algorithm>

#include "base/check.h"
#include "transport/stun/demux.h"
#include "transport/stun/message.h"

namespace viaduct::graph {

namespace {

MediaFault fault_of(peer::Fault fault) {
  switch (fault) {
    case peer::Fault::ice_timeout: return MediaFault::ice_timeout;
    case peer::Fault::dtls_failed: return MediaFault::dtls_failed;
    case peer::Fault::fingerprint_mismatch: return MediaFault::fingerprint_mismatch;
    case peer::Fault::consent_lost: return MediaFault::consent_expired;
    case peer::Fault::closed: break;
  }
  return MediaFault::remote_closed;
}

peer::Path path_of(SocketHandle via, const base::SocketAddress& from) {
  return {from, is_connection(via) ? via : 0};
}

}  // namespace

Worker::Worker(WorkerOptions options, base::Rng& rng, std::shared_ptr<dtls::EngineFactory> dtls)
    : options_(std::move(options)), rng_(rng), dtls_(std::move(dtls)) {}

Worker::~Worker() = default;

Session* Worker::find(MediaId id) const {
  const auto it = sessions_.find(id);
  return it == sessions_.end() ? nullptr : it->second.get();
}

Session* Worker::addressee(MediaId id) {
  Session* const session = find(id);
  if (!session) ++counters_.bad_command;
  return session;
}

// --- commands ------------------------------------------------------------------------------------

void Worker::command(Command&& command, base::TimePoint now, PacketSink& out) {
  std::visit([&](auto&& c) { execute(std::move(c), now, out); }, std::move(command));
}

bool Worker::may_open(const OpenSession& command) const {
  if (sessions_.size() >= options_.max_sessions) return false;
  if (const auto* webrtc = std::get_if<WebRtcTransport>(&command.transport))
    return dtls_ && !webrtc->local_ice.ufrag.empty() &&
           !by_ufrag_.contains(webrtc->local_ice.ufrag);
  const auto& plain = std::get<PlainTransport>(command.transport);
  return plain.rtp != plain.rtcp && is_free(plain.rtp) && is_free(plain.rtcp);
}

bool Worker::is_free(SocketHandle socket) const {
  return socket != kSharedSocket && socket < kMostSockets &&
         (socket >= by_socket_.size() || !by_socket_[socket].session);
}

void Worker::set_port(SocketHandle socket, Port port) {
  if (socket >= by_socket_.size()) by_socket_.resize(socket + 1);
  by_socket_[socket] = port;
}

void Worker::execute(OpenSession&& command, base::TimePoint now, PacketSink&) {
  const MediaId id = command.id;
  if (find(id)) {
    ++counters_.bad_command;
    return;
  }
  if (!may_open(command)) {
    ++counters_.refused_sessions;
    events_.push_back(MediaFailed{id, MediaFault::refused});
    return;
  }
  auto& session =
      *(sessions_[id] = std::make_unique<Session>(std::move(command), options_, rng_, dtls_));
  if (const auto& plain = session.plain()) {
    set_port(plain->rtp, {&session, peer::Component::rtp});
    set_port(plain->rtcp, {&session, peer::Component::rtcp});
  } else {
    by_ufrag_.emplace(session.local_ufrags().back(), &session);
  }
  // Some may have been told to listen to it before it was there.
  for (const auto& [other_id, other] : sessions_)
    if (const auto* from = std::get_if<FromSession>(&other->source()); from && from->other == id)
      session.listeners.push_back(other.get());
  settle(session, now);
}

void Worker::execute(ApplyAgreement&& command, base::TimePoint now, PacketSink& out) {
  Session* const session = addressee(command.id);
  if (!session) return;
  if (command.new_local_ice) {
    const auto owner = by_ufrag_.find(command.new_local_ice->ufrag);
    const bool taken = owner != by_ufrag_.end() && owner->second != session;
    if (taken || command.new_local_ice->ufrag.empty()) command.new_local_ice.reset();
  }
  forget_ufrags(*session);
  if (!session->apply(command, now, out)) ++counters_.bad_command;
  for (const auto& ufrag : session->local_ufrags()) by_ufrag_.emplace(ufrag, session);
  settle(*session, now);
}

void Worker::forget_ufrags(const Session& session) {
  for (const auto& ufrag : session.local_ufrags()) by_ufrag_.erase(ufrag);
}

void Worker::execute(CloseSession&& command, base::TimePoint now, PacketSink& out) {
  const auto it = sessions_.find(command.id);
  if (it == sessions_.end()) {  // refused, or never opened: the answer is owed all the same
    ++counters_.bad_command;
    events_.push_back(SessionClosed{command.id, {}});
    return;
  }
  Session& session = *it->second;
  session.close(now, out);
  stop_listening(session);
  leave_recordings(command.id, now);
  if (const auto& plain = session.plain()) {
    set_port(plain->rtp, {});
    set_port(plain->rtcp, {});
  } else {
    forget_ufrags(session);
  }
  std::erase_if(by_path_, [&](const auto& entry) { return entry.second == &session; });
  timers_.cancel(command.id);
  events_.push_back(SessionClosed{command.id, session.stats()});
  sessions_.erase(it);
}

void Worker::stop_listening(Session& session) {
  if (const auto* from = std::get_if<FromSession>(&session.source()))
    if (Session* const other = find(from->other)) std::erase(other->listeners, &session);
}

void Worker::execute(SetSource&& command, base::TimePoint now, PacketSink&) {
  Session* const session = addressee(command.id);
  if (!session) return;
  stop_listening(*session);
  session->set_source(std::move(command.source), now);
  if (const auto* from = std::get_if<FromSession>(&session->source()))
    if (Session* const other = find(from->other)) other->listeners.push_back(session);
  settle(*session, now);
}

void Worker::execute(SendDtmf&& command, base::TimePoint now, PacketSink&) {
  Session* const session = addressee(command.id);
  if (!session) return;
  counters_.dropped_digits += session->send_dtmf(command, now);
  settle(*session, now);
}

void Worker::execute(StartCapture&& command, base::TimePoint, PacketSink&) {
  if (Session* const session = addressee(command.id))
    session->start_capture(std::move(command.tap));
  else command.tap->finish();  // nobody waits for a file that gets nothing
}

void Worker::execute(ListenForTones&& command, base::TimePoint, PacketSink&) {
  if (Session* const session = addressee(command.id)) session->listen_for_tones(command.on);
}

// --- packets -------------------------------------------------------------------------------------

std::optional<Worker::Port> Worker::port_of(SocketHandle via, const peer::Path& path,
                                            std::span<const uint8_t> datagram) const {
  if (via != kSharedSocket && !is_connection(via)) {
    if (via >= by_socket_.size() || !by_socket_[via].session) return std::nullopt;
    return by_socket_[via];
  }
  if (stun::classify(datagram) == stun::PacketKind::stun) {
    if (const auto ufrag = stun::peek_local_ufrag(datagram)) {
      const auto it = by_ufrag_.find(*ufrag);
      if (it == by_ufrag_.end()) return std::nullopt;
      return Port{it->second, peer::Component::rtp};
    }
  }
  const auto it = by_path_.find(path);
  if (it == by_path_.end()) return std::nullopt;
  return Port{it->second, peer::Component::rtp};
}

void Worker::receive(SocketHandle via, const base::SocketAddress& from, std::span<uint8_t> buffer,
                     size_t length, base::TimePoint now, PacketSink& out) {
  VIADUCT_CHECK(buffer.size() >= length + kTailroom);
  if (length > kMaxDatagram) {
    ++counters_.too_large;
    return;
  }
  const auto datagram = buffer.first(length);
  const peer::Path path = path_of(via, from);
  const auto port = port_of(via, path, datagram);
  if (!port) {
    ++counters_.unknown_source;
    return;
  }
  Session& session = *port->session;
  const auto [heard, settled] = session.receive(port->component, datagram, path, now, out);
  // The first packet makes a symmetric far side reachable: an echo must already find it so. For the
  // thousands that follow it, settling would cost as much as carrying them.
  if (!settled) settle(session, now);
  VIADUCT_DCHECK(is_settled(session, now));
  if (!heard) return;
  // Before it is sent on, which may rewrite it where it lies.
  for (Playout* const tap : session.taps) tap->push(*heard, now);
  const bool in_place = session.listeners.size() == 1;
  for (Session* const listener : session.listeners) listener->forward(*heard, in_place, now, out);
}

bool Worker::is_validated(SocketHandle via, const base::SocketAddress& from) const {
  return by_path_.contains(path_of(via, from));
}

void Worker::connection_closed(SocketHandle via, const base::SocketAddress& from,
                               base::TimePoint now, PacketSink& out) {
  const peer::Path path = path_of(via, from);
  const auto it = by_path_.find(path);
  if (it == by_path_.end()) return;
  Session& session = *it->second;
  session.path_lost(path, now, out);
  settle(session, now);
}

// --- time and events -----------------------------------------------------------------------------

void Worker::handle_timeout(base::TimePoint now, PacketSink& out) {
  while (const auto id = timers_.pop_due(now)) {
    Session* const session = find(*id);
    if (!session) continue;
    session->armed = base::kNever;
    session->handle_timeout(now, out);
    settle(*session, now);
  }
  while (const auto id = recording_timers_.pop_due(now)) {
    Recorder& recorder = *recordings_.at(*id);
    recorder.handle_timeout(now);
    settle(recorder);
  }
}

// Takes over what a session has to say after an input.
void Worker::settle(Session& session, base::TimePoint now) {
  while (const auto event = session.poll_transport(now)) apply_transport_event(session, *event);
  while (auto event = session.poll_media()) events_.push_back(std::move(*event));
  // A deadline in the past would keep handle_timeout() from returning.
  arm(session, now + std::chrono::milliseconds(1));
}

bool Worker::is_settled(Session& session, base::TimePoint now) {
  const base::TimePoint next = session.next_timeout();
  const bool in_time =
      next == base::kNever || session.armed <= std::max(next, now + std::chrono::milliseconds(1));
  return in_time && session.is_settled(now);
}

void Worker::apply_transport_event(Session& session, const peer::Event& event) {
  if (std::holds_alternative<peer::Connected>(event)) {
    events_.push_back(MediaConnected{session.id()});
  } else if (const auto* failed = std::get_if<peer::Failed>(&event)) {
    events_.push_back(StatsReport{session.id(), session.stats()});
    events_.push_back(MediaFailed{session.id(), fault_of(failed->fault)});
  } else if (session.plain()) {
    return;  // its socket is its own
  } else if (const auto* validated = std::get_if<peer::AddressValidated>(&event)) {
    // Who validated an address last has it: a NAT gives a port to somebody else some day.
    if (by_path_.size() < options_.max_addresses || by_path_.contains(validated->path))
      by_path_[validated->path] = &session;
    else ++counters_.unregistered_addresses;
  } else if (const auto* released = std::get_if<peer::AddressReleased>(&event)) {
    const auto it = by_path_.find(released->path);
    if (it != by_path_.end() && it->second == &session) by_path_.erase(it);
  }
}

// A deadline that moved away is left: it fires for nothing once, which is cheaper than moving a
// timer for each packet.
void Worker::arm(Session& session, base::TimePoint earliest) {
  const base::TimePoint next = session.next_timeout();
  if (next == base::kNever || next >= session.armed) return;
  session.armed = std::max(next, earliest);
  timers_.set(session.id(), session.armed);
}

std::optional<Event> Worker::poll() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::optional<SessionStats> Worker::stats(MediaId id) const {
  const Session* const session = find(id);
  return session ? std::optional(session->stats()) : std::nullopt;
}

WorkerCounts Worker::counts() const {
  const auto sockets =
      std::ranges::count_if(by_socket_, [](const Port& port) { return port.session != nullptr; });
  return {sessions_.size(),
          timers_.size() + recording_timers_.size(),
          by_path_.size(),
          by_ufrag_.size(),
          static_cast<size_t>(sockets),
          recordings_.size()};
}

}  // namespace viaduct::graph
