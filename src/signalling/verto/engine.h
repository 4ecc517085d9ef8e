// The engine behind Endpoint. Internal to this folder; its parts are
//
//   endpoint.cc        the public face: one line for each call
//   engine.cc          connections, frames, timers, outputs
//   login.cc           credentials, sessions coming and going, clientReady
//   calls.cc           the ends of calls, detaching, attaching, display
//   commands.cc        what the leg adapter asks for
//   call_methods.cc    verto.invite, answer, bye, modify, attach
//   info_method.cc     verto.info: digits and chat
//   event_methods.cc   echo, ping, subscribe, unsubscribe, broadcast
#pragma once

#include <deque>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/slot_map.h"
#include "base/timer_queue.h"
#include "signalling/jsonrpc/message.h"
#include "signalling/verto/endpoint.h"
#include "signalling/verto/state.h"

namespace viaduct::verto {

// The body of a reply: a result, or an error object with its code.
struct Reply {
  bool success;
  jsonrpc::Object body;
  bool later = false;  // nothing goes out now: a command brings the reply
};
Reply success(jsonrpc::Object body = {});
Reply failure(int code, std::string_view message);
// The error of all call methods: {first members..., message, code: -32002}.
Reply call_failure(std::string_view message, jsonrpc::Object first = {});

inline constexpr int kAuthenticationRequired = -32000;
inline constexpr int kAuthenticationFailed = -32001;
inline constexpr int kSessionError = -32002;

// A request of a logged-in client.
struct Ask {
  ConnId connection;
  SessionId session;
  const std::string& id;
  const jsonrpc::Object& params;
  bool has_params;
  base::TimePoint now;
};

// String and boolean members of a JSON object within the bounds; nullptr is empty.
Variables read_variables(const jsonrpc::Object* object, const Options& options);
// At most `max` bytes, never half a character.
std::string cut(std::string_view text, size_t max);

class Endpoint::Engine {
 public:
  Engine(const Options& options, Directory& directory, base::Rng& rng, ClockReading clock);

  void connection_opened(ConnId id, const base::SocketAddress& peer, base::TimePoint now);
  void receive(ConnId id, std::string_view message, base::TimePoint now);
  void drained(ConnId id, base::TimePoint now);
  void connection_closed(ConnId id, base::TimePoint now);
  size_t message_limit(ConnId id) const;
  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const { return timers_.next(); }
  std::optional<Output> poll();

  base::Result<CallId> invite(SessionId session, const Invitation& invitation, base::TimePoint now);
  void media(CallId id, std::string_view sdp, base::TimePoint now);
  void answer(CallId id, std::string_view sdp, base::TimePoint now);
  void display(CallId id, const Party& peer, base::TimePoint now);
  void bye(CallId id, Cause cause, base::TimePoint now);
  void dtmf(CallId id, std::string_view digits, base::TimePoint now);
  void attach(CallId id, std::string_view sdp, base::TimePoint now);
  void renegotiated(CallId id, std::string_view sdp, base::TimePoint now);
  void refuse_offer(CallId id, base::TimePoint now);
  void transferring(CallId id, bool begun, base::TimePoint now);
  void punt(SessionId id, base::TimePoint now);

  SessionId find_session(std::string_view session_id) const;
  size_t connection_count() const { return connections_.size(); }
  size_t session_count() const { return sessions_.size(); }
  size_t call_count() const { return calls_.size(); }
  const Counters& counters() const { return counters_; }
  std::string dump() const;

 private:
  using Method = Reply (Engine::*)(const Ask&);
  // What the call methods have in common.
  struct CallAsk {
    std::string_view call_id;
    const jsonrpc::Object* dialog = nullptr;  // never null once read
  };

  // --- engine.cc ---
  void receive_speed_test(ConnId id, std::string_view frame, base::TimePoint now);
  void receive_json(ConnId id, std::string_view text, base::TimePoint now);
  std::optional<std::string> reply_to(ConnId id, const jsonrpc::Message& message, bool in_batch,
                                      base::TimePoint now);
  Reply handle(ConnId id, const jsonrpc::Request& request, base::TimePoint now);
  static Method find_method(std::string_view name);
  Connection* find_connection(ConnId id);
  void emit(Output output);
  void send(ConnId id, std::string text, base::TimePoint now);
  void send_request(ConnId id, std::string_view method, const jsonrpc::Object& params,
                    base::TimePoint now);
  void send_speed_test(ConnId id, std::vector<std::string> frames, base::TimePoint now);
  void close(ConnId id, uint16_t code, std::string reason, base::TimePoint now);
  void forget_connection(ConnId id, base::TimePoint now);
  void fire(const TimerKey& key, base::TimePoint now);
  void ping_if_due(ConnId id, base::TimePoint now);
  void ping(ConnId id, base::TimePoint now);
  base::TimePoint ping_due(const Connection& connection) const;
  int64_t epoch_seconds(base::WallTime time) const;
  base::WallTime wall_time(base::TimePoint now) const;

