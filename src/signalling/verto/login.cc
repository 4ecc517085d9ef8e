// Logging in, and sessions that come and go with their sockets. Nothing is bound, stored or evicted
// for a client before its password was found right.
#include <algorithm>

#include "signalling/verto/engine.h"

namespace viaduct::verto {
namespace {

constexpr uint16_t kCloseNormal = 1000;
constexpr uint16_t kClosePolicy = 1008;

}  // namespace

// The gate before every request of a connection without session, and before every login.
std::optional<Reply> Endpoint::Engine::authenticate(ConnId id, const jsonrpc::Request& request,
                                                    base::TimePoint now) {
  if (!request.has_params) return failure(kAuthenticationFailed, "Missing params");
  const auto login = jsonrpc::find_string(request.params, "login").value_or("");
  if (login.empty()) return failure(kAuthenticationRequired, "Authentication Required");
  const auto password = jsonrpc::find_string(request.params, "passwd").value_or("");
  if (password.empty()) return failure(kAuthenticationFailed, "Missing passwd");

  const Variables login_params =
      read_variables(jsonrpc::find_object(request.params, "loginParams"), options_);
  Connection& connection = *find_connection(id);
  auto user = directory_.check({login, password, login_params, connection.peer, wall_time(now)});
  if (!user) return refuse_login(id, user.error(), now);
  user->caller.name = jsonrpc::valid_utf8(user->caller.name);
  if (connection.session)
    return log_in_again(connection.session, *std::move(user), request.params, now);
  return bind(id, *std::move(user), request.params, now);
}

Reply Endpoint::Engine::refuse_login(ConnId id, const base::Error& error, base::TimePoint now) {
  ++counters_.login_failures;
  if (++find_connection(id)->login_failures >= options_.max_login_failures)
    close(id, kClosePolicy, "too many failed logins", now);
  return failure(kAuthenticationFailed, error.code == base::Errc::malformed
                                            ? "Missing or improper credentials"
                                            : "Authentication Failure");
}

// Gives an authenticated connection its session: a new one, or one that lost its socket, or one
// whose socket is another tab's and is taken away from there.
std::optional<Reply> Endpoint::Engine::bind(ConnId id, User user, const jsonrpc::Object& params,
                                            base::TimePoint now) {
  std::string session_id =
      cut(jsonrpc::find_string(params, "sessid").value_or(""), options_.max_session_id);
  if (session_id.empty()) session_id = rng_.uuid();
  if (const Session* live = sessions_.find(find_session(session_id))) {
    if (live->user.id != user.id) return refuse_session(id, "Session in use", now);
    if (live->connection) take_socket(find_session(session_id), now);
  }
  SessionId session = find_session(session_id);  // taking its socket may have ended it
  if (session) {
    sessions_.at(session).user = std::move(user);
  } else {
    const auto siblings = by_user_.find(user.id);
    const size_t devices = siblings == by_user_.end() ? 0 : siblings->second.size();
    if (sessions_.size() >= options_.max_sessions || devices >= options_.max_sessions_per_user)
      return refuse_session(id, "Session limit reached", now);
    session = make_session(std::move(session_id), std::move(user));
  }
  sessions_.at(session).variables =
      read_variables(jsonrpc::find_object(params, "userVariables"), options_);
  connect(session, id, now);
  return std::nullopt;
}

Reply Endpoint::Engine::refuse_session(ConnId id, std::string_view why, base::TimePoint now) {
  ++counters_.refused;
  close(id, kCloseNormal, std::string(why), now);
  return failure(kAuthenticationFailed, why);
}

std::optional<Reply> Endpoint::Engine::log_in_again(SessionId id, User user,
                                                    const jsonrpc::Object& params,
                                                    base::TimePoint now) {
  Session& session = sessions_.at(id);
  const bool same = session.user.id == user.id;
  // Calls belong to a user: their owner must not change under them.
  if (!same && !session.calls.empty()) return failure(kAuthenticationFailed, "Session in use");
  const base::SocketAddress peer = find_connection(session.connection)->peer;
  if (!same) {
    const auto devices = by_user_.find(user.id);
    if (devices != by_user_.end() && devices->second.size() >= options_.max_sessions_per_user)
      return failure(kAuthenticationFailed, "Session limit reached");
    emit(SessionDown{id, session.session_id, session.user.id});
    remove_from_user(id);
    session.subscriptions.clear();
  }
  session.user = std::move(user);
  session.variables = read_variables(jsonrpc::find_object(params, "userVariables"), options_);
  if (!same) {
    add_to_user(id);
    emit(SessionUp{id, session.session_id, session.user, peer});
  }
  arm_login_expiry(session, now);
  return std::nullopt;
}

SessionId Endpoint::Engine::make_session(std::string session_id, User user) {
  const SessionId id = sessions_.emplace();
  Session& session = sessions_.at(id);
  session.session_id = std::move(session_id);
  session.user = std::move(user);
  by_session_id_.emplace(session.session_id, id);
  add_to_user(id);
  return id;
}

void Endpoint::Engine::connect(SessionId id, ConnId connection_id, base::TimePoint now) {
  Session& session = sessions_.at(id);
  Connection& connection = *find_connection(connection_id);
  session.connection = connection_id;
  session.login_expired = false;
  session.ready_due = true;
  session.reattached.clear();
  connection.session = id;
  --unauthenticated_;
  timers_.cancel({TimerKey::Kind::detach, id});
  timers_.cancel({TimerKey::Kind::login_deadline, connection_id});
  timers_.set({TimerKey::Kind::ping, connection_id}, ping_due(connection));
  arm_login_expiry(session, now);
  emit(SessionUp{id, session.session_id, session.user, connection.peer});
  resume_calls(id, now);
  send_ready_if_due(id, now);
}

void Endpoint::Engine::arm_login_expiry(const Session& session, base::TimePoint now) {
  const TimerKey timer(TimerKey::Kind::login_expiry, session.connection);
  timers_.cancel(timer);
  if (session.user.expires)
    timers_.set(timer,
                now + std::max(*session.user.expires - wall_time(now), base::Duration::zero()));
}

// verto.clientReady comes after the login's reply and after verto.attach of each surviving call.
void Endpoint::Engine::send_ready_if_due(SessionId id, base::TimePoint now) {
  Session& session = sessions_.at(id);
  if (!session.ready_due || !session.connection) return;
  for (const CallId call : session.calls)
    if (calls_.at(call).attach == Call::Attach::offer_due) return;
  timers_.cancel({TimerKey::Kind::attach_offer, id});
  session.ready_due = false;
  jsonrpc::Array calls(session.reattached.begin(), session.reattached.end());
  send_request(session.connection, "verto.clientReady", {{"reattached_sessions", std::move(calls)}},
               now);
}

Reply Endpoint::Engine::login(const Ask& ask) {
  const Session& session = sessions_.at(ask.session);
  jsonrpc::Object result{{"message", "logged in"}};
  if (session.user.moderator) result["moderator"] = true;
  if (session.user.expires) result["auth-expires"] = epoch_seconds(*session.user.expires);
  return success(std::move(result));
}

void Endpoint::Engine::add_to_user(SessionId id) {
  by_user_[sessions_.at(id).user.id].push_back(id);
}

void Endpoint::Engine::remove_from_user(SessionId id) {
  const auto it = by_user_.find(sessions_.at(id).user.id);
  std::erase(it->second, id);
  if (it->second.empty()) by_user_.erase(it);
}

// The socket is gone, its connection forgotten.
void Endpoint::Engine::lose_socket(SessionId id, base::TimePoint now) {
  Session& session = sessions_.at(id);
  session.connection = {};
  session.ready_due = false;
  session.subscriptions.clear();
  timers_.cancel({TimerKey::Kind::attach_offer, id});
  emit(SessionDown{id, session.session_id, session.user.id});
  detach_calls(id, now);
  if (!sessions_.find(id)) return;
  if (options_.detach_timeout == base::Duration::zero()) end_detached(id, now);
  else timers_.set({TimerKey::Kind::detach, id}, now + options_.detach_timeout);
}

// Another connection of the same user shows the same session id: the older one goes.
void Endpoint::Engine::take_socket(SessionId id, base::TimePoint now) {
  const ConnId connection = sessions_.at(id).connection;
  send_request(connection, "verto.punt", {}, now);
  close(connection, kCloseNormal, "punt", now);
}

void Endpoint::Engine::punt(SessionId id, base::TimePoint now) {
  const Session* session = sessions_.find(id);
  if (session && session->connection) take_socket(id, now);
}

void Endpoint::Engine::end_detached(SessionId id, base::TimePoint now) {
  const Session& session = sessions_.at(id);
  const Cause cause = session.login_expired ? Cause::bearer_capability_not_authorised
                                            : Cause::recovery_on_timer_expire;
  const std::vector<CallId> calls = session.calls;
  for (const CallId call : calls) end_call(call, cause, now);  // the last one ends the session
}

// A session lives as long as it has a socket or a call.
void Endpoint::Engine::erase_if_idle(SessionId id) {
  const Session* session = sessions_.find(id);
  if (!session || session->connection || !session->calls.empty()) return;
  timers_.cancel({TimerKey::Kind::detach, id});
  by_session_id_.erase(session->session_id);
  remove_from_user(id);
  sessions_.erase(id);
}

}  // namespace viaduct::verto
