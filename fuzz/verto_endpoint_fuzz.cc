// The Verto engine as a state machine: several connections, any frames, time and commands in any
// order. Each line of the input is one step; see `step`. At the end every socket is lost and
// nothing may be left.
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.h"
#include "base/check.h"
#include "signalling/jsonrpc/message.h"
#include "signalling/verto/endpoint.h"

namespace {

using namespace viaduct;
using namespace std::chrono_literals;

class AnyUser final : public verto::Directory {
 public:
  base::Result<verto::User> check(const verto::Credentials& credentials) override {
    if (credentials.password != "p") return base::Error{base::Errc::unauthorised, "wrong"};
    verto::User user;
    user.name = credentials.login.substr(0, 1);
    user.id = user.name + "@d";
    user.domain = "d";
    user.permissions.event_channels = {"e"};
    if (user.name == "x") user.expires = base::WallTime(1000s);
    return user;
  }
};

class Run {
 public:
  void step(std::string_view line) {
    if (line.size() < 2) return;
    const auto connection = line[1] % kConnections;
    const std::string_view rest = line.substr(2);
    switch (line[0]) {
      case 'o': open(connection); break;
      case 'c': close(connection); break;
      case 'd': endpoint_.drained(ids_[connection], now_); break;
      case 't': pass(std::chrono::seconds(line[1] % 64)); break;
      case 'T': pass(std::chrono::milliseconds(line[1]) * 100); break;
      case 'l': log_in(connection, rest); break;
      case 'r': endpoint_.receive(ids_[connection], request(rest), now_); break;
      case 'i': invite(line[1]); break;
      case 'm': endpoint_.media(commanded_ = call(line[1]), "s", now_); break;
      case 'a': endpoint_.answer(commanded_ = call(line[1]), "s", now_); break;
      case 'b': hang_up(call(line[1])); break;
      case 'D': endpoint_.display(call(line[1]), {std::string(rest), "n"}, now_); break;
      case 'g': endpoint_.dtmf(call(line[1]), rest, now_); break;
      case 'A': endpoint_.attach(call(line[1]), "s", now_); break;
      case 'p': endpoint_.punt(session(line[1]), now_); break;
      default: endpoint_.receive(ids_[connection], line, now_);
    }
    drain();
  }

  void end() {
    for (size_t i = 0; i < kConnections; ++i) close(i);
    drain();
    pass(200s);
    VIADUCT_CHECK(endpoint_.connection_count() == 0);
    VIADUCT_CHECK(endpoint_.session_count() == 0);
    VIADUCT_CHECK(endpoint_.call_count() == 0 && live_.empty());
    VIADUCT_CHECK(endpoint_.next_timeout() == base::kNever);
  }

 private:
  static constexpr size_t kConnections = 4;

  void open(size_t i) {
    if (ids_[i]) return;
    ids_[i] = {static_cast<uint32_t>(i), ++generation_};
    open_.insert(ids_[i]);
    endpoint_.connection_opened(ids_[i], {}, now_);
  }
  void close(size_t i) {
    open_.erase(ids_[i]);
    endpoint_.connection_closed(ids_[i], now_);
    ids_[i] = {};
  }
  void pass(base::Duration duration) {
    const auto end = now_ + duration;
    while (endpoint_.next_timeout() <= end) {
      now_ = std::max(now_, endpoint_.next_timeout());
      endpoint_.handle_timeout(now_);
      drain();
    }
    now_ = end;
  }
  // "<user><session>"
  void log_in(size_t i, std::string_view rest) {
    open(i);
    const std::string user(rest.substr(0, 1));
    const std::string session(rest.size() > 1 ? rest.substr(1, 1) : "");
    endpoint_.receive(
        ids_[i],
        jsonrpc::request(1, "login", {{"login", user}, {"passwd", "p"}, {"sessid", session}}),
        now_);
  }
  // "<method> <callID> <one member's value>"
  static std::string request(std::string_view rest) {
    const auto method = base::take_until(rest, ' ');
    const auto call = base::take_until(rest, ' ');
    jsonrpc::Object params{{"dialogParams", {{"callID", call}, {"recoverCall", rest != "n"}}}};
    for (const char* name : {"sdp", "dtmf", "action", "eventChannel", "cause", "localBroadcast",
                             "destination", "replaceCallID", "echoParams"})
      params[name] = rest;
    params["msg"] = {{"to", rest}, {"body", rest}};
    return jsonrpc::request(1, "verto." + std::string(method), params);
  }
  void invite(char c) {
    const auto made = endpoint_.invite(session(c), {"s", {"1", "a"}, {"2", ""}}, now_);
    if (made) live_.insert(*made);
  }
  void hang_up(verto::CallId id) {
    endpoint_.bye(id, verto::Cause::normal_clearing, now_);
    live_.erase(id);
  }
  verto::CallId call(char c) const {
    if (live_.empty()) return {};
    return *std::next(live_.begin(), static_cast<uint8_t>(c) % static_cast<long>(live_.size()));
  }
  verto::SessionId session(char c) const { return endpoint_.find_session(std::string(1, c)); }