  // --- login.cc ---
  std::optional<Reply> authenticate(ConnId id, const jsonrpc::Request& request,
                                    base::TimePoint now);
  Reply refuse_login(ConnId id, const base::Error& error, base::TimePoint now);
  std::optional<Reply> bind(ConnId id, User user, const jsonrpc::Object& params,
                            base::TimePoint now);
  std::optional<Reply> log_in_again(SessionId id, User user, const jsonrpc::Object& params,
                                    base::TimePoint now);
  Reply refuse_session(ConnId id, std::string_view why, base::TimePoint now);
  SessionId make_session(std::string session_id, User user);
  void connect(SessionId id, ConnId connection, base::TimePoint now);
  void arm_login_expiry(const Session& session, base::TimePoint now);
  void send_ready_if_due(SessionId id, base::TimePoint now);
  Reply login(const Ask& ask);
  void add_to_user(SessionId id);
  void remove_from_user(SessionId id);
  void lose_socket(SessionId id, base::TimePoint now);
  void take_socket(SessionId id, base::TimePoint now);
  void end_detached(SessionId id, base::TimePoint now);
  void erase_if_idle(SessionId id);

  // --- commands.cc ---
  bool awaits(CallId id, std::string_view action);
  // To the verto.modify that waits; there must be one.
  void reply_to_modify(CallId id, bool succeeded, jsonrpc::Object more, base::TimePoint now);

  // --- calls.cc ---
  CallId find_call(const std::string& user, std::string_view call_id) const;
  CallId make_call(Call call);
  ConnId connection_of(const Call& call) const;
  void erase_call(CallId id, base::TimePoint now);
  void end_call(CallId id, Cause cause, base::TimePoint now);
  void send_bye(const Call& call, Cause cause, base::TimePoint now);
  void show_peer(CallId id, base::TimePoint now);
  void detach_calls(SessionId id, base::TimePoint now);
  void resume_calls(SessionId id, base::TimePoint now);
  void give_up_offers(SessionId id, base::TimePoint now);

  // --- call_methods.cc ---
  std::optional<Reply> read_call(const Ask& ask, CallAsk& call) const;
  Reply on_invite(const Ask& ask);
  Reply create_call(const Ask& ask, const CallAsk& call, std::string_view sdp);
  Reply on_answer(const Ask& ask);
  Reply on_bye(const Ask& ask);
  Reply on_modify(const Ask& ask);
  Reply on_attach(const Ask& ask);
  Reply modify(const Ask& ask, std::string_view action, CallId id);
  Reply later(const Ask& ask, std::string_view action, CallId id);
  Reply transfer(const Ask& ask, std::string_view action, CallId id);
  Reply replace(const Ask& ask, std::string_view action, CallId id);
  Reply update_media(const Ask& ask, std::string_view action, CallId id);
  void hold(CallId id, bool held);

  // --- info_method.cc ---
  Reply on_info(const Ask& ask);
  bool send_chat(const Ask& ask, const jsonrpc::Object& message);

  // --- event_methods.cc ---
  Reply echo(const Ask& ask);
  Reply on_ping(const Ask& ask);
  Reply on_pong(const Ask& ask);
  Reply subscribe(const Ask& ask);
  Reply unsubscribe(const Ask& ask);
  Reply broadcast(const Ask& ask);
  bool may_use_channel(const Session& session, std::string_view channel) const;

  Options options_;
  Directory& directory_;
  base::Rng& rng_;
  ClockReading clock_;

  std::unordered_map<ConnId, Connection> connections_;
  base::SlotMap<Session, SessionTag> sessions_;
  base::SlotMap<Call, CallTag> calls_;
  size_t unauthenticated_ = 0;
  std::map<std::string, SessionId, std::less<>> by_session_id_;
  std::unordered_map<std::string, std::vector<SessionId>> by_user_;
  // Calls by their user and text: that a call is found is the proof that the asking user owns it.
  std::map<std::pair<std::string, std::string>, CallId> by_call_id_;
  base::TimerQueue<TimerKey> timers_;
  uint32_t next_request_id_;

  std::deque<Output> outputs_;
  // While a frame is handled its consequences wait here, so that the reply goes first.
  std::deque<Output> caused_;
  bool handling_ = false;
  Counters counters_;
};

}  // namespace viaduct::verto
