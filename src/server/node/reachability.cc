#include "server/node/reachability.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/networks.h"
#include "io/net/clock.h"
#include "io/net/os_address.h"
#include "io/net/poller.h"

namespace viaduct::node {
namespace {

constexpr uint32_t kFirstProbe = 1u << 16;  // keys below are the ports'

// One address at one port. The datagram is random, so that nobody else's is taken for it.
struct Probe {
  size_t address;
  net::UdpSocket udp;
  net::TcpSocket tcp;
  std::array<uint8_t, 20> token;
  bool answered = false;
  bool connected = false;
  bool refused = false;
};

class Trial {
 public:
  Trial(std::span<const MediaPort> ports, std::span<const base::IpAddress> advertised,
        base::Rng& rng)
      : ports_(ports) {
    for (uint32_t i = 0; i < ports.size(); ++i) poller_.add(ports[i].udp.fd(), i);
    for (const MediaPort& port : ports)
      for (size_t i = 0; i < advertised.size(); ++i)
        begin(i, {advertised[i], port.udp.local().port}, rng);
  }

  void run(base::TimePoint until) {
    while (!std::ranges::all_of(probes_, settled)) {
      const auto ready = poller_.wait(until);
      if (ready.empty()) return;
      for (const uint32_t key : ready) {
        if (key < kFirstProbe) answer(ports_[key].udp);
        else if ((key - kFirstProbe) % 2 == 0) hear(probes_[(key - kFirstProbe) / 2]);
        else see_connection(probes_[(key - kFirstProbe) / 2]);
      }
    }
  }

  const std::vector<Probe>& probes() const { return probes_; }

 private:
  static bool settled(const Probe& probe) {
    return probe.answered && (probe.connected || probe.refused);
  }

  void begin(size_t index, const base::SocketAddress& to, base::Rng& rng) {
    const auto any = base::IpAddress::parse(to.ip.is_v6() ? "::" : "0.0.0.0").value();
    const uint32_t key = kFirstProbe + 2 * static_cast<uint32_t>(probes_.size());
    Probe& probe = probes_.emplace_back(Probe{.address = index, .udp = {}, .tcp = {}, .token = {}});
    rng.fill(probe.token);
    if (auto udp = net::UdpSocket::bind({any, 0})) {
      probe.udp = std::move(*udp);
      poller_.add(probe.udp.fd(), key);
      (void)probe.udp.send(to, probe.token);
    }
    auto tcp = net::TcpSocket::connect(to);
    probe.refused = !tcp;
    if (!tcp) return;
    probe.tcp = std::move(*tcp);
    poller_.add(probe.tcp.fd(), key + 1);
    poller_.watch_room(probe.tcp.fd(), key + 1, true);
  }

  // Our end: back to where it came from.
  void answer(const net::UdpSocket& port) {
    const size_t n = in_.receive(port);
    for (size_t i = 0; i < n; ++i)
      if (std::ranges::any_of(probes_, [&](const Probe& p) { return carries(i, p); }))
        (void)port.send(in_.from(i), in_.packet(i));
  }
  void hear(Probe& probe) {
    const size_t n = in_.receive(probe.udp);
    for (size_t i = 0; i < n; ++i) probe.answered |= carries(i, probe);
  }
  void see_connection(Probe& probe) {
    (probe.tcp.is_connected() ? probe.connected : probe.refused) = true;
    poller_.remove(probe.tcp.fd());
  }
  bool carries(size_t i, const Probe& probe) {
    return std::ranges::equal(in_.packet(i), probe.token);
  }

  std::span<const MediaPort> ports_;
  std::vector<Probe> probes_;
  net::Poller poller_;
  net::ReceiveBatch in_;
};

constexpr std::string_view kOwnFails =
    "media sent to this address of this machine does not arrive: is a firewall in the way, or does "
    "media.listen name another address?";
constexpr std::string_view kOwnTcpFails =
    "TCP connections to the media port of this address fail, so browsers without UDP have no "
    "sound: is a firewall in the way?";
constexpr std::string_view kForeignFails =
    "the advertised address cannot be reached from here over UDP and TCP; if this machine is "
    "behind NAT, forward the media ports, UDP and TCP, to it and try from outside (many routers do "
    "not lead back what comes from within)";
constexpr std::string_view kForeignTcpFails =
    "the advertised address can be reached over UDP, but not over TCP: forward the media ports for "
    "TCP as well, for browsers whose network lets no UDP through";
constexpr std::string_view kForeignUdpFails =
    "the advertised address can be reached over TCP, but not over UDP: forward the media ports for "
    "UDP as well";
constexpr std::string_view kNonePublic =
    "every advertised address is private: callers outside this network hear nothing; name the "
    "public address in media.advertise if there is one";

std::string_view fault_of(const Reached& r) {
  if (r.udp && r.tcp) return {};
  if (r.ours) return r.udp ? kOwnTcpFails : kOwnFails;
  return r.udp ? kForeignTcpFails : r.tcp ? kForeignUdpFails : kForeignFails;
}

}  // namespace

base::Result<MediaPort> MediaPort::bind(const base::SocketAddress& address) {
  // A port of the kernel's choice may be taken for TCP; there are others.
  for (int attempt = 0;; ++attempt) {
    auto udp = net::UdpSocket::bind(address);
    if (!udp) {
      const int error = udp.error().os_error;
      const bool no_ipv6 = address.ip.is_v6() && address.ip.is_unspecified() &&
                           (error == EAFNOSUPPORT || error == EADDRNOTAVAIL);
      if (no_ipv6) return bind({base::IpAddress::v4(0), address.port});
      return udp.error();
    }
    auto tcp = net::TcpListener::bind({address.ip, udp->local().port});
    if (tcp) return MediaPort{std::move(*udp), std::move(*tcp)};
    if (address.port != 0 || attempt == 16) return tcp.error();
  }
}

std::vector<Reached> try_to_reach(std::span<const MediaPort> ports,
                                  std::span<const base::IpAddress> advertised,
                                  base::Duration patience, base::Rng& rng) {
  const auto own = net::local_addresses();
  std::vector<Reached> out;
  for (const base::IpAddress& ip : advertised) {
    const bool ours = ip.is_loopback() || std::ranges::find(own, ip) != own.end();
    out.push_back({.address = ip, .ours = ours, .udp = true, .tcp = true});
  }
  Trial trial(ports, advertised, rng);
  trial.run(net::steady_now() + patience);
  for (const Probe& probe : trial.probes()) {
    out[probe.address].udp &= probe.answered;
    out[probe.address].tcp &= probe.connected;
  }
  return out;
}

std::vector<Finding> findings_of(std::span<const Reached> reached) {
  std::vector<Finding> out;
  for (const Reached& one : reached)
    if (const auto text = fault_of(one); !text.empty())
      out.push_back({base::LogLevel::warning, text, one.address.str()});
  std::string all;
  for (const Reached& one : reached) {
    if (base::reach_of(one.address) == base::Reach::world) return out;
    all += (all.empty() ? "" : ", ") + one.address.str();
  }
  out.push_back({base::LogLevel::info, kNonePublic, std::move(all)});
  return out;
}

}  // namespace viaduct::node
