// The DTLS engine on OpenSSL.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "transport/dtls/engine.h"

namespace viaduct::dtls {

struct Options {
  // Bytes of one datagram we send: 1200 passes every path seen in practice, with tunnels and IPv6.
  size_t mtu = 1200;
  // First retransmission, doubled each time up to the last. ICE has shown the path to work, so 1 s
  // (RFC 6347 §4.2.4.1) would only delay the call. OpenSSL takes anything under 15 ms for
  // "expired".
  std::chrono::milliseconds first_retransmission{100};
  std::chrono::milliseconds last_retransmission{2000};
  // From start() or the first datagram to Connected.
  std::chrono::milliseconds handshake_timeout{20000};
  // Datagrams waiting for poll(); a far side cannot make more than a flight of them.
  size_t max_pending_datagrams = 64;
};

// OpenSSL measures retransmission with the system's own clock, whatever `now` says: next_timeout()
// says when to look, and looking early is harmless. Its randomness is OpenSSL's too.
// Throws std::runtime_error when OpenSSL refuses the configuration (at start only).
std::shared_ptr<EngineFactory> make_openssl_factory(std::shared_ptr<const Certificate> certificate,
                                                    Options options = {});

}  // namespace viaduct::dtls
