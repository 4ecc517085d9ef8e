// For tests: an Endpoint in virtual time with a small directory, and clients that write literal
// JSON.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/hash.h"
#include "signalling/jsonrpc/json.h"
#include "signalling/verto/endpoint.h"

namespace viaduct::verto {

using namespace std::chrono_literals;

// Users 1000-1009 of example.net, password "1234".
class TestDirectory final : public Directory {
 public:
  base::Result<User> check(const Credentials& credentials) override {
    ++checks;
    last_params = credentials.login_params;
    const std::string name(credentials.login.substr(0, credentials.login.find('@')));
    if (credentials.login.ends_with("@")) return base::Error{base::Errc::malformed, "no domain"};
    const bool known = name.size() == 4 && name.starts_with("100");
    if (!known || credentials.password != "1234")
      return base::Error{base::Errc::unauthorised, "wrong"};
    User user = templates.contains(name) ? templates[name] : User{};
    user.id = name + "@example.net";
    user.name = name;
    user.domain = "example.net";
    if (user.caller.number.empty()) user.caller = {name, "Extension " + name};
    user.context = "default";
    return user;
  }

  std::map<std::string, User> templates;  // what a user has beyond the usual
  Variables last_params;
  int checks = 0;
};

class EndpointTest : public testing::Test {
 protected:
  using Value = jsonrpc::Value;

  EndpointTest() { restart({}); }

  void restart(const Options& options) {
    endpoint_ = std::make_unique<Endpoint>(options, directory_, rng_,
                                           ClockReading{now_, base::WallTime(1767225600s)});
  }

  // Opens the n-th connection; returns its id.
  ConnId open() {
    const ConnId id{++connections_, 1};
    endpoint_->connection_opened(id, base::SocketAddress{base::IpAddress::v4(0xC0000201), 40000},
                                 now_);
    drain();
    return id;
  }
  void receive(ConnId id, std::string_view text) {
    endpoint_->receive(id, text, now_);
    drain();
  }
  void lose(ConnId id) {
    endpoint_->connection_closed(id, now_);
    drain();
  }
  // A request with the id 7; returns the frames it brought on that connection.
  std::vector<std::string> ask(ConnId id, std::string_view method, std::string_view params) {
    receive(id, R"({"jsonrpc":"2.0","id":7,"method":")" + std::string(method) + R"(","params":)" +
                    std::string(params) + "}");
    return take(id);
  }
  ConnId log_in(std::string_view user = "1000", std::string_view sessid = "s1") {
    const ConnId id = open();
    const auto frames = ask(id, "login",
                            R"({"login":")" + std::string(user) +
                                R"(","passwd":"1234","sessid":")" + std::string(sessid) + "\"}");
    EXPECT_EQ(frames.size(), 2u);
    return id;
  }
  // Time passes, timers fire when they are due.
  void advance(base::Duration duration) {
    const base::TimePoint end = now_ + duration;
    while (endpoint_->next_timeout() <= end) {
      now_ = std::max(now_, endpoint_->next_timeout());
      endpoint_->handle_timeout(now_);
      drain();
    }
    now_ = end;
  }
  void drain() {
    while (auto output = endpoint_->poll()) {
      if (const auto* send = std::get_if<Send>(&*output))
        frames_[send->connection].push_back(send->text);
      if (const auto* close = std::get_if<CloseConnection>(&*output))
        frames_[close->connection].push_back("close " + std::to_string(close->code));
      events_.push_back(*std::move(output));
    }
  }
  std::vector<std::string> take(ConnId id) { return std::exchange(frames_[id], {}); }
  // The events of one type since the last time, oldest first.
  template <class T>
  std::vector<T> events() {
    std::vector<T> found;
    for (const Output& output : events_)
      if (const auto* event = std::get_if<T>(&output)) found.push_back(*event);
    std::erase_if(events_, [](const Output& output) { return std::holds_alternative<T>(output); });
    return found;
  }
  template <class T>
  T event() {
    auto found = events<T>();
    EXPECT_EQ(found.size(), 1u);
    return found.empty() ? T{} : found.front();
  }

  // A call from the client of a connection, still unanswered.
  CallId call_from(ConnId id, std::string_view call_id = "c1") {
    ask(id, "verto.invite", invite_params(call_id));
    return event<IncomingCall>().call;
  }
  static std::string invite_params(std::string_view call_id) {
    return R"({"sdp":"offer","dialogParams":{"callID":")" + std::string(call_id) +
           R"(","destination_number":"3000","caller_id_name":"Ines","caller_id_number":"999"}})";
  }
  static std::string of_call(std::string_view call_id, std::string_view more = "") {
    return "{" + std::string(more) + R"("dialogParams":{"callID":")" + std::string(call_id) +
           "\"}}";
  }
  // A request of the server, whatever its id.
  static std::string request(std::string_view method, std::string_view params) {
    return R"("method":")" + std::string(method) + R"(","params":)" + std::string(params) + "}";
  }
  static void expect_request(const std::string& frame, std::string_view method,
                             std::string_view params) {
    EXPECT_TRUE(frame.ends_with(request(method, params))) << frame;
    const auto id = jsonrpc::parse(frame, 64)->value.at("id").as_int64();
    EXPECT_GE(id, 1'000'000'000);
    EXPECT_LE(id, 2'147'483'647);
  }
  static std::string result(std::string_view body) {
    return R"({"jsonrpc":"2.0","id":7,"result":)" + std::string(body) + "}";
  }
  static std::string error(std::string_view body) {
    return R"({"jsonrpc":"2.0","id":7,"error":)" + std::string(body) + "}";
  }

  TestDirectory directory_;
  base::SeededRng rng_{1};
  base::TimePoint now_{1h};
  std::unique_ptr<Endpoint> endpoint_;
  uint32_t connections_ = 0;
  std::map<ConnId, std::vector<std::string>> frames_;
  std::vector<Output> events_;
};

}  // namespace viaduct::verto
