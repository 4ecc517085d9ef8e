#include "signalling/verto/engine.h"

#include <algorithm>
#include <unordered_map>

#include "base/check.h"

namespace viaduct::verto {
namespace {

// Clients look ids up among their own pending requests before they look at the method, so ours stay
// clear of all that clients count from.
constexpr uint32_t kFirstRequestId = 1'000'000'000;
constexpr uint32_t kLastRequestId = 2'147'483'647;

// RFC 6455 §7.4.1 and its IANA registry.
constexpr uint16_t kCloseNormal = 1000;
constexpr uint16_t kClosePolicy = 1008;
constexpr uint16_t kCloseTooBig = 1009;
constexpr uint16_t kCloseTryLater = 1013;

bool may_call(const Permissions& permissions, std::string_view method) {
  if (method == "login" || method == "verto.login" || method == "echo") return true;
  const std::string_view family = method.substr(0, method.find('.'));
  return std::ranges::any_of(permissions.methods, [&](const std::string& entry) {
    return entry == "__ANY__" || entry == method || entry == family;
  });
}

}  // namespace

Reply success(jsonrpc::Object body) { return {true, std::move(body)}; }

Reply failure(int code, std::string_view message) {
  return {false, {{"code", code}, {"message", message}}};
}

Reply call_failure(std::string_view message, jsonrpc::Object first) {
  first["message"] = message;
  first["code"] = kSessionError;
  return {false, std::move(first)};
}

std::string cut(std::string_view text, size_t max) {
  if (text.size() <= max) return std::string(text);
  while (max > 0 && (static_cast<uint8_t>(text[max]) & 0xC0) == 0x80) --max;
  return std::string(text.substr(0, max));
}

Variables read_variables(const jsonrpc::Object* object, const Options& options) {
  Variables variables;
  if (!object) return variables;
  for (const auto& member : *object) {
    if (variables.size() >= options.max_variables) break;
    const bool* flag = member.value().if_bool();
    const auto text = flag ? std::string_view(*flag ? "true" : "false")
                           : jsonrpc::as_string(member.value()).value_or(std::string_view());
    if (!flag && !member.value().is_string()) continue;
    if (member.key().size() + text.size() > options.max_variable) continue;
    variables.emplace_back(std::string(member.key()), std::string(text));
  }
  return variables;
}

Endpoint::Engine::Engine(const Options& options, Directory& directory, base::Rng& rng,
                         ClockReading clock)
    : options_(options),
      directory_(directory),
      rng_(rng),
      clock_(clock),
      next_request_id_(kFirstRequestId) {}

void Endpoint::Engine::connection_opened(ConnId id, const base::SocketAddress& peer,
                                         base::TimePoint now) {
  VIADUCT_CHECK(!connections_.contains(id));
  if (connections_.size() >= options_.max_connections ||
      unauthenticated_ >= options_.max_unauthenticated) {
    ++counters_.refused;
    emit(CloseConnection{id, kCloseTryLater, "too many connections"});
    return;
  }
  connections_.emplace(std::piecewise_construct, std::forward_as_tuple(id),
                       std::forward_as_tuple(options_, peer, now));
  ++unauthenticated_;
  timers_.set({TimerKey::Kind::login_deadline, id}, now + options_.login_deadline);
}

size_t Endpoint::Engine::message_limit(ConnId id) const {
  const auto it = connections_.find(id);
  const bool known = it != connections_.end() && it->second.session;
  return known ? options_.max_message : options_.max_message_unauthenticated;
}

void Endpoint::Engine::receive(ConnId id, std::string_view message, base::TimePoint now) {
  Connection* connection = find_connection(id);
  if (!connection) return;
  connection->last_received = now;
  if (message.size() > message_limit(id)) {
    ++counters_.oversized;
    close(id, kCloseTooBig, "message too big", now);
  } else if (message.starts_with('#')) {
    receive_speed_test(id, message, now);
  } else if (!message.empty()) {
    connection->speed_test.interrupt();
    receive_json(id, message, now);
  }
}

void Endpoint::Engine::receive_speed_test(ConnId id, std::string_view frame, base::TimePoint now) {
  Connection& connection = *find_connection(id);
  if (!connection.session) {
    close(id, kClosePolicy, "log in first", now);
    return;
  }
  std::vector<std::string> frames;
  connection.speed_test.receive(frame, now, frames);
  send_speed_test(id, std::move(frames), now);
}

void Endpoint::Engine::drained(ConnId id, base::TimePoint now) {
  Connection* connection = find_connection(id);
  if (!connection || !connection->speed_test.downloading()) return;
  std::vector<std::string> frames;
  connection->speed_test.drained(now, frames);
  send_speed_test(id, std::move(frames), now);
}

void Endpoint::Engine::send_speed_test(ConnId id, std::vector<std::string> frames,
                                       base::TimePoint now) {
  if (frames.empty()) return;
  for (std::string& frame : frames) send(id, std::move(frame), now);
  const TimerKey timer(TimerKey::Kind::speed_test, id);
  if (find_connection(id)->speed_test.downloading())
    timers_.set(timer, now + options_.speed_test_patience);
  else timers_.cancel(timer);
}

void Endpoint::Engine::receive_json(ConnId id, std::string_view text, base::TimePoint now) {
  const auto frame = jsonrpc::read_frame(text, {options_.max_json_depth, options_.max_batch});
  if (!frame) {
    ++counters_.malformed;
    send(id, jsonrpc::failure(jsonrpc::kNullId, jsonrpc::kInvalidRequest, "Invalid Request"), now);
    return;
  }
  handling_ = true;
  std::vector<std::string> replies;
  for (const jsonrpc::Message& message : frame->messages) {
    if (!find_connection(id)) break;  // closed by the message before
    if (auto reply = reply_to(id, message, frame->batch, now)) replies.push_back(std::move(*reply));
  }
  handling_ = false;
  // Pushed directly: the connection may be closed, but its reply still goes before the close.
  if (frame->batch) replies = {jsonrpc::batch(replies)};
  for (std::string& reply : replies) outputs_.push_back(Send{id, std::move(reply)});
  if (Connection* connection = find_connection(id)) connection->last_sent = now;
  std::ranges::move(caused_, std::back_inserter(outputs_));
  caused_.clear();
}

std::optional<std::string> Endpoint::Engine::reply_to(ConnId id, const jsonrpc::Message& message,
                                                      bool in_batch, base::TimePoint now) {
  if (std::holds_alternative<jsonrpc::Response>(message)) return std::nullopt;
  if (const auto* invalid = std::get_if<jsonrpc::Invalid>(&message)) {
    ++counters_.malformed;
    return jsonrpc::failure(invalid->id, jsonrpc::kInvalidRequest, "Invalid message");
  }
  const auto& request = std::get<jsonrpc::Request>(message);
  Reply reply = handle(id, request, now);
  if (reply.later) return std::nullopt;
  if (!reply.success) return jsonrpc::failure(request.id, reply.body);
  if (const auto* label = jsonrpc::find(request.params, "echoParams"))
    reply.body["requestParams"] =
        jsonrpc::is_true(*label) ? jsonrpc::Value(request.params) : *label;
  const Connection* connection = find_connection(id);
  const Session* session = connection ? sessions_.find(connection->session) : nullptr;
  if (session && !in_batch) reply.body["sessid"] = session->session_id;
  return jsonrpc::success(request.id, reply.body);
}

Reply Endpoint::Engine::handle(ConnId id, const jsonrpc::Request& request, base::TimePoint now) {
  const bool logs_in = request.method == "login" || request.method == "verto.login";
  if (logs_in || !find_connection(id)->session)
    if (auto refusal = authenticate(id, request, now)) return *std::move(refusal);
  const SessionId session_id = find_connection(id)->session;
  const Method method = find_method(request.method);
  if (!method || !may_call(sessions_.at(session_id).user.permissions, request.method))
    return failure(jsonrpc::kMethodNotFound, "Invalid Method, Missing Method or Permission Denied");
  return (this->*method)(Ask{id, session_id, request.id, request.params, request.has_params, now});
}

Endpoint::Engine::Method Endpoint::Engine::find_method(std::string_view name) {
  static const std::unordered_map<std::string_view, Method> kMethods{
      {"login", &Engine::login},
      {"verto.login", &Engine::login},
      {"echo", &Engine::echo},
      {"verto.ping", &Engine::on_ping},
      {"verto.pong", &Engine::on_pong},
      {"verto.invite", &Engine::on_invite},
      {"verto.answer", &Engine::on_answer},
      {"verto.bye", &Engine::on_bye},
      {"verto.modify", &Engine::on_modify},
      {"verto.attach", &Engine::on_attach},
      {"verto.info", &Engine::on_info},
      {"verto.subscribe", &Engine::subscribe},
      {"verto.unsubscribe", &Engine::unsubscribe},
      {"verto.broadcast", &Engine::broadcast},
  };
  const auto it = kMethods.find(name);
  return it == kMethods.end() ? nullptr : it->second;
}

Connection* Endpoint::Engine::find_connection(ConnId id) {
  const auto it = connections_.find(id);
  return it == connections_.end() ? nullptr : &it->second;
}

void Endpoint::Engine::emit(Output output) {
  (handling_ ? caused_ : outputs_).push_back(std::move(output));
}

std::optional<Output> Endpoint::Engine::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

void Endpoint::Engine::send(ConnId id, std::string text, base::TimePoint now) {
  Connection* connection = find_connection(id);
  if (!connection) return;
  connection->last_sent = now;
  emit(Send{id, std::move(text)});
}

void Endpoint::Engine::send_request(ConnId id, std::string_view method,
                                    const jsonrpc::Object& params, base::TimePoint now) {
  send(id, jsonrpc::request(next_request_id_, method, params), now);
  next_request_id_ = next_request_id_ == kLastRequestId ? kFirstRequestId : next_request_id_ + 1;
}

void Endpoint::Engine::close(ConnId id, uint16_t code, std::string reason, base::TimePoint now) {
  emit(CloseConnection{id, code, std::move(reason)});
  forget_connection(id, now);
}

void Endpoint::Engine::connection_closed(ConnId id, base::TimePoint now) {
  if (find_connection(id)) forget_connection(id, now);
}

void Endpoint::Engine::forget_connection(ConnId id, base::TimePoint now) {
  using Kind = TimerKey::Kind;
  for (const Kind kind : {Kind::login_deadline, Kind::ping, Kind::login_expiry, Kind::speed_test})
    timers_.cancel({kind, id});
  const SessionId session = find_connection(id)->session;
  connections_.erase(id);
  if (session) lose_socket(session, now);
  else --unauthenticated_;
}

void Endpoint::Engine::handle_timeout(base::TimePoint now) {
  while (const auto key = timers_.pop_due(now)) fire(*key, now);
}

void Endpoint::Engine::fire(const TimerKey& key, base::TimePoint now) {
  switch (key.kind) {
    case TimerKey::Kind::login_deadline:
      close(key.id<ConnTag>(), kClosePolicy, "not logged in", now);
      break;
    case TimerKey::Kind::ping: ping_if_due(key.id<ConnTag>(), now); break;
    case TimerKey::Kind::login_expiry: {
      const ConnId id = key.id<ConnTag>();
      sessions_.at(find_connection(id)->session).login_expired = true;
      close(id, kCloseNormal, "login expired", now);
      break;
    }
    case TimerKey::Kind::speed_test: {
      std::vector<std::string> frames;
      find_connection(key.id<ConnTag>())->speed_test.give_up(now, frames);
      send_speed_test(key.id<ConnTag>(), std::move(frames), now);
      break;
    }
    case TimerKey::Kind::detach: end_detached(key.id<SessionTag>(), now); break;
    case TimerKey::Kind::attach_offer: give_up_offers(key.id<SessionTag>(), now); break;
    case TimerKey::Kind::attach_answer:
      end_call(key.id<CallTag>(), Cause::bearer_capability_not_available, now);
      break;
  }
}

base::TimePoint Endpoint::Engine::ping_due(const Connection& connection) const {
  return std::min(
      connection.last_sent + options_.ping_after_sent,
      std::max(connection.last_received, connection.last_ping) + options_.ping_after_received);
}

void Endpoint::Engine::ping_if_due(ConnId id, base::TimePoint now) {
  Connection& connection = *find_connection(id);
  if (ping_due(connection) <= now) ping(id, now);
  timers_.set({TimerKey::Kind::ping, id}, ping_due(connection));
}

void Endpoint::Engine::ping(ConnId id, base::TimePoint now) {
  Connection& connection = *find_connection(id);
  connection.last_ping = now;
  jsonrpc::Object params;
  if (const auto expires = sessions_.at(connection.session).user.expires)
    params["auth-expires"] = epoch_seconds(*expires);
  params["serno"] = epoch_seconds(wall_time(now));
  send_request(id, "verto.ping", params, now);
}

int64_t Endpoint::Engine::epoch_seconds(base::WallTime time) const {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

base::WallTime Endpoint::Engine::wall_time(base::TimePoint now) const {
  return clock_.wall + (now - clock_.steady);
}

SessionId Endpoint::Engine::find_session(std::string_view session_id) const {
  const auto it = by_session_id_.find(session_id);
  return it == by_session_id_.end() ? SessionId{} : it->second;
}

std::string Endpoint::Engine::dump() const {
  std::string text = "connections " + std::to_string(connections_.size()) + " (not logged in " +
                     std::to_string(unauthenticated_) + ") timers " +
                     std::to_string(timers_.size()) + "\n";
  for (const auto& [key, id] : by_session_id_) {
    const Session& session = *sessions_.find(id);
    text += "session " + id.str() +
            (session.connection ? " on connection " + session.connection.str() : " detached") +
            "\n";
    for (const CallId call_id : session.calls) {
      const Call& call = *calls_.find(call_id);
      text += "  call " + call_id.str() + (call.from_client ? " from" : " to") + " client, state " +
              std::to_string(static_cast<int>(call.state)) + ", attach " +
              std::to_string(static_cast<int>(call.attach)) + "\n";
    }
  }
  return text;
}

}  // namespace viaduct::verto
