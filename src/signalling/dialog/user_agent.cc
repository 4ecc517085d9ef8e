#include "signalling/dialog/user_agent.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "signalling/sip/identifiers.h"
#include "signalling/sip/response_path.h"
#include "signalling/sip/screening.h"

namespace viaduct::dialog {

using sip::HeaderName;
using sip::Message;
using sip::Method;

namespace {

// The methods served outside of a dialog; those inside are checked with their dialog.
const sip::ScreeningOptions& screening() {
  static const sip::ScreeningOptions options{
      {Method::invite, Method::ack, Method::cancel, Method::bye, Method::options, Method::info,
       Method::register_},
      {"path"},
      {}};
  return options;
}

bool has_to_tag(const Message& request) {
  const auto to = request.to();
  return to && !to->tag().empty();
}

}  // namespace

UserAgent::UserAgent(UserAgentOptions options, base::Rng& rng, const Credentials& credentials)
    : options_(std::move(options)),
      rng_(rng),
      transactions_(options_.transactions, rng),
      context_{options_, rng, transactions_, outputs_},
      gatekeeper_(options_, rng, credentials),
      registrar_(options_.registrar),
      sessions_(context_) {}

void UserAgent::set_listener(sip::Listener listener) {
  transactions_.set_listener(std::move(listener));
}

void UserAgent::receive(std::string_view message, const sip::Flow& flow, base::TimePoint now,
                        base::WallTime wall) {
  wall_ = wall;
  if (sip::is_keep_alive(message)) return;
  auto parsed = sip::parse(message);
  if (!parsed) {
    ++parse_errors_;
    return refuse_unparsed(parsed.error(), flow);
  }
  transactions_.receive(std::move(*parsed), flow, now);
  drain_transactions(now);
}

// Without a transaction: the same bytes get the same answer again.
void UserAgent::refuse_unparsed(const sip::Rejection& rejection, const sip::Flow& flow) {
  if (rejection.drop()) return;
  Message request = rejection.request;
  sip::Flow back = flow;
  if (!sip::note_source(request, flow.remote)) return;
  if (const auto to = sip::response_destination(request); to && !is_reliable(flow.transport))
    back.remote = *to;
  const Message response = sip::make_response(request, rejection.status, sip::new_tag(rng_));
  outputs_.push_back(Send{back, response.str()});
}

void UserAgent::flow_failed(const sip::Flow& flow, base::TimePoint now) {
  transactions_.flow_failed(flow);
  registrar_.flow_failed(flow);
  drain_transactions(now);
}

void UserAgent::handle_timeout(base::TimePoint now) {
  transactions_.handle_timeout(now);
  drain_transactions(now);
  sessions_.handle_timeout(now);
  registrar_.handle_timeout(now);
  drain_transactions(now);
}

base::TimePoint UserAgent::next_timeout() const {
  return std::min(
      {transactions_.next_timeout(), sessions_.next_timeout(), registrar_.next_timeout()});
}

std::optional<Output> UserAgent::poll(base::TimePoint now) {
  drain_transactions(now);  // what a command left there
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

void UserAgent::drain_transactions(base::TimePoint now) {
  while (auto output = transactions_.poll())
    std::visit([&](auto&& what) { on(std::forward<decltype(what)>(what), now); },
               std::move(*output));
  while (auto event = registrar_.poll())
    std::visit([&](auto&& what) { outputs_.push_back(std::forward<decltype(what)>(what)); },
               std::move(*event));
}

void UserAgent::on(sip::SendMessage send, base::TimePoint) { outputs_.push_back(std::move(send)); }

void UserAgent::on(sip::RequestReceived received, base::TimePoint now) {
  if (received.request.is(Method::cancel)) return sessions_.receive_cancel(received, now);
  if (has_to_tag(received.request)) return sessions_.receive_in_dialog(std::move(received), now);
  receive_out_of_dialog(std::move(received), now);
}

void UserAgent::receive_out_of_dialog(sip::RequestReceived received, base::TimePoint now) {
  if (received.merged) return refuse(received, 482, now);
  const Message& request = received.request;
  // A loop through us shows here: we pass calls on, if as another call. Who asks for our options by
  // Max-Forwards: 0 means us (§11).
  const bool options = request.is(Method::options);
  if (const auto hops = request.max_forwards(); hops && *hops == 0 && !options)
    return refuse(received, 483, now);
  std::string user;
  if (!options) {
    auto admission = gatekeeper_.admit(request, wall_);
    if (Message* refusal = std::get_if<Message>(&admission))
      return respond(received, std::move(*refusal), now);
    user = std::move(std::get<Gatekeeper::Admitted>(admission).user);
  }
  if (auto refusal = sip::screen_request(request, screening(), sip::new_tag(rng_)))
    return respond(received, std::move(*refusal), now);
  switch (request.method()) {
    case Method::invite: return sessions_.receive_invite(std::move(received), std::move(user), now);
    case Method::register_: return receive_register(received, user, now);
    case Method::options: {
      Message response = sip::make_response(request, 200, sip::new_tag(rng_));
      response.add(HeaderName::allow, kAllow);
      response.add(HeaderName::accept, kSdpType);
      return respond(received, std::move(response), now);
    }
    default: return refuse(received, 481, now);  // BYE and INFO without a dialog
  }
}

void UserAgent::receive_register(const sip::RequestReceived& received, const std::string& user,
                                 base::TimePoint now) {
  const auto to = received.request.to();
  const std::string host = to ? base::lower(to->uri.host()) : std::string();
  const auto& domains = options_.domains;
  if (!domains.empty() && std::find(domains.begin(), domains.end(), host) == domains.end())
    return refuse(received, 404, now);
  // Everybody registers himself only.
  if (!to || to->uri.user() + "@" + user.substr(user.rfind('@') + 1) != user)
    return refuse(received, 403, now);
  respond(received,
          registrar_.handle(received.request, user, received.flow, sip::new_tag(rng_), now), now);
}

void UserAgent::refuse(const sip::RequestReceived& received, uint16_t status, base::TimePoint now) {
  respond(received, sip::make_response(received.request, status, sip::new_tag(rng_)), now);
}

void UserAgent::respond(const sip::RequestReceived& received, Message response,
                        base::TimePoint now) {
  response.add(HeaderName::server, options_.product);
  transactions_.respond(received.transaction, response, now);
}

void UserAgent::on(sip::AckReceived received, base::TimePoint now) {
  sessions_.receive_ack(received, now);
}
void UserAgent::on(sip::ResponseReceived received, base::TimePoint now) {
  sessions_.receive_response(std::move(received), now);
}
void UserAgent::on(sip::InviteEnded ended, base::TimePoint) {
  sessions_.invite_ended(ended.transaction);
}
void UserAgent::on(sip::ClientTimedOut timed_out, base::TimePoint now) {
  sessions_.client_failed(timed_out.transaction, false, now);
}
void UserAgent::on(sip::ClientFailed failed, base::TimePoint now) {
  sessions_.client_failed(failed.transaction, true, now);
}
void UserAgent::on(sip::ServerFailed failed, base::TimePoint now) {
  sessions_.server_failed(failed.transaction, now);
}

UserAgent::Counts UserAgent::counts() const {
  Counts counts;
  counts.transactions = transactions_.counts();
  counts.sessions = sessions_.size();
  counts.dialogs = sessions_.dialogs();
  counts.bindings = registrar_.size();
  counts.timers = sessions_.timers() + counts.transactions.timers;
  counts.parse_errors = parse_errors_;
  counts.challenges = gatekeeper_.challenges();
  counts.rejected_credentials = gatekeeper_.rejected();
  return counts;
}

std::string UserAgent::dump() {
  const Counts c = counts();
  return "sessions " + std::to_string(c.sessions) + ", dialogs " + std::to_string(c.dialogs) +
         ", bindings " + std::to_string(c.bindings) + ", client transactions " +
         std::to_string(c.transactions.clients) + ", server transactions " +
         std::to_string(c.transactions.servers) + ", timers " + std::to_string(c.timers) + "\n" +
         sessions_.dump();
}

}  // namespace viaduct::dialog
