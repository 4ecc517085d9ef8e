// The requests of clients about their calls.
#include "base/ascii.h"
#include "base/hash.h"
#include "signalling/verto/engine.h"

namespace viaduct::verto {
namespace {

const jsonrpc::Object kNoDialog;
constexpr std::string_view kNoCall = "CALL DOES NOT EXIST";

// A failing verto.invite.
Reply call_error(Cause cause) {
  return {false,
          {{"message", "CALL ERROR"},
           {"causeCode", static_cast<int>(cause)},
           {"cause", cause_name(cause)},
           {"code", kSessionError}}};
}

Reply call_created(std::string_view call_id) {
  return success({{"message", "CALL CREATED"}, {"callID", call_id}});
}

// The caller as the user's rights allow it to be shown.
Party caller_of(const User& user, const jsonrpc::Object& dialog, const Options& options) {
  const auto text = [&](const char* member) {
    return cut(jsonrpc::find_string(dialog, member).value_or(""), options.max_name);
  };
  Party caller = user.caller;
  if (caller.number.empty()) caller.number = user.name;
  const Party asked{text("caller_id_number"), text("caller_id_name")};
  const bool free = user.permissions.choose_caller_id;
  if (!asked.number.empty() && free) caller.number = asked.number;
  if (!asked.name.empty() && (free || caller.name.empty())) caller.name = asked.name;
  return caller;
}

}  // namespace

// Reads what names the call; otherwise the refusal. Some clients put the callID beside
// dialogParams.
std::optional<Reply> Endpoint::Engine::read_call(const Ask& ask, CallAsk& call) const {
  if (!ask.has_params) return call_failure("Params data missing");
  call.dialog = jsonrpc::find_object(ask.params, "dialogParams");
  const auto beside = jsonrpc::find_string(ask.params, "callID").value_or("");
  if (!call.dialog && beside.empty()) return call_failure("Dialog data missing");
  if (!call.dialog) call.dialog = &kNoDialog;
  call.call_id = jsonrpc::find_string(*call.dialog, "callID").value_or("");
  if (call.call_id.empty()) call.call_id = beside;
  if (call.call_id.empty()) return call_failure("CallID missing");
  return std::nullopt;
}

Reply Endpoint::Engine::on_invite(const Ask& ask) {
  CallAsk call;
  if (read_call(ask, call)) return call_error(Cause::invalid_message);
  const auto sdp = jsonrpc::find_string(ask.params, "sdp").value_or("");
  if (sdp.empty() || call.call_id.size() > options_.max_call_id)
    return call_error(Cause::invalid_message);
  const Session& session = sessions_.at(ask.session);
  if (const Call* known = calls_.find(find_call(session.user.id, call.call_id))) {
    // A client that missed the reply may ask again.
    const bool again = known->from_client && known->session == ask.session &&
                       known->offer_digest == base::sha256(sdp);
    return again ? call_created(call.call_id) : call_error(Cause::destination_out_of_order);
  }
  if (session.calls.size() >= options_.max_calls_per_session) {
    ++counters_.refused;
    return call_error(Cause::destination_out_of_order);
  }
  return create_call(ask, call, sdp);
}

Reply Endpoint::Engine::create_call(const Ask& ask, const CallAsk& asked, std::string_view sdp) {
  const Session& session = sessions_.at(ask.session);
  const jsonrpc::Object& dialog = *asked.dialog;
  std::string destination =
      cut(jsonrpc::find_string(dialog, "destination_number").value_or(""), options_.max_name);
  if (destination.empty()) destination = "service";

  Call call;
  call.session = ask.session;
  call.user = session.user.id;
  call.call_id = asked.call_id;
  call.from_client = true;
  call.client = caller_of(session.user, dialog, options_);
  call.peer = {destination, "Outbound Call"};
  call.offer_digest = base::sha256(sdp);
  const auto* recover = jsonrpc::find(dialog, "recoverCall");
  call.recoverable = !recover || !jsonrpc::is_false(*recover);

  Variables variables = session.variables;
  for (auto& variable : read_variables(jsonrpc::find_object(dialog, "userVariables"), options_))
    variables.push_back(std::move(variable));
  IncomingCall event{{},          ask.session, session.user,     call.call_id,
                     destination, call.client, std::string(sdp), std::move(variables)};
  event.call = make_call(std::move(call));
  emit(std::move(event));
  return call_created(asked.call_id);
}

Reply Endpoint::Engine::on_answer(const Ask& ask) {
  CallAsk asked;
  if (auto refusal = read_call(ask, asked)) return *std::move(refusal);
  const auto sdp = jsonrpc::find_string(ask.params, "sdp").value_or("");
  if (sdp.empty()) return call_failure("SDP missing");
  const CallId id = find_call(sessions_.at(ask.session).user.id, asked.call_id);
  Call* call = calls_.find(id);
  if (!call) return call_failure(kNoCall);
  if (call->from_client || call->answered()) return success();
  call->state = Call::State::answered;
  const auto text = [&](const char* member) {
    return cut(jsonrpc::find_string(*asked.dialog, member).value_or(""), options_.max_name);
  };
  Party callee{text("callee_id_number"), text("callee_id_name")};
  emit(CallAnswered{id, std::string(sdp), std::move(callee)});
  show_peer(id, ask.now);
  return success();
}

Reply Endpoint::Engine::on_bye(const Ask& ask) {
  CallAsk asked;
  if (auto refusal = read_call(ask, asked)) return *std::move(refusal);
  const CallId id = find_call(sessions_.at(ask.session).user.id, asked.call_id);
  const Call* call = calls_.find(id);
  // Also what the bye gets that clients send back for ours.
  if (!call) return call_failure(kNoCall, {{"callID", asked.call_id}});
  const Cause said =
      read_bye_cause(jsonrpc::find(ask.params, "cause"), jsonrpc::find(ask.params, "causeCode"));
  // Older clients name no cause when they decline.
  const bool declines = call->state == Call::State::ringing && said == Cause::normal_clearing;
  emit(CallEnded{id, declines ? Cause::call_rejected : said, call->answered()});
  erase_call(id, ask.now);
  return success({{"callID", asked.call_id},
                  {"message", "CALL ENDED"},
                  {"causeCode", static_cast<int>(said)},
                  {"cause", cause_name(said)}});
}

Reply Endpoint::Engine::on_modify(const Ask& ask) {
  CallAsk asked;
  if (auto refusal = read_call(ask, asked)) return *std::move(refusal);
  const auto action = jsonrpc::find_string(ask.params, "action").value_or("");
  if (action.empty()) return call_failure("action missing");
  const CallId id = find_call(sessions_.at(ask.session).user.id, asked.call_id);
  if (!calls_.find(id)) return call_failure(kNoCall, {{"callID", asked.call_id}});
  Reply reply = modify(ask, action, id);
  if (reply.later) return reply;
  jsonrpc::Object body{{"callID", asked.call_id}, {"action", action}};
  for (const auto& member : reply.body) body[member.key()] = member.value();
  return {reply.success, std::move(body)};
}

// What is unknown is accepted without effect, as the reference server does.
Reply Endpoint::Engine::modify(const Ask& ask, std::string_view action, CallId id) {
  const Call& call = calls_.at(id);
  if (base::iequals(action, "hold")) hold(id, true);
  else if (base::iequals(action, "unhold")) hold(id, false);
  else if (base::iequals(action, "toggleHold")) hold(id, !call.held);
  if (base::iequals(action, "transfer")) return transfer(ask, action, id);
  if (base::iequals(action, "replace")) return replace(ask, action, id);
  if (base::iequals(action, "updateMedia")) return update_media(ask, action, id);
  return success({{"holdState", call.hold_state()}});
}

// Before the answer there is nothing to hold, and clients break on "held" then.
void Endpoint::Engine::hold(CallId id, bool held) {
  Call& call = calls_.at(id);
  if (!call.answered() || call.held == held) return;
  call.held = held;
  emit(CallHeld{id, held});
}

// The leg adapter has the answer; it comes before anything else is asked of the call.
Reply Endpoint::Engine::later(const Ask& ask, std::string_view action, CallId id) {
  calls_.at(id).modify = Call::Modify{ask.connection, ask.id, std::string(action)};
  Reply reply = success();
  reply.later = true;
  return reply;
}

Reply Endpoint::Engine::transfer(const Ask& ask, std::string_view action, CallId id) {
  const auto destination = jsonrpc::find_string(ask.params, "destination").value_or("");
  if (destination.empty()) return call_failure("destination missing");
  const Call& call = calls_.at(id);
  if (!call.answered() || call.modify) return call_failure("call is not bridged");
  emit(CallTransferring{id, cut(destination, options_.max_name),
                        sessions_.at(call.session).user.context});
  return later(ask, action, id);
}

// The other call must be of the same user, as this one is.
Reply Endpoint::Engine::replace(const Ask& ask, std::string_view action, CallId id) {
  const auto other_id = jsonrpc::find_string(ask.params, "replaceCallID").value_or("");
  if (other_id.empty()) return call_failure("replaceCallID missing");
  const Call& call = calls_.at(id);
  const CallId other = find_call(call.user, other_id);
  if (!other) return call_failure("invalid transfer leg");
  if (call.modify) return call_failure("transfer failed", {{"holdState", call.hold_state()}});
  emit(CallReplacing{id, other});
  return later(ask, action, id);
}

Reply Endpoint::Engine::update_media(const Ask& ask, std::string_view action, CallId id) {
  Call& call = calls_.at(id);
  if (!call.answered()) return call_failure("Cannot update a call that has not been answered.");
  const auto sdp = jsonrpc::find_string(ask.params, "sdp").value_or("");
  if (sdp.empty()) return call_failure("SDP missing");
  // While we offer the call anew ourselves, the client has to answer first (RFC 3264 §4).
  if (call.attach != Call::Attach::none || call.modify) return call_failure("MEDIA ERROR");
  emit(CallRenegotiating{id, std::string(sdp)});
  return later(ask, action, id);
}

Reply Endpoint::Engine::on_attach(const Ask& ask) {
  CallAsk asked;
  if (auto refusal = read_call(ask, asked)) return *std::move(refusal);
  const auto sdp = jsonrpc::find_string(ask.params, "sdp").value_or("");
  if (sdp.empty()) return call_failure("SDP missing");
  const CallId id = find_call(sessions_.at(ask.session).user.id, asked.call_id);
  Call* call = calls_.find(id);
  if (!call) return call_failure(kNoCall);
  if (!call->answered()) return call_failure("Cannot attach to a call that has not been answered.");
  if (call->attach != Call::Attach::answer_due) return success();
  call->attach = Call::Attach::none;
  timers_.cancel({TimerKey::Kind::attach_answer, id});
  emit(CallAttached{id, std::string(sdp)});
  call->shown.reset();  // to the client it is a new call
  show_peer(id, ask.now);
  return success();
}

}  // namespace viaduct::verto
