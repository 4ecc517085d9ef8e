#include "transport/peer/plain_transport.h"

#include <utility>

#include "transport/peer/checks.h"
#include "transport/stun/demux.h"

namespace viaduct::peer {
namespace {

using base::SocketAddress;

// A description may name any address; packets go only where one host can be.
bool is_sendable(const SocketAddress& address) {
  return address.port != 0 && !address.ip.is_unspecified() && !address.ip.is_multicast();
}

}  // namespace

void PlainTransport::apply(const RemotePlain& remote) {
  const auto renew = [this](Component component, const SocketAddress& address) {
    Path& changed = path(component);
    if (changed.locked) events_.push_back(AddressReleased{changed.target});
    changed = Path{address, false};
  };
  if (!remote_ || remote_->rtp != remote.rtp) renew(Component::rtp, remote.rtp);
  if (!remote_ || remote_->rtcp != remote.rtcp || remote_->rtcp_mux != remote.rtcp_mux)
    renew(Component::rtcp, remote.rtcp);
  remote_ = remote;
}

void PlainTransport::receive(Component via, std::span<uint8_t> datagram, const SocketAddress& from,
                             Sink& sink) {
  if (!remote_) {
    ++stats_.dropped_early;
    return;
  }
  const stun::PacketKind kind = stun::classify(datagram);
  const bool is_rtcp = via == Component::rtcp || kind == stun::PacketKind::rtcp;
  const bool sane = is_rtcp ? kind == stun::PacketKind::rtcp && is_sane_rtcp(datagram)
                            : kind == stun::PacketKind::rtp && is_sane_rtp(datagram);
  if (!sane) {
    ++stats_.dropped_malformed;
    return;
  }
  if (!accept_source(via, is_rtcp, from)) {
    ++stats_.dropped_foreign;
    stats_.foreign = from;
    return;
  }
  if (is_rtcp) {
    ++stats_.rtcp_received;
    sink.rtcp(datagram);
  } else {
    ++stats_.rtp_received;
    sink.rtp(datagram);
  }
}

// Only RTP teaches the RTP address: a stray report must not fix where media goes.
bool PlainTransport::accept_source(Component via, bool is_rtcp, const SocketAddress& from) {
  Path& arrived_on = path(via);
  if (arrived_on.locked) return arrived_on.target == from;
  if (via == Component::rtp && is_rtcp) return arrived_on.target == from;
  lock(arrived_on, from);
  return true;
}

void PlainTransport::lock(Path& locked, const SocketAddress& from) {
  locked = Path{from, true};
  events_.push_back(AddressValidated{from});
  if (&locked != &path(Component::rtp) || connected_) return;
  connected_ = true;
  events_.push_back(Connected{});
}

bool PlainTransport::send_rtp(std::span<uint8_t> buffer, size_t length, Sink& sink) {
  return send(Component::rtp, buffer.first(length), stats_.rtp_sent, sink);
}

bool PlainTransport::send_rtcp(std::span<uint8_t> buffer, size_t length, Sink& sink) {
  const bool muxed = remote_ && remote_->rtcp_mux;
  return send(muxed ? Component::rtp : Component::rtcp, buffer.first(length), stats_.rtcp_sent,
              sink);
}

bool PlainTransport::send(Component via, std::span<const uint8_t> packet, uint64_t& counter,
                          Sink& sink) {
  const SocketAddress to = path(via).target;
  if (!is_sendable(to)) {
    ++stats_.dropped_unsendable;
    return false;
  }
  ++counter;
  sink.send(via, to, packet);
  return true;
}

std::optional<Event> PlainTransport::poll() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

bool PlainTransport::owns(const SocketAddress& address) const {
  for (const Path& one : paths_)
    if (one.locked && one.target == address) return true;
  return false;
}

}  // namespace viaduct::peer
