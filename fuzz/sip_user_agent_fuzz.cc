// A user agent faces a peer who knows a password and the state of his calls, and sends what he
// likes: right messages, right ones with damage, raw bytes; its owner acts at random too. Each
// session ends exactly once, all is bounded, and after the owner hung up everything nothing is
// left.
#include <algorithm>
#include <set>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "base/encoding.h"
#include "signalling/dialog/user_agent.h"
#include "signalling/sip/digest_client.h"

namespace {

using namespace viaduct;
using namespace viaduct::dialog;
using base::ByteReader;
using sip::HeaderName;
using sip::Message;
using sip::Method;

enum class Step : uint8_t { raw, enter, inside, response, cancel, owner, call, time, fail, count };

constexpr Method kInside[] = {Method::bye,  Method::invite,  Method::ack,    Method::info,
                              Method::info, Method::options, Method::update, Method::cancel};
constexpr uint16_t kStatuses[] = {100, 180, 183, 200, 200, 302, 401, 408, 481, 486, 491, 500};

class OneUser final : public Credentials {
 public:
  std::optional<sip::DigestSecret> find(std::string_view user, std::string_view) const override {
    if (user != "u") return std::nullopt;
    return sip::DigestSecret::from_password("p");
  }
};

UserAgentOptions small_options() {
  UserAgentOptions options;
  options.max_sessions = 8;
  options.max_forks = 3;
  options.transactions.max_server_transactions = 32;
  options.transactions.max_client_transactions = 16;
  options.registrar.max_contacts = 3;
  // One digest instead of two at each step.
  options.digest.algorithms = {sip::DigestAlgorithm::md5};
  return options;
}

class Rig {
 public:
  Rig() : agent_(small_options(), rng_, credentials_) {
    agent_.set_listener({1, sip::Transport::udp, "198.51.100.1", 5060});
  }

  void drive(Step step, ByteReader& in) {
    switch (step) {
      case Step::raw: receive(std::string(base::as_text(take(in)))); break;
      case Step::enter: enter(in); break;
      case Step::inside: inside(in); break;
      case Step::response: respond(in); break;
      case Step::cancel: cancel(in); break;
      case Step::owner: act(in); break;
      case Step::call: call(in); break;
      case Step::time: run_for(std::chrono::milliseconds(in.u16())); break;
      case Step::fail: agent_.flow_failed(flow_, now_); break;
      case Step::count: break;
    }
    drain();
    check();
  }

  void finish() {
    while (!live_.empty()) {
      VIADUCT_CHECK(agent_.sessions().hang_up(*live_.begin(), std::nullopt, now_).has_value());
      drain();
    }
    run_for(std::chrono::minutes(20));
    VIADUCT_CHECK(agent_.counts().idle());
    run_for(std::chrono::hours(2));
    VIADUCT_CHECK(agent_.counts().bindings == 0);
    VIADUCT_CHECK(agent_.next_timeout() == base::kNever);
  }

