#include "transport/peer/dtls_srtp.h"

#include <algorithm>
#include <utility>

namespace viaduct::peer {
namespace {

bool same(const std::vector<dtls::Fingerprint>& a, const std::vector<dtls::Fingerprint>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return x.algorithm == y.algorithm && x.digest == y.digest;
  });
}

// Of an association that is no more.
Fault fault_of(const dtls::Output& output) {
  const auto* failed = std::get_if<dtls::Failed>(&output);
  if (!failed) return Fault::closed;
  const bool stranger = failed->fault == dtls::Fault::fingerprint;
  return stranger ? Fault::fingerprint_mismatch : Fault::dtls_failed;
}

}  // namespace

void add_drops(const srtp::Counters& counters, Stats& stats) {
  stats.dropped_unauthentic += counters.authentication_failed;
  stats.dropped_replayed += counters.replayed;
  stats.dropped_malformed += counters.malformed;
}

bool DtlsSrtp::apply(const RemoteDtls& remote) {
  if (engine_ && !ended_ && remote_.our_role == remote.our_role &&
      same(remote_.fingerprints, remote.fingerprints))
    return false;
  remote_ = remote;
  start_anew();
  return true;
}

void DtlsSrtp::start_anew() {
  engine_ = options_.factory->create(remote_.our_role, remote_.fingerprints);
  started_ = ended_ = confirmed_ = false;
  drop_keys();
}

void DtlsSrtp::start(base::TimePoint now) {
  if (started_) return;
  started_ = true;
  engine_->start(now);
  for (const auto& datagram : std::exchange(early_, {})) engine_->receive(datagram, now);
}

bool DtlsSrtp::receive(std::span<const uint8_t> datagram, base::TimePoint now) {
  if (started_) {
    engine_->receive(datagram, now);
    return true;
  }
  if (early_.size() >= options_.max_early_datagrams) return false;
  early_.emplace_back(datagram.begin(), datagram.end());
  return true;
}

bool DtlsSrtp::confirm() {
  if (!engine_ || std::exchange(confirmed_, true)) return false;
  engine_->confirmed();
  return true;
}

void DtlsSrtp::handle_timeout(base::TimePoint now) {
  if (engine_ && now >= engine_->next_timeout()) engine_->handle_timeout(now);
}

base::TimePoint DtlsSrtp::next_timeout() const {
  return engine_ ? engine_->next_timeout() : base::kNever;
}

void DtlsSrtp::close() {
  if (!engine_) return;
  engine_->close();
  ended_ = true;
  drop_keys();
}

std::optional<DtlsSrtp::Output> DtlsSrtp::poll() {
  while (engine_) {
    auto output = engine_->poll();
    if (!output) break;
    if (auto* datagram = std::get_if<dtls::Datagram>(&*output)) return std::move(*datagram);
    if (const auto* connected = std::get_if<dtls::Connected>(&*output)) {
      auto context = srtp::Context::create(connected->keys, options_.max_streams);
      if (!context) return Fault::dtls_failed;  // a profile that DTLS offered, but our SRTP lacks
      srtp_.emplace(std::move(*context));
      continue;
    }
    ended_ = true;
    drop_keys();
    return fault_of(*output);
  }
  return std::nullopt;
}

void DtlsSrtp::drop_keys() {
  if (srtp_) peer::add_drops(srtp_->counters(), past_);
  srtp_.reset();
}

void DtlsSrtp::add_drops(Stats& stats) const {
  stats.dropped_unauthentic += past_.dropped_unauthentic;
  stats.dropped_replayed += past_.dropped_replayed;
  stats.dropped_malformed += past_.dropped_malformed;
  if (srtp_) peer::add_drops(srtp_->counters(), stats);
}

}  // namespace viaduct::peer
