// Recorded exchanges of real clients with the reference server (tests/golden/verto): we replay the
// client's side and compare our side with the recorded one in shape. What the server did by itself
// then (answer a call, ring, hang up) is commanded at the same place here.
#include <algorithm>
#include <deque>
#include <fstream>

#include "signalling/verto/endpoint_fixture.h"

namespace viaduct::verto {
namespace {

using jsonrpc::Object;
using jsonrpc::Value;

std::string text_of(const Object& object, const char* member) {
  return std::string(jsonrpc::find_string(object, member).value_or(""));
}

class Traces : public EndpointTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    directory_.templates["1003"].moderator = true;
    directory_.templates["1004"].expires = base::WallTime(1795337602s);
  }

  void play(const Object& line) {
    const std::string peer = text_of(line, "peer");
    if (const auto event = jsonrpc::find_string(line, "ev"))
      return *event == "open" ? start(peer) : stop(peer);
    if (text_of(line, "dir") == "c>s") return client_sends(peer, line);
    const Value& frame = line.at("frame");
    const Object* object = frame.if_object();
    if (object && object->contains("method")) server_asked(peer, *object);
    else server_replied(peer, frame);
  }

  void start(const std::string& peer) { peers_[peer] = open(); }
  void stop(const std::string& peer) {
    lose(peers_.at(peer));
    peers_.erase(peer);
  }

  // A trace may begin in the middle of a connection.
  void client_sends(const std::string& peer, const Object& line) {
    std::string text =
        line.contains("text") ? text_of(line, "text") : jsonrpc::print(line.at("frame"));
    for (const auto& [theirs, ours] : renamed_)
      if (const size_t at = text.find(theirs); at != std::string::npos)
        text.replace(at, theirs.size(), ours);
    if (const Value* frame = jsonrpc::find(line, "frame"))
      if (const Object* request = frame->if_object())
        methods_[peer + raw_id(*request)] = text_of(*request, "method");
    receive(peers_.at(peer), text);
    for (const auto& call : events<IncomingCall>()) {
      calls_[call.call_id] = call.call;
      session_ = call.session;
    }
    for (const auto& up : events<SessionUp>()) session_ = up.session;
  }
  static std::string raw_id(const Object& message) {
    const Value* id = jsonrpc::find(message, "id");
    return id ? jsonrpc::print(*id) : "null";
  }

  // The next thing we sent to the peer, displays left out: when those come is not compared.
  Value next(const std::string& peer) {
    auto& frames = frames_[peers_.at(peer)];
    while (!frames.empty()) {
      const std::string text = frames.front();
      frames.erase(frames.begin());
      if (text.starts_with("close") || text.find("verto.display") != std::string::npos) continue;
      return jsonrpc::parse(text, 64)->value;
    }
    ADD_FAILURE() << "nothing more was sent to " << peer;
    return Object();
  }

  static std::vector<std::string> names(const Object& object) {
    std::vector<std::string> all;
    for (const auto& member : object) all.emplace_back(member.key());
    std::ranges::sort(all);
    return all;
  }

  void server_asked(const std::string& peer, const Object& recorded) {
    const std::string method = text_of(recorded, "method");
    const Object& params = recorded.at("params").as_object();
    command(method, params);
    drain();
    if (method == "verto.display") return;
    const Object ours = next(peer).as_object();
    EXPECT_EQ(text_of(ours, "method"), method);
    EXPECT_EQ(names(ours.at("params").as_object()), names(params)) << method;
    if (method == "verto.clientReady") {
      EXPECT_EQ(ours.at("params"), recorded.at("params"));
    }
    if (method == "verto.invite")
      renamed_.emplace_back(text_of(params, "callID"),
                            text_of(ours.at("params").as_object(), "callID"));
  }

