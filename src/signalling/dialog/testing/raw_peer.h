// For the tests: one user agent and a peer made of literal messages, in virtual time.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "signalling/dialog/testing/agents_on_a_network.h"
#include "signalling/sip/digest_client.h"

namespace viaduct::dialog::testing {

class RawPeer {
 public:
  explicit RawPeer(UserAgentOptions options = {}) : agent(std::move(options), rng, credentials) {
    agent.set_listener({1, sip::Transport::udp, "198.51.100.1", 5060});
    agent.set_listener({2, sip::Transport::ws, "198.51.100.1", 8081});
  }

  void send(std::string_view bytes) { send_on(bytes, flow); }
  void send_on(std::string_view bytes, const sip::Flow& on) {
    agent.receive(bytes, on, now, base::WallTime(now.time_since_epoch()));
    drain();
  }
  void drain() {
    while (auto output = agent.poll(now)) {
      if (Send* sent_message = std::get_if<Send>(&*output)) {
        auto parsed = sip::parse(sent_message->bytes);
        ASSERT_TRUE(parsed) << sent_message->bytes;
        sent.push_back(std::move(*parsed));
        sent_to.push_back(sent_message->flow);
      } else {
        events.push_back(std::move(*output));
      }
    }
  }
  void run_for(base::Duration duration) {
    const base::TimePoint end = now + duration;
    drain();
    while (agent.next_timeout() <= end) {
      now = std::max(now, agent.next_timeout());
      agent.handle_timeout(now);
      drain();
    }
    now = end;
  }
  // Sends a request and, when challenged, again with credentials; the last response's status.
  uint16_t request(sip::Message message, std::string user = "alice") {
    send(with_via(message).str());
    if (last().status() != 401) return last().status();
    sip::DigestClient client(user, sip::DigestSecret::from_password(user + "-secret"));
    EXPECT_TRUE(client.take_challenge(last(), false));
    EXPECT_TRUE(client.authorize(message, rng));
    message.set(sip::HeaderName::cseq, sip::CSeq::of(++cseq, message.method()).str());
    send(with_via(message).str());
    return last().status();
  }
  sip::Message make(sip::Method method, std::string_view uri, std::string_view to_tag = {}) {
    sip::Message message = sip::Message::request(method, uri);
    message.add(sip::HeaderName::max_forwards, "70");
    message.add(sip::HeaderName::from, "\"Alice\" <sip:alice@example.org>;tag=peer");
    const std::string tag = to_tag.empty() ? std::string() : ";tag=" + std::string(to_tag);
    message.add(sip::HeaderName::to, "<sip:alice@example.org>" + tag);
    message.add(sip::HeaderName::call_id, call_id);
    message.add(sip::HeaderName::cseq, sip::CSeq::of(++cseq, method).str());
    return message;
  }
  sip::Message with_via(sip::Message message) {
    message.prepend(sip::HeaderName::via,
                    "SIP/2.0/UDP 192.0.2.5:5060;rport;branch=z9hG4bK" + std::to_string(++branch));
    return message;
  }
  // An INVITE that gets in; its event.
  const IncomingCall* ring(std::vector<HeaderField> headers = {}) {
    sip::Message invite = make(sip::Method::invite, "sip:9196@198.51.100.1");
    invite.add(sip::HeaderName::contact, "<sip:alice@192.0.2.5:5060>");
    for (const HeaderField& field : headers) invite.add(field.name, field.value);
    invite.set_body("application/sdp", "v=0\r\n");
    request(std::move(invite));
    return event<IncomingCall>();
  }
  // A response to the last request the agent sent.
  void respond(uint16_t status, std::string_view tag, std::vector<HeaderField> headers = {}) {
    sip::Message response = sip::make_response(last(), status, tag);
    for (const HeaderField& field : headers) response.add(field.name, field.value);
    send(response.str());
  }

  const sip::Message& last() const { return sent.back(); }
  template <class T>
  const T* event() const {
    for (auto it = events.rbegin(); it != events.rend(); ++it)
      if (const T* wanted = std::get_if<T>(&*it)) return wanted;
    return nullptr;
  }

  sip::Flow flow{sip::Transport::udp, 1, {base::IpAddress::v4(0xC0000205), 5060}, 0};  // 192.0.2.5
  base::TimePoint now{std::chrono::hours(1)};
  base::SeededRng rng{5};
  AnyoneButNobody credentials;
  UserAgent agent;
  std::vector<sip::Message> sent;
  std::vector<sip::Flow> sent_to;
  std::vector<Output> events;
  std::string call_id = "call-1";
  uint32_t cseq = 0;
  int branch = 0;
};

}  // namespace viaduct::dialog::testing
