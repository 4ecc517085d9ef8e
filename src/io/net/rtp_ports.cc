#include "io/net/rtp_ports.h"

namespace viaduct::net {

RtpPorts::RtpPorts(RtpPortsOptions options, base::Rng& rng) : options_(options), rng_(rng) {
  for (uint32_t port = options_.first + (options_.first & 1u); port + 1 <= options_.last; port += 2)
    free_.push_back(static_cast<uint16_t>(port));
}

base::Result<RtpPair> RtpPorts::acquire(base::TimePoint now) {
  while (!resting_.empty() && resting_.front().until <= now) {
    free_.push_back(resting_.front().port);
    resting_.pop_front();
  }
  // A foreign program's ports stay in the list: it may let go of them. Sixteen tries find a free
  // one unless nearly all are taken.
  for (int attempt = 0; attempt < 16 && !free_.empty(); ++attempt) {
    const size_t at = rng_.below(static_cast<uint32_t>(free_.size()));
    const uint16_t port = free_[at];
    auto rtp = UdpSocket::bind({options_.address, port});
    if (!rtp) continue;
    auto rtcp = UdpSocket::bind({options_.address, static_cast<uint16_t>(port + 1)});
    if (!rtcp) continue;
    free_[at] = free_.back();
    free_.pop_back();
    ++in_use_;
    return RtpPair{std::move(*rtp), std::move(*rtcp), port};
  }
  return base::Error{base::Errc::exhausted, "no free RTP port pair"};
}

void RtpPorts::release(uint16_t port, base::TimePoint now) {
  resting_.push_back({port, now + options_.rest});
  --in_use_;
}

}  // namespace viaduct::net
