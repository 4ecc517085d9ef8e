#include "server/legs/media_services.h"

#include <algorithm>

#include "base/check.h"

namespace viaduct::legs {

MediaServices::MediaServices(MediaAddresses addresses, negotiation::Fingerprint fingerprint,
                             RtpPortSource& ports, base::Rng& rng)
    : addresses_(std::move(addresses)),
      fingerprint_(std::move(fingerprint)),
      ports_(ports),
      rng_(rng),
      load_(addresses_.webrtc.size()) {
  VIADUCT_CHECK(!load_.empty());
}

void MediaServices::place(graph::MediaId id, graph::MediaId beside) {
  const auto neighbour = sessions_.find(beside);
  const size_t worker = neighbour != sessions_.end()
                            ? neighbour->second.worker
                            : static_cast<size_t>(std::ranges::min_element(load_) - load_.begin());
  const bool added = sessions_.emplace(id, Session{.worker = worker, .lease = {}}).second;
  VIADUCT_CHECK(added);
  ++load_[worker];
}

base::Result<RtpLease> MediaServices::lease(graph::MediaId id, base::TimePoint now) {
  Session& session = sessions_.at(id);
  auto lease = ports_.acquire(session.worker, now);
  if (!lease) return lease.error();
  session.leased = true;
  session.lease = *lease;
  return lease;
}

bool MediaServices::emit(graph::MediaId id, graph::Command command) {
  const auto it = sessions_.find(id);
  if (it == sessions_.end()) return false;
  if (std::holds_alternative<graph::OpenSession>(command)) it->second.opened = true;
  commands_.push_back({it->second.worker, std::move(command)});
  return true;
}

void MediaServices::close(graph::MediaId id) {
  const auto it = sessions_.find(id);
  if (it == sessions_.end()) return;
  if (it->second.opened) {
    commands_.push_back({it->second.worker, graph::CloseSession{id}});
  } else {
    --load_[it->second.worker];
    sessions_.erase(it);
  }
}

void MediaServices::closed(graph::MediaId id, base::TimePoint now) {
  const auto it = sessions_.find(id);
  if (it == sessions_.end()) return;
  if (it->second.leased) ports_.release(it->second.worker, it->second.lease, now);
  --load_[it->second.worker];
  sessions_.erase(it);
}

const std::vector<base::SocketAddress>& MediaServices::candidates(graph::MediaId id) const {
  return addresses_.webrtc[sessions_.at(id).worker];
}

base::SocketAddress MediaServices::local(graph::MediaId id) const {
  const auto it = sessions_.find(id);
  if (it == sessions_.end()) return {};
  if (it->second.leased) return {addresses_.rtp, it->second.lease.port};
  const auto& shared = addresses_.webrtc[it->second.worker];
  return shared.empty() ? base::SocketAddress{} : shared.front();
}

size_t MediaServices::leases() const {
  return static_cast<size_t>(
      std::ranges::count_if(sessions_, [](const auto& entry) { return entry.second.leased; }));
}

}  // namespace viaduct::legs
