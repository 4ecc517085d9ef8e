#include "transport/peer/dtls_path.h"

#include <algorithm>
#include <utility>

#include "transport/peer/checks.h"

namespace viaduct::peer {

using base::SocketAddress;
using base::TimePoint;

bool DtlsPath::apply(const RemoteDtls& remote, const SocketAddress& described, TimePoint now) {
  described_ = described;
  role_ = remote.our_role;
  const bool first = !agreed_;
  agreed_ = true;
  const bool fresh = dtls_.apply(remote);
  if (fresh) {
    told_ = false;
    failures_ = 0;
    give_up_ = base::kNever;
    if (!first) source_.reset();  // else somebody may have said hello before the description
  }
  if (srtp()) return fresh;
  if (role_ == dtls::Role::client && is_sendable(described_)) source_ = described_;
  if (source_) dtls_.start(now);
  return fresh;
}

bool DtlsPath::receive(std::span<const uint8_t> datagram, const SocketAddress& from,
                       TimePoint now) {
  if (!agreed_) {
    if (!source_) source_ = from;
    return from == *source_ && dtls_.receive(datagram, now);
  }
  const bool is_theirs = source_ == from;
  if (!is_theirs) {
    if (srtp() || (source_ && from != described_)) return false;
    begin(from, now);
  }
  return dtls_.receive(datagram, now);
}

void DtlsPath::begin(const SocketAddress& with, TimePoint now) {
  if (dtls_.started()) dtls_.start_anew();
  source_ = with;
  dtls_.start(now);
}

void DtlsPath::handle_timeout(TimePoint now) { dtls_.handle_timeout(now); }

TimePoint DtlsPath::next_timeout() const {
  return srtp() ? dtls_.next_timeout() : std::min(dtls_.next_timeout(), give_up_);
}

std::optional<Fault> DtlsPath::drain(Component via, TimePoint now, Sink& sink) {
  while (const auto output = dtls_.poll()) {
    if (const auto* datagram = std::get_if<dtls::Datagram>(&*output)) {
      if (source_ && is_sendable(*source_)) sink.send(via, *source_, datagram->bytes);
    } else if (std::get<Fault>(*output) == Fault::closed || !try_again(now)) {
      give_up_ = base::kNever;
      return std::get<Fault>(*output);
    }
  }
  if (srtp() || now < give_up_) return std::nullopt;
  give_up_ = base::kNever;
  return Fault::dtls_failed;
}

std::optional<SocketAddress> DtlsPath::take_proven() {
  if (!srtp() || std::exchange(told_, true)) return std::nullopt;
  return source_;
}

// Of somebody who is not where the description says nothing is known but that he failed; the one
// who is meant may still come.
bool DtlsPath::try_again(TimePoint now) {
  if (role_ == dtls::Role::client || source_ == described_) return false;
  if (++failures_ >= options_.max_handshakes) return false;
  if (give_up_ == base::kNever) give_up_ = now + options_.handshake_patience;
  source_.reset();
  dtls_.start_anew();
  return true;
}

void DtlsPath::close(Component via, Sink& sink) {
  dtls_.close();
  while (const auto output = dtls_.poll())
    if (const auto* datagram = std::get_if<dtls::Datagram>(&*output); datagram && source_)
      if (is_sendable(*source_)) sink.send(via, *source_, datagram->bytes);
}

}  // namespace viaduct::peer
