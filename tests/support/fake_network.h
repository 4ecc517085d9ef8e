// FakeNetwork: datagrams between addresses, each the same time on its way, and the rules by which a
// scenario loses, delays or doubles some of them. Keeps the ladder that a failed scenario prints.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.h"
#include "support/virtual_time.h"

namespace viaduct::support {

class Receiver {
 public:
  virtual ~Receiver() = default;
  virtual void datagram(const base::SocketAddress& from, const base::SocketAddress& to,
                        std::span<const uint8_t> bytes) = 0;
};

struct Rule {
  enum class Action { lose, delay, duplicate };
  Action action = Action::lose;
  std::string title;   // "INVITE", "200", "200 BYE", "RTP"
  base::IpAddress ip;  // of the party
  bool from = false;   // sent by it; else sent to it
  size_t count = 1;    // how many of them
  base::Duration delay{};
};

class FakeNetwork {
 public:
  explicit FakeNetwork(VirtualTime& time) : time_(time) {}

  // One way. WebSocket frames take as long.
  base::Duration latency = std::chrono::milliseconds(10);

  // The receiver must unbind before it dies. Port 0: every port of the address.
  void bind(const base::SocketAddress& address, Receiver& receiver) { bound_[address] = &receiver; }
  void unbind(const base::SocketAddress& address) { bound_.erase(address); }
  void send(const base::SocketAddress& from, const base::SocketAddress& to,
            std::span<const uint8_t> bytes);
  void add_rule(Rule rule) { rules_.push_back(std::move(rule)); }
  VirtualTime& time() { return time_; }

  // The ladder: names for addresses, and lines of whoever has something to tell.
  void name(const base::IpAddress& ip, std::string name) { names_[ip] = std::move(name); }
  std::string name_of(const base::IpAddress& ip) const;
  void trace(std::string_view line);
  const std::string& ladder() const { return ladder_; }

 private:
  void deliver_later(base::Duration delay, const base::SocketAddress& from,
                     const base::SocketAddress& to, std::span<const uint8_t> bytes);
  Rule* rule_for(const base::SocketAddress& from, const base::SocketAddress& to,
                 std::string_view title);

  VirtualTime& time_;
  std::map<base::SocketAddress, Receiver*> bound_;
  std::map<base::IpAddress, std::string> names_;
  std::vector<Rule> rules_;
  std::string ladder_;
};

// "INVITE", "200 INVITE", "RTP", "STUN" ...
std::string title_of(std::span<const uint8_t> datagram);

}  // namespace viaduct::support
