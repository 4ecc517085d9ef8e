// For the tests: user agents joined by a seeded lossy network in virtual time.
//
//   Endpoint A --send--> [ loss, delay, reordering ] --> Endpoint B
//
// Everything that happens follows from the seed. One Endpoint is one UserAgent with its address.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "signalling/dialog/user_agent.h"

namespace viaduct::dialog::testing {

// Everybody's password is the name and "-secret"; names that begin with "nobody" do not exist.
class AnyoneButNobody final : public Credentials {
 public:
  std::optional<sip::DigestSecret> find(std::string_view user, std::string_view) const override {
    if (user.starts_with("nobody")) return std::nullopt;
    return sip::DigestSecret::from_password(std::string(user) + "-secret");
  }
};

struct Packet {
  base::SocketAddress from;
  base::SocketAddress to;
  std::string bytes;
  // "INVITE", "200 INVITE": the method, for responses after the status.
  std::string title() const {
    const auto message = sip::parse(bytes);
    if (!message) return "?";
    if (message->is_request()) return std::string(message->method_text());
    return std::to_string(message->status()) + " " + message->cseq()->method_text;
  }
};

class Endpoint {
 public:
  Endpoint(std::string who, uint8_t host, uint64_t seed, UserAgentOptions options)
      : name(std::move(who)),
        address{base::IpAddress::v4(0xCB007100u | host), 5060},  // 203.0.113.x
        rng(seed),
        agent(std::move(options), rng, credentials) {
    agent.set_listener({1, sip::Transport::udp, address.ip.str(), address.port});
  }

  sip::Flow flow_to(const Endpoint& other) const {
    return {sip::Transport::udp, 1, other.address, 0};
  }
  // A call to `other`, able to answer its challenge.
  Invite call_to(const Endpoint& other,
                 std::optional<std::string> sdp = "v=0\r\no=offer\r\n") const {
    Invite call;
    call.flow = flow_to(other);
    call.target = "sip:" + other.name + "@" + other.address.str();
    call.from = {"", "sip:" + name + "@" + address.ip.str(), ""};
    call.sdp = std::move(sdp);
    call.credentials = sip::DigestClient(name, sip::DigestSecret::from_password(name + "-secret"));
    return call;
  }
  // The events of one kind that have come so far.
  template <class T>
  std::vector<const T*> all() const {
    std::vector<const T*> out;
    for (const Output& event : events)
      if (const T* wanted = std::get_if<T>(&event)) out.push_back(wanted);
    return out;
  }
  template <class T>
  const T* last() const {
    const auto found = all<T>();
    return found.empty() ? nullptr : found.back();
  }
  InviteSessions& sessions() { return agent.sessions(); }

  std::string name;
  base::SocketAddress address;
  AnyoneButNobody credentials;
  base::SeededRng rng;
  UserAgent agent;
  std::vector<Output> events;  // without Send
  // Called with each event, to act as the owner would.
  std::function<void(const Output&)> owner;
};

class Network {
 public:
  explicit Network(uint64_t seed) : rng_(seed) {}

  void join(Endpoint& endpoint) { endpoints_[endpoint.address] = &endpoint; }

  base::TimePoint now{std::chrono::hours(1)};
  double loss = 0;
  base::Duration least_delay = std::chrono::milliseconds(10);
  base::Duration most_delay = std::chrono::milliseconds(10);
  // Asked for each packet sent; true loses it.
  std::function<bool(const Packet&)> drop;
  std::vector<Packet> log;     // all that was sent, lost ones too
  std::vector<Packet> to_raw;  // what reached addresses that are no endpoints

  // Puts bytes on the wire as if from `from`.
  void inject(const base::SocketAddress& from, const Endpoint& to, std::string bytes) {
    queue_.emplace(now, Packet{from, to.address, std::move(bytes)});
  }
  void run_for(base::Duration duration) {
    const base::TimePoint end = now + duration;
    settle();
    while (step(end)) settle();
    now = end;
  }
  // Until nobody has anything to do or say but for the bindings; false when that takes too long.
  bool run_until_idle(base::Duration limit = std::chrono::minutes(30)) {
    const base::TimePoint end = now + limit;
    settle();
    while (!idle())
      if (!step(end)) return false;
      else settle();
    return true;
  }
  bool idle() const {
    return queue_.empty() && std::all_of(endpoints_.begin(), endpoints_.end(), [](const auto& e) {
             return e.second->agent.counts().idle();
           });
  }
  size_t sent(std::string_view title) const {
    return static_cast<size_t>(
        std::count_if(log.begin(), log.end(), [&](const Packet& p) { return p.title() == title; }));
  }

 private:
  base::WallTime wall() const { return base::WallTime(now.time_since_epoch()); }

  // The next packet or timer; false when there is none before `end`.
  bool step(base::TimePoint end) {
    base::TimePoint next = queue_.empty() ? base::kNever : queue_.begin()->first;
    for (const auto& [address, endpoint] : endpoints_)
      next = std::min(next, endpoint->agent.next_timeout());
    if (next > end) return false;
    now = std::max(now, next);
    for (const auto& [address, endpoint] : endpoints_)
      if (endpoint->agent.next_timeout() <= now) endpoint->agent.handle_timeout(now);
    while (!queue_.empty() && queue_.begin()->first <= now) {
      const Packet packet = std::move(queue_.begin()->second);
      queue_.erase(queue_.begin());
      const auto to = endpoints_.find(packet.to);
      if (to == endpoints_.end()) to_raw.push_back(packet);
      else
        to->second->agent.receive(packet.bytes, {sip::Transport::udp, 1, packet.from, 0}, now,
                                  wall());
    }
    return true;
  }

  void settle() {
    for (bool more = true; more;) {
      more = false;
      for (const auto& [address, endpoint] : endpoints_)
        while (auto output = endpoint->agent.poll(now)) {
          more = true;
          take(*endpoint, std::move(*output));
        }
    }
  }
  void take(Endpoint& endpoint, Output output) {
    if (Send* send = std::get_if<Send>(&output)) {
      Packet packet{endpoint.address, send->flow.remote, std::move(send->bytes)};
      log.push_back(packet);
      const bool lost = rng_.below(10'000) < loss * 10'000;
      if (lost || (drop && drop(packet))) return;
      const auto spread = static_cast<uint32_t>((most_delay - least_delay).count() / 1000 + 1);
      const base::Duration delay = least_delay + std::chrono::microseconds(rng_.below(spread));
      queue_.emplace(now + delay, std::move(packet));
      return;
    }
    endpoint.events.push_back(output);
    if (endpoint.owner) endpoint.owner(output);
  }

  base::SeededRng rng_;
  std::map<base::SocketAddress, Endpoint*> endpoints_;
  std::multimap<base::TimePoint, Packet> queue_;
};

}  // namespace viaduct::dialog::testing
