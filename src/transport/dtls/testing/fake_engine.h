// A stand-in for DTLS in virtual time: three datagrams with random numbers and fingerprints in
// them, retransmitted by `now` alone. Same outputs as the real engine; protects nothing.
//
//   client                      server
//     hello(random, print)  ->
//                           <-  hello(random, print)
//     finished              ->                          both: Connected with the same keys
#pragma once

#include <memory>

#include "transport/dtls/engine.h"

namespace viaduct::dtls::testing {

struct FakeOptions {
  Fingerprint own;    // what the far side must expect
  uint64_t seed = 1;  // of the random numbers
  srtp::Profile profile = srtp::Profile::aead_aes_128_gcm;
  base::Duration retransmission = std::chrono::milliseconds(100);
  base::Duration handshake_timeout = std::chrono::seconds(20);
};

std::shared_ptr<EngineFactory> make_fake_factory(FakeOptions options);
// A fingerprint that differs with `name`.
Fingerprint fake_fingerprint(std::string_view name);

}  // namespace viaduct::dtls::testing
