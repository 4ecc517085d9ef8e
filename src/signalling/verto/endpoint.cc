#include "signalling/verto/endpoint.h"

#include "signalling/verto/engine.h"

namespace viaduct::verto {

Endpoint::Endpoint(const Options& options, Directory& directory, base::Rng& rng, ClockReading clock)
    : engine_(std::make_unique<Engine>(options, directory, rng, clock)) {}
Endpoint::~Endpoint() = default;

void Endpoint::connection_opened(ConnId connection, const base::SocketAddress& peer,
                                 base::TimePoint now) {
  engine_->connection_opened(connection, peer, now);
}
void Endpoint::receive(ConnId connection, std::string_view message, base::TimePoint now) {
  engine_->receive(connection, message, now);
}
void Endpoint::drained(ConnId connection, base::TimePoint now) {
  engine_->drained(connection, now);
}
void Endpoint::connection_closed(ConnId connection, base::TimePoint now) {
  engine_->connection_closed(connection, now);
}
size_t Endpoint::message_limit(ConnId connection) const {
  return engine_->message_limit(connection);
}
void Endpoint::handle_timeout(base::TimePoint now) { engine_->handle_timeout(now); }
base::TimePoint Endpoint::next_timeout() const { return engine_->next_timeout(); }
std::optional<Output> Endpoint::poll() { return engine_->poll(); }

base::Result<CallId> Endpoint::invite(SessionId session, const Invitation& invitation,
                                      base::TimePoint now) {
  return engine_->invite(session, invitation, now);
}
void Endpoint::media(CallId call, std::string_view sdp, base::TimePoint now) {
  engine_->media(call, sdp, now);
}
void Endpoint::answer(CallId call, std::string_view sdp, base::TimePoint now) {
  engine_->answer(call, sdp, now);
}
void Endpoint::display(CallId call, const Party& peer, base::TimePoint now) {
  engine_->display(call, peer, now);
}
void Endpoint::bye(CallId call, Cause cause, base::TimePoint now) {
  engine_->bye(call, cause, now);
}
void Endpoint::dtmf(CallId call, std::string_view digits, base::TimePoint now) {
  engine_->dtmf(call, digits, now);
}
void Endpoint::attach(CallId call, std::string_view sdp, base::TimePoint now) {
  engine_->attach(call, sdp, now);
}
void Endpoint::renegotiated(CallId call, std::string_view sdp, base::TimePoint now) {
  engine_->renegotiated(call, sdp, now);
}
void Endpoint::transferring(CallId call, bool begun, base::TimePoint now) {
  engine_->transferring(call, begun, now);
}
void Endpoint::refuse_offer(CallId call, base::TimePoint now) { engine_->refuse_offer(call, now); }
void Endpoint::punt(SessionId session, base::TimePoint now) { engine_->punt(session, now); }

SessionId Endpoint::find_session(std::string_view session_id) const {
  return engine_->find_session(session_id);
}
size_t Endpoint::connection_count() const { return engine_->connection_count(); }
size_t Endpoint::session_count() const { return engine_->session_count(); }
size_t Endpoint::call_count() const { return engine_->call_count(); }
const Counters& Endpoint::counters() const { return engine_->counters(); }
std::string Endpoint::dump() const { return engine_->dump(); }

}  // namespace viaduct::verto
