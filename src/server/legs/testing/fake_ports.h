// For tests: RTP port pairs that exist only as numbers.
#pragma once

#include <set>

#include "server/legs/media_services.h"

namespace viaduct::legs::testing {

class FakePorts final : public RtpPortSource {
 public:
  size_t pairs = 100;  // how many there are
  size_t leased() const { return leased_.size(); }

  base::Result<RtpLease> acquire(size_t, base::TimePoint) override {
    if (leased_.size() >= pairs) return base::Error{base::Errc::exhausted, "no RTP port is free"};
    const RtpLease lease{
        .rtp = next_, .rtcp = next_ + 1, .port = static_cast<uint16_t>(19999 + next_)};
    next_ += 2;
    leased_.insert(lease.rtp);
    return lease;
  }
  void release(size_t, const RtpLease& lease, base::TimePoint) override {
    leased_.erase(lease.rtp);
  }

 private:
  graph::SocketHandle next_ = 1;
  std::set<graph::SocketHandle> leased_;
};

}  // namespace viaduct::legs::testing
