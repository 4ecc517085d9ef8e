// When to send the next RTCP report (RFC 3550 §6.2, two participants): a mean interval, drawn from
// half to one and a half times it so that reports do not fall into step.
#pragma once

#include "base/rng.h"
#include "base/time.h"

namespace viaduct::rtp {

class RtcpSchedule {
 public:
  explicit RtcpSchedule(base::Duration mean = std::chrono::seconds(5)) : mean_(mean) {}

  // The first report comes after half of an interval (§6.2).
  void start(base::TimePoint now, base::Rng& rng) { next_ = now + draw(rng) / 2; }
  void sent(base::TimePoint now, base::Rng& rng) { next_ = now + draw(rng); }
  void stop() { next_ = base::kNever; }
  base::TimePoint next() const { return next_; }
  bool due(base::TimePoint now) const { return now >= next_; }

 private:
  base::Duration draw(base::Rng& rng) const { return mean_ / 2 + mean_ * rng.below(1001) / 1000; }

  base::Duration mean_;
  base::TimePoint next_ = base::kNever;
};

}  // namespace viaduct::rtp
