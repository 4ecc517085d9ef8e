// DTLS on a socket of its own, with no ICE to vouch for addresses: whose handshake is it?
//
//   nobody's ──first DTLS datagram──> its source's ──fingerprint matches──> that source's for good
//      ^                                   │
//      └── handshake failed, tries left ───┴── DTLS from the described address: that one's instead
#pragma once

#include <optional>
#include <span>

#include "base/address.h"
#include "base/time.h"
#include "transport/peer/dtls_srtp.h"
#include "transport/peer/peer.h"

namespace viaduct::peer {

class DtlsPath {
 public:
  explicit DtlsPath(const PlainOptions& options) : options_(options), dtls_(options.dtls) {}

  // True: a new association begins. `described`: where the description says the far side is.
  bool apply(const RemoteDtls& remote, const base::SocketAddress& described, base::TimePoint now);
  // False: not from whom the handshake is with, or no room before the description.
  bool receive(std::span<const uint8_t> datagram, const base::SocketAddress& from,
               base::TimePoint now);
  // The far side has proved to be elsewhere now, by authentic media.
  void moved(const base::SocketAddress& address) { source_ = address; }
  void confirm() { dtls_.confirm(); }
  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const;
  // Sends what there is to send. A fault: the association is over, and no other is tried.
  std::optional<Fault> drain(Component via, base::TimePoint now, Sink& sink);
  void close(Component via, Sink& sink);

  // The far side's address, once, when it has proved itself.
  std::optional<base::SocketAddress> take_proven();
  srtp::Context* srtp() { return dtls_.srtp(); }
  const srtp::Context* srtp() const { return dtls_.srtp(); }
  void add_drops(Stats& stats) const { dtls_.add_drops(stats); }

 private:
  void begin(const base::SocketAddress& with, base::TimePoint now);
  bool try_again(base::TimePoint now);

  const PlainOptions& options_;
  DtlsSrtp dtls_;
  bool agreed_ = false;
  dtls::Role role_ = dtls::Role::server;
  base::SocketAddress described_;
  std::optional<base::SocketAddress> source_;  // whose handshake it is
  bool told_ = false;                          // what take_proven() gives
  size_t failures_ = 0;
  base::TimePoint give_up_ = base::kNever;  // after a first failure
};

}  // namespace viaduct::peer