 private:
  static std::span<const uint8_t> take(ByteReader& in) {
    return in.bytes(std::min<size_t>(size_t{in.u8()} * 4, in.remaining()));
  }
  // A few bytes changed, a line lost or doubled.
  static std::string damaged(std::string text, ByteReader& in) {
    const int times = in.u8() % 4;
    for (int i = 0; i < times && !text.empty(); ++i) {
      const size_t at = in.u16() % text.size();
      const uint8_t how = in.u8();
      const size_t line = text.rfind('\n', at);
      const size_t end = text.find('\n', at);
      if (how >= 8 || line == std::string::npos || end == std::string::npos)
        text[at] = static_cast<char>(how);
      else if (how < 4) text.erase(line, end - line);
      else text.insert(end, text.substr(line, end - line));
    }
    return text;
  }
  Message request(Method method, std::string_view call_id, std::string_view to_tag, uint8_t shape) {
    Message out = Message::request(method, "sip:u@198.51.100.1");
    out.add(HeaderName::via,
            "SIP/2.0/UDP 192.0.2.5;rport;branch=z9hG4bK" + std::to_string(++branch_));
    out.add(HeaderName::max_forwards, "70");
    out.add(HeaderName::from, "<sip:u@h>;tag=peer");
    out.add(HeaderName::to,
            "<sip:u@h>" + (to_tag.empty() ? std::string() : ";tag=" + std::string(to_tag)));
    out.add(HeaderName::call_id, call_id);
    out.add(HeaderName::cseq, sip::CSeq::of(++cseq_, method).str());
    out.add(HeaderName::contact, shape & 1 ? "<sip:u@10.0.0.1>" : "<sip:u@192.0.2.5:5070>");
    if (shape & 2) out.add(HeaderName::record_route, shape & 4 ? "<sip:192.0.2.9>" : "<sip:r;lr>");
    if (shape & 8) out.set_body("application/sdp", "v=0\r\n");
    if (method == Method::info)
      out.set_body(shape & 16 ? "application/dtmf" : "application/dtmf-relay", "Signal=5\r\n");
    return out;
  }
  // INVITE or REGISTER with the right password.
  void enter(ByteReader& in) {
    const uint8_t shape = in.u8();
    const Method method = shape & 128 ? Method::register_ : Method::invite;
    Message message = request(method, "c" + std::to_string(++calls_), {}, shape);
    if (challenge_ && client_.authorize(message, rng_)) {
      if (method == Method::invite) last_invite_ = message;
    }
    receive(damaged(message.str(), in));
  }
  void inside(ByteReader& in) {
    if (dialogs_.empty()) return;
    const auto& [call_id, tag, from, invite_cseq] = dialogs_[in.u8() % dialogs_.size()];
    const Method method = kInside[in.u8() % std::size(kInside)];
    Message message = request(method, call_id, tag, in.u8());
    message.set(HeaderName::from, from);
    if (method == Method::ack)
      message.set(HeaderName::cseq, sip::CSeq::of(invite_cseq, Method::ack).str());
    receive(damaged(message.str(), in));
  }
  void cancel(ByteReader& in) {
    if (!last_invite_.is_request()) return;
    std::string text = last_invite_.str();
    if (in.u8() & 1) return receive(text);  // the INVITE again
    const size_t cseq = text.find(" INVITE\r\n");
    if (cseq != std::string::npos) text.replace(cseq, 7, " CANCEL");
    text.replace(0, 6, "CANCEL");
    receive(damaged(std::move(text), in));
  }
  void respond(ByteReader& in) {
    if (requests_.empty()) return;
    const auto asked = sip::parse(requests_[in.u8() % requests_.size()]);
    if (!asked) return;
    const uint16_t status = kStatuses[in.u8() % std::size(kStatuses)];
    const uint8_t shape = in.u8();
    Message response = sip::make_response(*asked, status, shape & 1 ? "one" : "two");
    if (status == 401)
      response.add(HeaderName::www_authenticate, "Digest realm=\"far\", nonce=\"" +
                                                     std::to_string(shape) + "\", qop=\"auth\"" +
                                                     (shape & 2 ? ", stale=true" : ""));
    if (shape & 4) response.add(HeaderName::contact, "<sip:far@192.0.2.5:5080>");
    if (shape & 8) response.set_body("application/sdp", "v=0\r\n");
    receive(damaged(response.str(), in));
  }
  void call(ByteReader& in) {
    Invite invite;
    invite.flow = flow_;
    invite.target = "sip:far@192.0.2.5";
    invite.from = {"", "sip:us@198.51.100.1", ""};
    const uint8_t shape = in.u8();
    if (shape & 1) invite.sdp = "v=0\r\n";
    if (shape & 2)
      invite.credentials = sip::DigestClient("x", sip::DigestSecret::from_password("y"));
    if (shape & 4) invite.route = {"sip:192.0.2.9"};
    if (const auto id = agent_.sessions().invite(std::move(invite), now_)) live_.insert(*id);
  }
  void act(ByteReader& in) {
    if (live_.empty()) return;
    auto it = live_.begin();
    std::advance(it, in.u8() % live_.size());
    const SessionId id = *it;
    InviteSessions& sessions = agent_.sessions();
    switch (in.u8() % 10) {
      case 0: (void)sessions.progress(id, 180, std::nullopt, now_); break;
      case 1: (void)sessions.answer(id, "v=0\r\n", now_); break;
      case 2: (void)sessions.reject(id, {}, now_); break;
      case 3: (void)sessions.hang_up(id, sip::Reason{"Q.850", 16, "x"}, now_); break;
      case 4: (void)sessions.reinvite(id, "v=0\r\n", now_); break;
      case 5: (void)sessions.reinvite(id, std::nullopt, now_); break;
      case 6: (void)sessions.answer_reinvite(id, "v=0\r\n", now_); break;
      case 7: (void)sessions.reject_reinvite(id, 488, now_); break;
      case 8: (void)sessions.acknowledge(id, "v=0\r\n"); break;
      default: (void)sessions.send_dtmf(id, '1', std::chrono::milliseconds(100), now_);
    }
  }
  void receive(const std::string& bytes) {
    agent_.receive(bytes, flow_, now_, base::WallTime(now_.time_since_epoch()));
  }
  void run_for(base::Duration duration) {
    const base::TimePoint end = now_ + duration;
    drain();
    while (agent_.next_timeout() <= end) {
      now_ = std::max(now_, agent_.next_timeout());
      agent_.handle_timeout(now_);
      drain();
    }
    now_ = end;
  }
  void drain() {
    while (auto output = agent_.poll(now_)) {
      if (auto* send = std::get_if<Send>(&*output)) {
        on_sent(send->bytes);
      } else if (auto* call = std::get_if<IncomingCall>(&*output)) {
        VIADUCT_CHECK(call->user == "u@viaduct");
        VIADUCT_CHECK(live_.insert(call->session).second);
      } else if (auto* ended = std::get_if<Ended>(&*output)) {
        VIADUCT_CHECK(live_.erase(ended->session) == 1);
      }
    }
  }
  // What the peer learns from our messages: challenges, dialogs, requests to answer.
  void on_sent(const std::string& bytes) {
    const auto message = sip::parse(bytes);
    if (!message) return;
    if (message->is_request()) {
      if (requests_.size() >= 32) requests_.erase(requests_.begin());
      requests_.push_back(bytes);
      if (message->is(Method::ack) || message->is(Method::bye))
        remember(*message, message->from(), message->to());
      return;
    }
    if (message->status() == 401 && client_.take_challenge(*message, false)) challenge_ = true;
    if (message->status() > 100 && message->status() < 300)
      remember(*message, message->to(), message->from());
  }
  void remember(const Message& message, const base::Result<sip::NameAddr>& ours,
                const base::Result<sip::NameAddr>& theirs) {
    const auto cseq = message.cseq();
    if (!ours || !theirs || !cseq || ours->tag().empty()) return;
    if (dialogs_.size() >= 16) dialogs_.erase(dialogs_.begin());
    dialogs_.push_back(
        {std::string(message.call_id()), std::string(ours->tag()), theirs->str(), cseq->number});
  }
  void check() const {
    const UserAgent::Counts counts = agent_.counts();
    VIADUCT_CHECK(counts.sessions <= 8 && counts.bindings <= 3);
    VIADUCT_CHECK(live_.size() <= counts.sessions);
    VIADUCT_CHECK(counts.transactions.servers <= 32 && counts.transactions.clients <= 16);
  }

  struct Known {
    std::string call_id;
    std::string tag;
    std::string from;
    uint32_t invite_cseq;
  };
  OneUser credentials_;
  base::SeededRng rng_{1};
  UserAgent agent_;
  sip::Flow flow_{sip::Transport::udp, 1, {base::IpAddress::v4(0xC0000205), 5060}, 0};
  base::TimePoint now_{std::chrono::hours(1)};
  std::set<SessionId> live_;
  sip::DigestClient client_{"u", sip::DigestSecret::from_password("p")};
  bool challenge_ = false;
  Message last_invite_;
  std::vector<Known> dialogs_;
  std::vector<std::string> requests_;
  int branch_ = 0;
  int calls_ = 0;
  uint32_t cseq_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  ByteReader in({data, size});
  Rig rig;
  for (int step = 0; step < 150 && in.remaining() > 0; ++step)
    rig.drive(static_cast<Step>(in.u8() % static_cast<uint8_t>(Step::count)), in);
  rig.finish();
  return 0;
}
