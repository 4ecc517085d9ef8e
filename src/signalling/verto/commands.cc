// What the leg adapter asks for. Commands for calls that are gone are ignored.
#include "base/ascii.h"
#include "signalling/verto/engine.h"

namespace viaduct::verto {
namespace {

// Names may come from anywhere; a SIP header need not be UTF-8.
Party valid(const Party& party) {
  return {jsonrpc::valid_utf8(party.number), jsonrpc::valid_utf8(party.name)};
}

// Members every message that carries an SDP has. `sdp` empty: left out.
jsonrpc::Object with_sdp(const Call& call, std::string_view sdp) {
  jsonrpc::Object params{{"callID", call.call_id}};
  if (!sdp.empty()) params["sdp"] = jsonrpc::valid_utf8(sdp);
  params["variables"] = jsonrpc::Object();
  return params;
}

// An offer with the identities: verto.invite and verto.attach.
jsonrpc::Object with_offer(const Call& call, std::string_view sdp) {
  const Party& caller = call.from_client ? call.client : call.peer;
  const Party& callee = call.from_client ? call.peer : call.client;
  jsonrpc::Object params{{"callID", call.call_id},
                         {"variables", jsonrpc::Object()},
                         {"sdp", jsonrpc::valid_utf8(sdp)}};
  if (!caller.name.empty()) params["caller_id_name"] = caller.name;
  params["caller_id_number"] = caller.number;  // Verto Communicator reads it without looking
  if (!callee.name.empty()) params["callee_id_name"] = callee.name;
  if (!callee.number.empty()) params["callee_id_number"] = callee.number;
  params["display_direction"] = call.from_client ? "inbound" : "outbound";
  return params;
}

}  // namespace

base::Result<CallId> Endpoint::Engine::invite(SessionId session_id, const Invitation& invitation,
                                              base::TimePoint now) {
  const Session* session = sessions_.find(session_id);
  if (!session || !session->connection)
    return base::Error{base::Errc::not_found, "no such session, or no socket"};
  if (session->calls.size() >= options_.max_calls_per_session) {
    ++counters_.refused;
    return base::Error{base::Errc::exhausted, "too many calls in the session"};
  }
  Call call;
  call.session = session_id;
  call.user = session->user.id;
  call.call_id = rng_.uuid();
  call.state = Call::State::ringing;
  call.client = valid(invitation.callee);
  call.peer = valid(invitation.caller);
  const CallId id = make_call(std::move(call));
  send_request(session->connection, "verto.invite", with_offer(calls_.at(id), invitation.sdp), now);
  return id;
}

void Endpoint::Engine::media(CallId id, std::string_view sdp, base::TimePoint now) {
  Call* call = calls_.find(id);
  if (!call || !call->from_client || call->state != Call::State::created) return;
  call->state = Call::State::early;
  send_request(connection_of(*call), "verto.media", with_sdp(*call, sdp), now);
}

void Endpoint::Engine::answer(CallId id, std::string_view sdp, base::TimePoint now) {
  Call* call = calls_.find(id);
  if (!call || !call->from_client || call->answered()) return;
  // The client takes one answer to its offer: not again what verto.media brought.
  if (call->state == Call::State::early) sdp = {};
  call->state = Call::State::answered;
  send_request(connection_of(*call), "verto.answer", with_sdp(*call, sdp), now);
  show_peer(id, now);
}

void Endpoint::Engine::display(CallId id, const Party& peer, base::TimePoint now) {
  Call* call = calls_.find(id);
  if (!call) return;
  call->peer = valid(peer);
  show_peer(id, now);
}

void Endpoint::Engine::bye(CallId id, Cause cause, base::TimePoint now) {
  const Call* call = calls_.find(id);
  if (!call) return;
  send_bye(*call, cause, now);
  erase_call(id, now);
}

void Endpoint::Engine::dtmf(CallId id, std::string_view digits, base::TimePoint now) {
  const Call* call = calls_.find(id);
  if (!call || digits.empty() || call->attach != Call::Attach::none) return;
  send_request(connection_of(*call), "verto.info",
               {{"dtmf", jsonrpc::valid_utf8(digits)}, {"callID", call->call_id}}, now);
}

bool Endpoint::Engine::awaits(CallId id, std::string_view action) {
  const Call* call = calls_.find(id);
  return call && call->modify && base::iequals(call->modify->action, action);
}

void Endpoint::Engine::reply_to_modify(CallId id, bool succeeded, jsonrpc::Object more,
                                       base::TimePoint now) {
  Call& call = calls_.at(id);
  const Call::Modify asked = *std::exchange(call.modify, std::nullopt);
  jsonrpc::Object body{{"callID", call.call_id}, {"action", asked.action}};
  for (const auto& member : more) body[member.key()] = member.value();
  if (succeeded) {
    body["holdState"] = call.hold_state();
    body["sessid"] = sessions_.at(call.session).session_id;
    send(asked.connection, jsonrpc::success(asked.request, body), now);
  } else {
    body["code"] = kSessionError;
    send(asked.connection, jsonrpc::failure(asked.request, body), now);
  }
}

void Endpoint::Engine::renegotiated(CallId id, std::string_view sdp, base::TimePoint now) {
  if (awaits(id, "updateMedia")) reply_to_modify(id, true, {{"sdp", sdp}}, now);
}

void Endpoint::Engine::refuse_offer(CallId id, base::TimePoint now) {
  if (awaits(id, "updateMedia"))
    reply_to_modify(id, false, {{"message", "CODEC NEGOTIATION ERROR"}}, now);
}

void Endpoint::Engine::transferring(CallId id, bool begun, base::TimePoint now) {
  if (awaits(id, "transfer")) {
    const char* const text = begun ? "CALL TRANSFERRED" : "call is not bridged";
    reply_to_modify(id, begun, {{"message", text}}, now);
  } else if (awaits(id, "replace")) {
    jsonrpc::Object more;
    // The one failure with a state: clients take over whatever it says.
    if (!begun) more = {{"message", "transfer failed"}, {"holdState", calls_.at(id).hold_state()}};
    reply_to_modify(id, begun, more, now);
  }
}

void Endpoint::Engine::attach(CallId id, std::string_view sdp, base::TimePoint now) {
  Call* call = calls_.find(id);
  if (!call || !call->answered() || !connection_of(*call)) return;
  const SessionId session = call->session;
  if (call->attach == Call::Attach::offer_due)
    sessions_.at(session).reattached.push_back(call->call_id);
  call->attach = Call::Attach::answer_due;
  timers_.set({TimerKey::Kind::attach_answer, id}, now + options_.attach_answer_timeout);
  jsonrpc::Object params = with_offer(*call, sdp);
  // Not known to the reference server: its clients take every call that comes back for active.
  if (call->held) params["holdState"] = call->hold_state();
  send_request(connection_of(*call), "verto.attach", params, now);
  send_ready_if_due(session, now);
}

}  // namespace viaduct::verto
