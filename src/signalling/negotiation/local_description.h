// Our own descriptions: minimal, and enough for browsers and phones.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "signalling/negotiation/local_transport.h"
#include "signalling/negotiation/remote_description.h"
#include "signalling/negotiation/sdes.h"
#include "signalling/negotiation/types.h"
#include "signalling/sdp/attributes.h"
#include "signalling/sdp/description.h"

namespace viaduct::negotiation {

struct CryptoLine {
  uint32_t tag = 0;
  SdesKey key;
};

struct LocalAudio {
  size_t index = 0;  // of its section; all others are rejected
  std::vector<Format> formats;
  Direction direction = Direction::sendrecv;
  std::chrono::milliseconds ptime{20};
  bool rtcp_mux = false;
  Encryption encryption = Encryption::none;  // plain only
  std::vector<CryptoLine> crypto;            // SDES only
  sdp::Setup setup = sdp::Setup::actpass;    // DTLS only
};

// The longest packet we take, as printed in a=maxptime.
inline constexpr int kMaxPtime = 60;

sdp::Description write_local(const LocalTransport& local, uint64_t session_id, uint64_t version,
                             std::span<const Section> sections, const LocalAudio& audio);

}  // namespace viaduct::negotiation