  void drain() {
    while (const auto output = endpoint_.poll())
      std::visit([this](const auto& o) { check(o); }, *output);
    VIADUCT_CHECK(live_.size() == endpoint_.call_count());
  }
  void check(const verto::Send& send) {
    VIADUCT_CHECK(open_.contains(send.connection));  // never after its end
    if (send.text.starts_with("#")) return;
    const auto frame = jsonrpc::read_frame(send.text, {1000, 1000});
    VIADUCT_CHECK(frame.has_value());
    for (const auto& message : frame->messages)
      if (const auto* request = std::get_if<jsonrpc::Request>(&message)) {
        VIADUCT_CHECK(base::parse_number<uint32_t>(request->id).value_or(0) >= 1'000'000'000);
        // One answer to a call, and early media only before it.
        if (request->method == "verto.media") VIADUCT_CHECK(said_[commanded_]++ == 0);
        if (request->method == "verto.answer") VIADUCT_CHECK((said_[commanded_] += 2) <= 3);
      }
  }
  void check(const verto::CloseConnection& closing) {
    open_.erase(closing.connection);
    for (auto& id : ids_)
      if (id == closing.connection) id = {};
  }
  void check(const verto::IncomingCall& call) { VIADUCT_CHECK(live_.insert(call.call).second); }
  void check(const verto::CallEnded& ended) { VIADUCT_CHECK(live_.erase(ended.call) == 1); }
  void check(const verto::CallAnswered& answered) { VIADUCT_CHECK(live_.contains(answered.call)); }
  void check(const verto::CallDtmf& dtmf) {
    VIADUCT_CHECK(live_.contains(dtmf.call) && !dtmf.digits.empty());
  }
  void check(const verto::CallDetached& detached) { VIADUCT_CHECK(live_.contains(detached.call)); }
  void check(const verto::CallResuming& resuming) { VIADUCT_CHECK(live_.contains(resuming.call)); }
  void check(const verto::CallAttached& attached) { VIADUCT_CHECK(live_.contains(attached.call)); }
  void check(const verto::CallRenegotiating& offer) {
    VIADUCT_CHECK(live_.contains(offer.call));
    if (offer.sdp.size() % 2) endpoint_.renegotiated(offer.call, "s", now_);
    else endpoint_.refuse_offer(offer.call, now_);
  }
  void check(const verto::CallHeld& held) { VIADUCT_CHECK(live_.contains(held.call)); }
  void check(const verto::CallTransferring& asked) {
    VIADUCT_CHECK(live_.contains(asked.call) && !asked.destination.empty());
    endpoint_.transferring(asked.call, asked.destination.size() % 2, now_);
  }
  void check(const verto::CallReplacing& asked) {
    VIADUCT_CHECK(live_.contains(asked.call) && live_.contains(asked.other));
    endpoint_.transferring(asked.call, true, now_);
  }
  void check(const verto::SessionUp& up) { VIADUCT_CHECK(up_.insert(up.session).second); }
  void check(const verto::SessionDown& down) { VIADUCT_CHECK(up_.erase(down.session) == 1); }

  AnyUser directory_;
  base::SeededRng rng_{7};
  base::TimePoint now_{1h};
  verto::Endpoint endpoint_{{}, directory_, rng_, {now_, base::WallTime(500s)}};
  std::vector<verto::ConnId> ids_ = std::vector<verto::ConnId>(kConnections);
  uint32_t generation_ = 0;
  std::set<verto::ConnId> open_;
  std::set<verto::CallId> live_;
  std::set<verto::SessionId> up_;
  verto::CallId commanded_;            // by the last media() or answer()
  std::map<verto::CallId, int> said_;  // 1: media, 2: answer
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  Run run;
  for (int steps = 0; !text.empty() && steps < 500; ++steps) run.step(base::take_until(text, '\n'));
  run.end();
  return 0;
}
