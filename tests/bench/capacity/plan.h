// What the server's and the load's process agree on before they part: how many calls of what kind,
// and every number that both can know without asking.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/address.h"
#include "signalling/negotiation/types.h"
#include "transport/ice/agent.h"
#include "transport/srtp/profile.h"

namespace viaduct::bench {

// A call is a browser (SRTP, AES-128-GCM) and a phone (plain PCMU).
enum class Kind : uint8_t {
  relay,      // the browser speaks PCMU too
  transcode,  // the browser speaks Opus
  flood,      // as relay, with bad packets at a worker's port as fast as they can be sent
  bare,       // no server: a loop of the system calls and the crypto of `relay`
  codecs,     // no packets: the codec calls of `transcode`
};

struct Plan {
  Kind kind = Kind::relay;
  size_t calls = 100;
  size_t workers = 1;
  double seconds = 5;
};

inline const negotiation::Format kPhoneFormat{0, negotiation::kPcmu, ""};
inline negotiation::Format browser_format(Kind kind) {
  return kind == Kind::transcode ? negotiation::Format{111, negotiation::kOpus, ""} : kPhoneFormat;
}

// Where the server listens.
struct Endpoints {
  std::vector<base::SocketAddress> shared;  // of each worker
  std::vector<base::SocketAddress> phones;  // of each call
};
inline size_t worker_of(size_t call, const Plan& plan) { return call % plan.workers; }

inline ice::Credentials server_ice(size_t call) {
  return {"call" + std::to_string(call + 1000),
          base::Secret<std::string>("passwordOfTheServer1234")};
}

// The keys of the bare loop, which has no DTLS.
inline srtp::Keys bare_keys(size_t call, bool of_the_browser) {
  constexpr auto kProfile = srtp::Profile::aead_aes_128_gcm;
  std::vector<uint8_t> exported(srtp::exported_size(kProfile), 5);
  exported[0] = static_cast<uint8_t>(call);
  exported[1] = static_cast<uint8_t>(call >> 8);
  return srtp::split_exported(kProfile, exported, of_the_browser);
}

// What the load has to say of itself.
struct LoadAddresses {
  base::SocketAddress phones;  // all of them: the server tells calls apart by its own ports
  std::vector<base::SocketAddress> browsers;
  std::vector<std::string> ufrags;
};

struct LoadResult {
  uint64_t sent = 0, received = 0;
  double p50_us = 0, p99_us = 0;  // from the load's sending to its receiving; relay and bare
  double cpu_seconds = 0;         // of the load itself
  double bad_per_second = 0;      // of the flood
  double lost_after_percent = 0;  // once the flood has ended
};

}  // namespace viaduct::bench
