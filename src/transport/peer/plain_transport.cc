#include "transport/peer/plain_transport.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "transport/peer/checks.h"
#include "transport/stun/demux.h"

namespace viaduct::peer {
namespace {

using base::SocketAddress;
using base::TimePoint;

constexpr std::array kBoth = {Component::rtp, Component::rtcp};

bool same(const base::Secret<srtp::MasterKey>& a, const base::Secret<srtp::MasterKey>& b) {
  return base::constant_time_equal(a.reveal().key_and_salt, b.reveal().key_and_salt) &&
         a.reveal().mki == b.reveal().mki;
}

}  // namespace

PlainTransport::PlainTransport(PlainOptions options)
    : options_(std::move(options)), paths_{Path(options_), Path(options_)} {}

// --- agreements ----------------------------------------------------------------------------------

void PlainTransport::apply(const RemotePlain& remote, TimePoint now, Sink& sink) {
  apply_addresses(remote);
  remote_ = remote;
  if (const auto* keys = std::get_if<srtp::Keys>(&remote.protection)) apply_sdes(*keys);
  else if (const auto* dtls = std::get_if<RemoteDtls>(&remote.protection))
    apply_dtls(*dtls, now, sink);
}

void PlainTransport::apply_addresses(const RemotePlain& remote) {
  const auto renew = [this](Component component, const SocketAddress& address) {
    unlock(path(component));
    path(component).target = address;
  };
  if (!remote_ || remote_->rtp != remote.rtp) renew(Component::rtp, remote.rtp);
  if (!remote_ || remote_->rtcp != remote.rtcp || remote_->rtcp_mux != remote.rtcp_mux)
    renew(Component::rtcp, remote.rtcp);
}

void PlainTransport::apply_sdes(const srtp::Keys& keys) {
  const bool ours_stays =
      sdes_ && sdes_keys_.profile == keys.profile && same(sdes_keys_.send, keys.send);
  if (ours_stays && same(sdes_keys_.receive, keys.receive)) return;
  if (!ours_stays) {
    if (sdes_) add_drops(sdes_->counters(), stats_);
    sdes_.reset();
    if (auto made = srtp::Context::create(keys, options_.dtls.max_streams))
      sdes_ = std::move(*made);
  } else if (!sdes_->renew_receive(keys.receive)) {
    return;
  }
  sdes_keys_ = keys;
  // Whoever has the new key may be behind another address.
  for (Path& each : paths_) unlock(each);
}

void PlainTransport::apply_dtls(const RemoteDtls& dtls, TimePoint now, Sink& sink) {
  if (!options_.dtls.factory) {
    events_.push_back(Failed{Fault::dtls_failed});
    return;
  }
  for (const Component via : kBoth) {
    if (via == Component::rtcp && remote_->rtcp_mux) break;
    const SocketAddress& described = via == Component::rtp ? remote_->rtp : remote_->rtcp;
    if (path(via).dtls.apply(dtls, described, now)) {
      unlock(path(via));
      if (via == Component::rtp) connected_ = false;
    }
    progress(via, now, sink);
  }
}

void PlainTransport::unlock(Path& path) {
  if (std::exchange(path.locked, false)) events_.push_back(AddressReleased{path.target});
}

void PlainTransport::lock(Component via, const SocketAddress& from) {
  Path& locked = path(via);
  if (std::exchange(locked.locked, true) && locked.target == from) return;
  locked.target = from;
  locked.dtls.moved(from);
  events_.push_back(AddressValidated{from});
  if (via != Component::rtp || connected_) return;
  connected_ = true;
  stats_.fault.reset();
  events_.push_back(Connected{});
}

// --- receiving -----------------------------------------------------------------------------------

bool PlainTransport::receive(Component via, std::span<uint8_t> datagram, const SocketAddress& from,
                             TimePoint now, Sink& sink) {
  const stun::PacketKind kind = stun::classify(datagram);
  if (kind == stun::PacketKind::dtls) {
    receive_dtls(via, datagram, from, now, sink);
    return true;
  }
  if (!remote_) {
    ++stats_.dropped_early;
    return false;
  }
  const bool is_rtcp = via == Component::rtcp || kind == stun::PacketKind::rtcp;
  if (kind != (is_rtcp ? stun::PacketKind::rtcp : stun::PacketKind::rtp)) {
    ++stats_.dropped_malformed;
    return false;
  }
  // It may lock the path, or be the first that DTLS has keyed.
  const bool may_settle = !path(via).locked || uses_dtls();
  const auto packet = open(via, is_rtcp, datagram, from);
  if (packet && is_rtcp) {
    ++stats_.rtcp_received;
    sink.rtcp(*packet);
  } else if (packet) {
    ++stats_.rtp_received;
    sink.rtp(*packet);
  }
  return may_settle;
}

std::optional<std::span<uint8_t>> PlainTransport::open(Component via, bool is_rtcp,
                                                       std::span<uint8_t> datagram,
                                                       const SocketAddress& from) {
  const Path& arrived_on = path(via);
  // Only RTP teaches the RTP address: a stray report must not fix where media goes.
  const bool may_teach = !arrived_on.locked && !(via == Component::rtp && is_rtcp);
  const bool is_foreign = arrived_on.target != from && !may_teach;
  if (is_protected() && !is_foreign) {
    srtp::Context* const srtp = context(via);
    if (!srtp) {
      ++stats_.dropped_early;
      return std::nullopt;
    }
    const auto length = is_rtcp ? srtp->unprotect_rtcp(datagram) : srtp->unprotect_rtp(datagram);
    if (!length) return std::nullopt;  // counted by the context
    if (uses_dtls()) path(via).dtls.confirm();
    datagram = datagram.first(*length);
  }
  if (!(is_rtcp ? is_sane_rtcp(datagram) : is_sane_rtp(datagram))) {
    ++stats_.dropped_malformed;
    return std::nullopt;
  }
  if (is_foreign) {
    ++stats_.dropped_foreign;
    stats_.foreign = from;
    return std::nullopt;
  }
  if (may_teach) lock(via, from);
  return datagram;
}

void PlainTransport::receive_dtls(Component via, std::span<const uint8_t> datagram,
                                  const SocketAddress& from, TimePoint now, Sink& sink) {
  Path& arrived_on = path(via);
  const bool unwanted = remote_ && !uses_dtls();
  if (unwanted || !options_.dtls.factory) {
    ++stats_.dropped_malformed;
    return;
  }
  ++stats_.dtls_received;
  if ((arrived_on.locked && from != arrived_on.target) ||
      !arrived_on.dtls.receive(datagram, from, now))
    ++(remote_ ? stats_.dropped_foreign : stats_.dropped_early);
  progress(via, now, sink);
}

// Without ICE a closed association tells nothing that signalling does not tell better: the phone
// hangs up, and its BYE is under way.
void PlainTransport::progress(Component via, TimePoint now, Sink& sink) {
  Path& path = this->path(via);
  const auto fault = path.dtls.drain(via, now, sink);
  if (fault && *fault != Fault::closed && via == Component::rtp) {
    connected_ = false;
    stats_.fault = fault;
    events_.push_back(Failed{*fault});
  }
  if (const auto proven = path.dtls.take_proven()) lock(via, *proven);
}

// --- sending and time ----------------------------------------------------------------------------

srtp::Context* PlainTransport::context(Component via) {
  return uses_dtls() ? path(via).dtls.srtp() : sdes_ ? &*sdes_ : nullptr;
}

bool PlainTransport::can_send() const {
  if (!remote_ || !is_sendable(remote())) return false;
  if (uses_dtls()) return path(Component::rtp).dtls.srtp() != nullptr;
  return !is_protected() || sdes_.has_value();
}

bool PlainTransport::send_rtp(std::span<uint8_t> buffer, size_t length, Sink& sink) {
  return send(Component::rtp, &srtp::Context::protect_rtp, buffer, length, stats_.rtp_sent, sink);
}

bool PlainTransport::send_rtcp(std::span<uint8_t> buffer, size_t length, Sink& sink) {
  const bool muxed = remote_ && remote_->rtcp_mux;
  return send(muxed ? Component::rtp : Component::rtcp, &srtp::Context::protect_rtcp, buffer,
              length, stats_.rtcp_sent, sink);
}

bool PlainTransport::send(Component via, Protect protect, std::span<uint8_t> buffer, size_t length,
                          uint64_t& counter, Sink& sink) {
  const SocketAddress to = path(via).target;
  bool ready = remote_ && is_sendable(to);
  if (ready && is_protected()) {
    srtp::Context* const srtp = context(via);
    const auto size = srtp ? (srtp->*protect)(buffer, length)
                           : base::Error{base::Errc::not_found, "no SRTP key yet"};
    ready = size.has_value();
    if (ready) length = *size;
  }
  if (!ready) {
    ++stats_.dropped_unsendable;
    return false;
  }
  ++counter;
  sink.send(via, to, buffer.first(length));
  return true;
}

void PlainTransport::handle_timeout(TimePoint now, Sink& sink) {
  if (!uses_dtls()) return;
  for (const Component via : kBoth) {
    path(via).dtls.handle_timeout(now);
    progress(via, now, sink);
  }
}

TimePoint PlainTransport::next_timeout() const {
  if (!uses_dtls()) return base::kNever;
  return std::min(path(Component::rtp).dtls.next_timeout(),
                  path(Component::rtcp).dtls.next_timeout());
}

void PlainTransport::close(Sink& sink) {
  if (!uses_dtls()) return;
  for (const Component via : kBoth) path(via).dtls.close(via, sink);
}

std::optional<Event> PlainTransport::poll() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

bool PlainTransport::owns(const SocketAddress& address) const {
  return std::ranges::any_of(paths_,
                             [&](const Path& one) { return one.locked && one.target == address; });
}

Stats PlainTransport::stats() const {
  Stats stats = stats_;
  if (sdes_) add_drops(sdes_->counters(), stats);
  for (const Path& one : paths_) one.dtls.add_drops(stats);
  stats.uses_dtls = uses_dtls();
  stats.dtls_done = path(Component::rtp).dtls.srtp() != nullptr;
  return stats;
}

}  // namespace viaduct::peer
