// One DTLS association with the far side and the SRTP that it keys. Knows no addresses: who may
// speak DTLS to it, and where its datagrams go, is its owner's affair.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "base/time.h"
#include "transport/peer/peer.h"

namespace viaduct::peer {

class DtlsSrtp {
 public:
  explicit DtlsSrtp(DtlsOptions options) : options_(std::move(options)) {}

  // The far side's description. True: a new association begins and the keys of the old one are
  // gone; so it is when the role or the fingerprints differ, and after the end of an association.
  bool apply(const RemoteDtls& remote);
  // The same description, from the beginning.
  void start_anew();
  // There is somebody to talk to. Takes what came before the description too. Only after apply().
  void start(base::TimePoint now);
  // Waits for the description; false: dropped.
  bool receive(std::span<const uint8_t> datagram, base::TimePoint now);
  // The far side's SRTP has passed: it has all that it needs of the handshake. False: known
  // already.
  bool confirm();
  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const;
  // Sends close_notify, which poll() then has, and ends.
  void close();

  // Until empty after each of the above.
  using Output = std::variant<dtls::Datagram, Fault>;
  std::optional<Output> poll();

  bool started() const { return started_; }
  // Once the fingerprint has matched.
  srtp::Context* srtp() { return srtp_ ? &*srtp_ : nullptr; }
  const srtp::Context* srtp() const { return srtp_ ? &*srtp_ : nullptr; }
  // Of all associations so far.
  void add_drops(Stats& stats) const;

 private:
  void drop_keys();

  DtlsOptions options_;
  RemoteDtls remote_;
  std::unique_ptr<dtls::Engine> engine_;  // from the first agreement on
  bool started_ = false;
  bool confirmed_ = false;
  bool ended_ = false;  // failed or closed: the next agreement makes another
  std::optional<srtp::Context> srtp_;
  std::vector<std::vector<uint8_t>> early_;
  Stats past_;
};

// What an SRTP context has dropped.
void add_drops(const srtp::Counters& counters, Stats& stats);

}  // namespace viaduct::peer
