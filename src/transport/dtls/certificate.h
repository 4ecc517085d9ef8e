// A certificate with its private key, and fingerprints of certificates (RFC 8122).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"

namespace viaduct::dtls {

struct Fingerprint {
  std::string algorithm;  // "sha-256" and the like; compared without regard to case
  std::vector<uint8_t> digest;
};

// Self-signed ECDSA P-256, made at start and kept for the process's life: identity comes from the
// fingerprint in the signalling, never from a chain. Immutable; may be shared between threads.
// OpenSSL's own generator makes the key: private keys are the one thing the Rng port does not feed.
class Certificate {
 public:
  // Valid from a day before `now` (clocks differ) for 30 days more than a server should run (1
  // year).
  static std::shared_ptr<const Certificate> create(base::WallTime now);

  ~Certificate();
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  // SHA-256 of the DER form.
  const Fingerprint& fingerprint() const { return fingerprint_; }

  struct Native;  // OpenSSL's objects, for this folder only
  const Native& native() const { return *native_; }

 private:
  Certificate();
  std::unique_ptr<Native> native_;
  Fingerprint fingerprint_;
};

}  // namespace viaduct::dtls
