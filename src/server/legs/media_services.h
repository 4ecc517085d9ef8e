// What every leg needs to give its party a media transport, and the port through which RTP sockets
// are had. Control thread only.
#pragma once

#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "base/address.h"
#include "base/result.h"
#include "base/rng.h"
#include "base/time.h"
#include "media/graph/messages.h"
#include "signalling/negotiation/types.h"

namespace viaduct::legs {

// A bound pair of RTP and RTCP sockets on a worker.
struct RtpLease {
  graph::SocketHandle rtp = 0;
  graph::SocketHandle rtcp = 0;
  uint16_t port = 0;  // of rtp; rtcp is on the next
};

// Filled by the shell (io/net's RtpPorts) or by a fake network.
class RtpPortSource {
 public:
  virtual ~RtpPortSource() = default;
  // Errors: exhausted.
  virtual base::Result<RtpLease> acquire(size_t worker, base::TimePoint now) = 0;
  // The worker has let go of the sockets.
  virtual void release(size_t worker, const RtpLease& lease, base::TimePoint now) = 0;
};

struct MediaAddresses {
  // How others reach the shared port of each worker: candidates, best first. One entry a worker.
  std::vector<std::vector<base::SocketAddress>> webrtc;
  base::IpAddress rtp;  // c= of plain legs
};

// A command and the worker it is for.
struct MediaCommand {
  size_t worker;
  graph::Command command;
};

// The media sessions of all legs: on which worker each lives and which ports it holds.
class MediaServices {
 public:
  // `ports` and `rng` must outlive this.
  MediaServices(MediaAddresses addresses, negotiation::Fingerprint fingerprint,
                RtpPortSource& ports, base::Rng& rng);

  // Places a session: beside another, or on the worker with the fewest.
  void place(graph::MediaId id, graph::MediaId beside = {});
  // Gives a placed session a port pair. Errors: exhausted.
  base::Result<RtpLease> lease(graph::MediaId id, base::TimePoint now);
  // To the session's worker. False: dropped, the session is not placed.
  bool emit(graph::MediaId id, graph::Command command);
  // CloseSession for a session that was opened; just forgets one that was not.
  void close(graph::MediaId id);
  // The worker has closed it: its ports go back.
  void closed(graph::MediaId id, base::TimePoint now);

  // Only for a session that was placed.
  size_t worker_of(graph::MediaId id) const { return sessions_.at(id).worker; }
  // Where a placed session is reached: the best candidate, or its RTP port.
  base::SocketAddress local(graph::MediaId id) const;
  // Only for a session that was placed.
  const std::vector<base::SocketAddress>& candidates(graph::MediaId id) const;
  const base::IpAddress& rtp_address() const { return addresses_.rtp; }
  const negotiation::Fingerprint& fingerprint() const { return fingerprint_; }
  base::Rng& rng() { return rng_; }

  std::deque<MediaCommand>& commands() { return commands_; }
  // Sessions that a worker still holds, and their ports.
  size_t sessions() const { return sessions_.size(); }
  size_t leases() const;

 private:
  struct Session {
    size_t worker = 0;
    bool opened = false;
    bool leased = false;
    RtpLease lease;
  };
  MediaAddresses addresses_;
  negotiation::Fingerprint fingerprint_;
  RtpPortSource& ports_;
  base::Rng& rng_;
  std::unordered_map<graph::MediaId, Session> sessions_;
  std::vector<size_t> load_;  // sessions of each worker
  std::deque<MediaCommand> commands_;
};

}  // namespace viaduct::legs
