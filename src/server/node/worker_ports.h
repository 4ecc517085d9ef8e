// WorkerPorts: io/net's RTP ports for the legs: binds a pair here, sends its sockets to the worker
// ahead of the session that will use them, and hands out the handles by which both know them: their
// ports, which are small numbers, no two alike, and rest before they are used again.
#pragma once

#include <vector>

#include "io/net/rtp_ports.h"
#include "server/legs/media_services.h"
#include "server/node/media_thread.h"

namespace viaduct::node {

class WorkerPorts final : public legs::RtpPortSource {
 public:
  WorkerPorts(net::RtpPortsOptions options, base::Rng& rng) : ports_(options, rng) {}

  // In the order of the workers; must outlive this.
  void add_worker(Mailbox<ToWorker>& inbox) { inboxes_.push_back(&inbox); }

  base::Result<legs::RtpLease> acquire(size_t worker, base::TimePoint now) override {
    auto pair = ports_.acquire(now);
    if (!pair) return pair.error();
    const legs::RtpLease lease{
        .rtp = pair->port, .rtcp = graph::SocketHandle{pair->port} + 1, .port = pair->port};
    inboxes_[worker]->send(
        AddPair{lease.rtp, std::move(pair->rtp), lease.rtcp, std::move(pair->rtcp)});
    return lease;
  }
  void release(size_t, const legs::RtpLease& lease, base::TimePoint now) override {
    ports_.release(lease.port, now);
  }

 private:
  net::RtpPorts ports_;
  std::vector<Mailbox<ToWorker>*> inboxes_;
};

}  // namespace viaduct::node
