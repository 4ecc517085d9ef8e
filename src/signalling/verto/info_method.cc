// verto.info: digits for a call, and messages from user to user.
#include "signalling/verto/dtmf.h"
#include "signalling/verto/engine.h"

namespace viaduct::verto {

// Its members are independent of each other; those for a call that does not exist are ignored.
// Real-time text, media settings and commands are accepted without effect.
Reply Endpoint::Engine::on_info(const Ask& ask) {
  if (!ask.has_params) return call_failure("Params data missing");
  Reply reply = success();
  CallAsk asked;
  const bool named = !read_call(ask, asked);
  const CallId id = named ? find_call(sessions_.at(ask.session).user.id, asked.call_id) : CallId{};
  const auto digits = jsonrpc::find_string(ask.params, "dtmf");
  if (digits && calls_.find(id)) {
    std::string valid = read_digits(*digits, options_.max_digits);
    if (!valid.empty()) emit(CallDtmf{id, std::move(valid)});
    reply.body["message"] = "SENT";
  }
  if (const auto* message = jsonrpc::find_object(ask.params, "msg")) {
    const auto to = jsonrpc::find_string(*message, "to").value_or("");
    if (to.empty() || !jsonrpc::find_string(*message, "body"))
      return call_failure("INVALID MESSAGE to and body params required");
    if (!send_chat(ask, *message)) return call_failure("RECIPIENT NOT CONNECTED");
    reply.body["message"] = "SENT";
  }
  return reply;
}

// To every socket of the recipient; false when it has none. The sender is always who logged in.
bool Endpoint::Engine::send_chat(const Ask& ask, const jsonrpc::Object& message) {
  const User& sender = sessions_.at(ask.session).user;
  std::string to(*jsonrpc::find_string(message, "to"));
  if (to.starts_with("verto+")) to.erase(0, 6);
  if (to.find('@') == std::string::npos) to += '@' + sender.domain;
  const auto recipient = by_user_.find(to);
  if (recipient == by_user_.end()) return false;

  jsonrpc::Object copy{{"from", sender.id},
                       {"to", to},
                       {"body", *jsonrpc::find_string(message, "body")},
                       {"from_user", sender.name},
                       {"from_host", sender.domain},
                       {"from_full", sender.name}};
  for (const auto& member : message) {
    const std::string_view key(member.key());
    const bool header = key.starts_with("from_") || key.starts_with("to_");
    if (header && member.value().is_string() && copy.size() < options_.max_variables)
      copy.emplace(member.key(), member.value());  // leaves ours as they are
  }
  bool sent = false;
  for (const SessionId id : recipient->second) {
    const ConnId connection = sessions_.at(id).connection;
    if (!connection) continue;
    send_request(connection, "verto.info", {{"msg", copy}}, ask.now);
    sent = true;
  }
  return sent;
}

}  // namespace viaduct::verto
