// The start-up test of the media ports: can what we tell others to send to be reached at all? Real
// packets to each advertised address, answered by our own sockets before the workers have them.
// What was seen is said in one sentence each; nothing is refused.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/log.h"
#include "base/rng.h"
#include "base/time.h"
#include "io/net/tcp_socket.h"
#include "io/net/udp_socket.h"

namespace viaduct::node {

// A worker's port for WebRTC.
struct MediaPort {
  // The same number for both. An IPv6 wildcard on a machine without IPv6 becomes the IPv4 one; port
  // 0 is any number. Errors: io.
  static base::Result<MediaPort> bind(const base::SocketAddress& address);

  net::UdpSocket udp;
  net::TcpListener tcp;
};

// What became of one advertised address, over all ports.
struct Reached {
  base::IpAddress address;
  bool ours = false;  // an interface of this machine has it
  bool udp = false;
  bool tcp = false;
};

// Tries each address at each port, at most for `patience` in all.
std::vector<Reached> try_to_reach(std::span<const MediaPort> ports,
                                  std::span<const base::IpAddress> advertised,
                                  base::Duration patience, base::Rng& rng);

struct Finding {
  base::LogLevel level;
  std::string_view text;
  std::string address;  // the one it speaks of, or all
};
// What a person should know of it; empty when all is well and public.
std::vector<Finding> findings_of(std::span<const Reached> reached);

}  // namespace viaduct::node
