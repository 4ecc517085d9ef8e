// One DTLS 1.2 association for SRTP keys (RFC 5764), seen from outside: datagrams and time in,
// datagrams and events out. OpenSSL fills it in openssl_engine.h; testing/fake_engine.h runs in
// virtual time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "transport/dtls/certificate.h"
#include "transport/srtp/profile.h"

namespace viaduct::dtls {

enum class Role : uint8_t { client, server };

// RFC 7983 §7: the first byte of a datagram that is DTLS.
constexpr bool looks_like_dtls(std::span<const uint8_t> datagram) {
  return !datagram.empty() && datagram[0] >= 20 && datagram[0] <= 63;
}

// To be sent to the far side as one datagram.
struct Datagram {
  std::vector<uint8_t> bytes;
};
// The handshake is done and the far side's certificate has one of the agreed fingerprints.
struct Connected {
  srtp::Keys keys;
};
enum class Fault : uint8_t {
  handshake,    // the two sides could not agree, or the far side sent a fatal alert
  fingerprint,  // the certificate is not the agreed one: keys are not released
  no_profile,   // no common SRTP profile
  timeout,      // not done in time
};
struct Failed {
  Fault fault;
};
// The far side said close_notify.
struct Closed {};

using Output = std::variant<Datagram, Connected, Failed, Closed>;

// After Failed or Closed an engine only swallows what it gets.
class Engine {
 public:
  virtual ~Engine() = default;
  // The client role sends its first flight here. Once, before anything else.
  virtual void start(base::TimePoint now) = 0;
  virtual void receive(std::span<const uint8_t> datagram, base::TimePoint now) = 0;
  virtual void handle_timeout(base::TimePoint now) = 0;
  virtual base::TimePoint next_timeout() const = 0;
  // Until empty after each of the above.
  virtual std::optional<Output> poll() = 0;
  // The far side has shown that it has our last flight: its SRTP has passed. What only handshakes
  // need may go; alerts go on both ways.
  virtual void confirmed() {}
  // Sends close_notify when connected.
  virtual void close() = 0;
};

// Makes the engines of one identity; shared by all peers of a worker.
class EngineFactory {
 public:
  virtual ~EngineFactory() = default;
  // The far side's certificate must match any one of `expected`; an empty list matches nothing.
  virtual std::unique_ptr<Engine> create(Role role, std::vector<Fingerprint> expected) = 0;
};

}  // namespace viaduct::dtls