  void command(const std::string& method, const Object& params) {
    const std::string call_id = text_of(params, "callID");
    const std::string sdp = text_of(params, "sdp");
    const CallId call = calls_[call_id];
    if (method == "verto.media") endpoint_->media(call, sdp, now_);
    if (method == "verto.answer") endpoint_->answer(call, sdp.empty() ? "sdp" : sdp, now_);
    if (method == "verto.attach") endpoint_->attach(call, sdp, now_);
    if (method == "verto.bye")
      endpoint_->bye(call, *cause_from_code(params.at("causeCode").as_int64()), now_);
    if (method == "verto.invite")
      calls_[call_id] = *endpoint_->invite(
          session_,
          {sdp,
           {text_of(params, "caller_id_number"), text_of(params, "caller_id_name")},
           {text_of(params, "callee_id_number"), text_of(params, "callee_id_name")}},
          now_);
  }

  void server_replied(const std::string& peer, const Value& recorded) {
    const Object* object = recorded.if_object();
    const std::string method = object ? methods_[peer + raw_id(*object)] : "";
    if (object && differs_on_purpose(peer, method, *object)) return;
    const Value ours = next(peer);
    if (!object) {
      EXPECT_EQ(shape(ours), shape(recorded));
      return;
    }
    EXPECT_EQ(shape(ours), shape(recorded)) << method;
    // A session id made by the server is another one in every run.
    const auto session_id = [](const Value& reply) {
      const Object* result = jsonrpc::find_object(reply.as_object(), "result");
      return result ? text_of(*result, "sessid") : "";
    };
    if (session_id(recorded) != session_id(ours))
      renamed_.emplace_back(session_id(recorded), session_id(ours));
  }

  // Ours is looser where the reference server is stricter than its clients need, and stricter where
  // it tells strangers who is a user.
  bool differs_on_purpose(const std::string& peer, const std::string& method,
                          const Object& recorded) {
    const Object* error = jsonrpc::find_object(recorded, "error");
    if (!error) return false;
    const std::string message = text_of(*error, "message");
    if (message == "Login Incorrect" || method == "verto.login") {
      const Value ours = next(peer);
      EXPECT_EQ(shape(ours), raw_id(recorded) + (method == "verto.login"
                                                     ? R"( message="logged in" sessid="")"
                                                     : " error -32001 Authentication Failure"));
      return true;
    }
    return raw_id(recorded) == "9" && method.empty();  // an error response is no request
  }
  // What is compared of a reply: its id, kind, error, texts for clients and the members of its
  // result.
  static std::string shape(const Value& reply) {
    if (const auto* batch = reply.if_array()) {
      std::string all;
      for (const Value& one : *batch) all += shape(one) + ";";
      return all;
    }
    const Object& object = reply.as_object();
    std::string text = raw_id(object);
    if (const Object* error = jsonrpc::find_object(object, "error"))
      return text + " error " + jsonrpc::print(error->at("code")) + " " +
             text_of(*error, "message");
    Object result = object.at("result").as_object();
    result.erase("stereoAudio");  // both are told by the reference server without any effect
    result.erase("superuser");
    if (result.contains("sessid"))
      result["sessid"] =
          text_of(result, "sessid").substr(0, result.at("sessid").as_string().size() == 36 ? 0 : 8);
    if (result.contains("callID")) result["callID"] = "";
    for (const std::string& name : names(result))
      text += " " + name + "=" + jsonrpc::print(result.at(name));
    return text;
  }

  std::map<std::string, ConnId> peers_;
  std::map<std::string, CallId> calls_;  // by recorded callID
  std::map<std::string, std::string> methods_;
  std::vector<std::pair<std::string, std::string>> renamed_;
  SessionId session_;
};

TEST_P(Traces, AreAnsweredInTheSameShape) {
  std::ifstream file(std::string(VIADUCT_SOURCE_DIR "/tests/golden/verto/") + GetParam() +
                     ".jsonl");
  ASSERT_TRUE(file.is_open());
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    SCOPED_TRACE(std::string(GetParam()) + ".jsonl:" + std::to_string(number));
    const Value parsed = jsonrpc::parse(line, 64)->value;
    now_ += 10ms;
    play(parsed.as_object());
    if (HasFailure()) break;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Traces,
                         testing::Values("framing-errors", "login-variants", "sip-to-verto",
                                         "browser-verto-jq-gh", "browser-signalwire-js",
                                         "browser-vertojs"));

}  // namespace
}  // namespace viaduct::verto
