// RtpPorts: pairs of UDP sockets on an even port and the next (RFC 3550 §11) out of a range. A pair
// is bound before anybody is told of it, so that no description names a port that is not ours; a
// released pair rests before it is used again, so that stale media cannot reach the next call.
// Control thread only.
#pragma once

#include <deque>
#include <vector>

#include "base/result.h"
#include "base/rng.h"
#include "base/time.h"
#include "io/net/udp_socket.h"

namespace viaduct::net {

struct RtpPortsOptions {
  base::IpAddress address;  // to bind
  uint16_t first = 20000;   // even ports from here ...
  uint16_t last = 29999;    // ... the odd one of the last pair is at most this
  // A phone that did not hear our BYE goes on sending until its own timers end: 32 s (RFC 3261
  // 64*T1).
  base::Duration rest = std::chrono::seconds(32);
};

struct RtpPair {
  UdpSocket rtp;
  UdpSocket rtcp;
  uint16_t port = 0;  // of rtp
};

class RtpPorts {
 public:
  RtpPorts(RtpPortsOptions options, base::Rng& rng);

  // Errors: exhausted. A port that another program holds is passed over.
  base::Result<RtpPair> acquire(base::TimePoint now);
  // After the pair's sockets are closed.
  void release(uint16_t port, base::TimePoint now);
  size_t in_use() const { return in_use_; }

 private:
  struct Resting {
    uint16_t port;
    base::TimePoint until;
  };
  RtpPortsOptions options_;
  std::vector<uint16_t> free_;  // in random order: ports are not to be guessed
  std::deque<Resting> resting_;
  base::Rng& rng_;
  size_t in_use_ = 0;
};

}  // namespace viaduct::net
