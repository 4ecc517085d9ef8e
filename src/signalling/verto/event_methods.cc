// Requests that concern no call: signs of life and event channels.
#include <algorithm>

#include "signalling/verto/engine.h"

namespace viaduct::verto {
namespace {

// One name or an array of names; what is no text is skipped.
std::vector<std::string_view> channel_names(const jsonrpc::Object& params) {
  std::vector<std::string_view> names;
  const jsonrpc::Value* value = jsonrpc::find(params, "eventChannel");
  if (!value) return names;
  if (const auto name = jsonrpc::as_string(*value)) names.push_back(*name);
  if (const auto* array = value->if_array())
    for (const jsonrpc::Value& element : *array)
      if (const auto name = jsonrpc::as_string(element)) names.push_back(*name);
  return names;
}

// An error of verto.broadcast, which by custom comes as a result.
Reply broadcast_error(std::string_view message) {
  return success({{"message", message}, {"code", kSessionError}});
}

}  // namespace

Reply Endpoint::Engine::echo(const Ask& ask) {
  if (!ask.has_params) return call_failure("Params data missing");
  return success(ask.params);
}

Reply Endpoint::Engine::on_ping(const Ask& ask) {
  jsonrpc::Object result;
  if (const auto expires = sessions_.at(ask.session).user.expires)
    result["auth-expires"] = epoch_seconds(*expires);
  result["message"] = "PONG";
  return success(std::move(result));
}

// Some clients answer our verto.ping by a request of this name.
Reply Endpoint::Engine::on_pong(const Ask&) { return success(); }

// The id of a call of the session, or what the user's list names in full or by the part before the
// dot.
bool Endpoint::Engine::may_use_channel(const Session& session, std::string_view channel) const {
  if (const Call* call = calls_.find(find_call(session.user.id, channel)))
    if (sessions_.find(call->session) == &session) return true;
  const std::string_view family = channel.substr(0, channel.find('.'));
  return std::ranges::any_of(session.user.permissions.event_channels,
                             [&](const std::string& entry) {
                               return entry == "__ANY__" || entry == channel || entry == family;
                             });
}

Reply Endpoint::Engine::subscribe(const Ask& ask) {
  Session& session = sessions_.at(ask.session);
  jsonrpc::Array subscribed;
  jsonrpc::Array unauthorised;
  jsonrpc::Array already;
  for (const std::string_view name : channel_names(ask.params)) {
    const bool known = session.subscriptions.contains(std::string(name));
    const bool room = known || (session.subscriptions.size() < options_.max_subscriptions &&
                                name.size() <= options_.max_name);
    if (!room || !may_use_channel(session, name)) {
      unauthorised.emplace_back(name);
      continue;
    }
    if (known) already.emplace_back(name);
    subscribed.emplace_back(name);
    session.subscriptions.try_emplace(std::string(name), 0);
  }
  jsonrpc::Object lists;
  const bool any = !subscribed.empty();
  if (any) lists["subscribedChannels"] = std::move(subscribed);
  if (!unauthorised.empty()) lists["unauthorizedChannels"] = std::move(unauthorised);
  if (!already.empty()) lists["alreadySubscribedChannels"] = std::move(already);
  return any ? success(std::move(lists)) : call_failure("Permission Denied", std::move(lists));
}

Reply Endpoint::Engine::unsubscribe(const Ask& ask) {
  Session& session = sessions_.at(ask.session);
  jsonrpc::Array gone;
  jsonrpc::Array unknown;
  for (const std::string_view name : channel_names(ask.params))
    (session.subscriptions.erase(std::string(name)) ? gone : unknown).emplace_back(name);
  jsonrpc::Object lists;
  const bool failed = gone.empty() && !unknown.empty();
  if (!gone.empty()) lists["unsubscribedChannels"] = std::move(gone);
  if (!unknown.empty()) lists["notSubscribedChannels"] = std::move(unknown);
  return failed ? call_failure("Not subscribed", std::move(lists)) : success(std::move(lists));
}

Reply Endpoint::Engine::broadcast(const Ask& ask) {
  const auto channel = jsonrpc::find_string(ask.params, "eventChannel").value_or("");
  if (channel.empty()) return broadcast_error("eventChannel not specified.");
  const Session& sender = sessions_.at(ask.session);
  if (!may_use_channel(sender, channel)) return broadcast_error("Permission Denied.");
  const auto* local = jsonrpc::find(ask.params, "localBroadcast");
  if (!local || !jsonrpc::is_true(*local)) return success();

  // To all subscribers of exactly this name, the sender too. Who it is says the server, not the
  // client.
  jsonrpc::Object event = ask.params;
  event["sessid"] = sender.session_id;
  event["userid"] = sender.user.id;
  event["fromDisplay"] = sender.user.caller.name;
  sessions_.for_each([&](SessionId, Session& session) {
    const auto subscription = session.subscriptions.find(std::string(channel));
    if (subscription == session.subscriptions.end() || !session.connection) return;
    event["eventSerno"] = subscription->second++;
    event["subscribedChannel"] = channel;
    send_request(session.connection, "verto.event", event, ask.now);
  });
  return success();
}

}  // namespace viaduct::verto
