// Calls as such: how they are found and end, lose their client and get it back.
#include <algorithm>

#include "signalling/verto/engine.h"

namespace viaduct::verto {

CallId Endpoint::Engine::find_call(const std::string& user, std::string_view call_id) const {
  const auto it = by_call_id_.find({user, std::string(call_id)});
  return it == by_call_id_.end() ? CallId{} : it->second;
}

CallId Endpoint::Engine::make_call(Call call) {
  const CallId id = calls_.emplace(std::move(call));
  const Call& made = calls_.at(id);
  by_call_id_.emplace(std::make_pair(made.user, made.call_id), id);
  sessions_.at(made.session).calls.push_back(id);
  return id;
}

// Empty while the session is detached.
ConnId Endpoint::Engine::connection_of(const Call& call) const {
  return sessions_.find(call.session)->connection;
}

void Endpoint::Engine::erase_call(CallId id, base::TimePoint now) {
  const Call& call = calls_.at(id);
  const SessionId session = call.session;
  timers_.cancel({TimerKey::Kind::attach_answer, id});
  by_call_id_.erase({call.user, call.call_id});
  std::erase(sessions_.at(session).calls, id);
  calls_.erase(id);
  send_ready_if_due(session, now);  // it may have waited for this call's offer
  erase_if_idle(session);
}

// Ends a call by the engine's own decision.
void Endpoint::Engine::end_call(CallId id, Cause cause, base::TimePoint now) {
  const Call& call = calls_.at(id);
  send_bye(call, cause, now);
  emit(CallEnded{id, cause, call.answered()});
  erase_call(id, now);
}

void Endpoint::Engine::send_bye(const Call& call, Cause cause, base::TimePoint now) {
  // A client that came back does not know of a call it was not offered again.
  if (call.attach == Call::Attach::offer_due) return;
  send_request(connection_of(call), "verto.bye",
               {{"callID", call.call_id},
                {"causeCode", static_cast<int>(cause)},
                {"cause", cause_name(cause)}},
               now);
}

// Tells the client of an answered call who is at the other end, if it does not know that yet.
void Endpoint::Engine::show_peer(CallId id, base::TimePoint now) {
  Call& call = calls_.at(id);
  const ConnId connection = connection_of(call);
  if (!call.answered() || call.attach != Call::Attach::none || !connection) return;
  if (call.shown == call.peer) return;
  call.shown = call.peer;
  const Party& caller = call.from_client ? call.client : call.peer;
  const Party& callee = call.from_client ? call.peer : call.client;
  send_request(connection, "verto.display",
               {{"callID", call.call_id},
                {"display_name", call.peer.name},
                {"display_number", call.peer.number},
                {"caller_id_name", caller.name},
                {"caller_id_number", caller.number},
                {"callee_id_name", callee.name},
                {"callee_id_number", callee.number},
                {"display_direction", call.from_client ? "inbound" : "outbound"}},
               now);
}

// The socket is lost: answered calls wait for the client, the others end.
void Endpoint::Engine::detach_calls(SessionId id, base::TimePoint now) {
  const std::vector<CallId> calls = sessions_.at(id).calls;
  for (const CallId call_id : calls) {
    Call& call = calls_.at(call_id);
    if (!call.answered()) {
      end_call(call_id, Cause::destination_out_of_order, now);
    } else if (!call.recoverable) {
      end_call(call_id, Cause::normal_clearing, now);
    } else {
      timers_.cancel({TimerKey::Kind::attach_answer, call_id});
      call.attach = Call::Attach::none;
      emit(CallDetached{call_id});
    }
  }
  erase_if_idle(id);
}

// The client is back: its calls want a fresh offer, the newest first.
void Endpoint::Engine::resume_calls(SessionId id, base::TimePoint now) {
  const std::vector<CallId>& calls = sessions_.at(id).calls;
  if (calls.empty()) return;
  for (auto call = calls.rbegin(); call != calls.rend(); ++call) {
    calls_.at(*call).attach = Call::Attach::offer_due;
    emit(CallResuming{*call});
  }
  timers_.set({TimerKey::Kind::attach_offer, id}, now + options_.attach_offer_patience);
}

void Endpoint::Engine::give_up_offers(SessionId id, base::TimePoint now) {
  const std::vector<CallId> calls = sessions_.at(id).calls;
  for (const CallId call : calls)
    if (calls_.at(call).attach == Call::Attach::offer_due)
      end_call(call, Cause::recovery_on_timer_expire, now);
}

}  // namespace viaduct::verto
