// Protects and unprotects RTP and RTCP in place (RFC 3711, RFC 7714). Why not libsrtp2:
// docs/decisions/0003.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/result.h"
#include "transport/srtp/profile.h"

namespace viaduct::srtp {

// Room that protecting may need behind a packet: tag of 16 and the RTCP index of 4 bytes, rounded
// up.
inline constexpr size_t kTrailer = 32;

struct Counters {
  uint64_t protected_packets = 0;
  uint64_t unprotected_packets = 0;
  uint64_t authentication_failed = 0;
  uint64_t replayed = 0;   // seen before, or older than the window
  uint64_t malformed = 0;  // too short or a broken header
};

// Both directions of one association. Any SSRC is accepted and each gets its own index (rollover
// counter and replay window), up to `max_streams` in each direction. Movable; one thread at a time.
class Context {
 public:
  // Streams a far side may open; they are searched one by one, so the bound also bounds the cost.
  static constexpr size_t kDefaultMaxStreams = 64;

  // errors: malformed (a key of the wrong length), unsupported (this OpenSSL lacks the profile).
  static base::Result<Context> create(const Keys& keys, size_t max_streams = kDefaultMaxStreams);

  // The far side has another key; what we send goes on under ours, index and all. errors:
  // malformed, unsupported; the old key stays.
  base::Result<void> renew_receive(const base::Secret<MasterKey>& key);

  Context(Context&&) noexcept;
  Context& operator=(Context&&) noexcept;
  ~Context();

  // `buffer` holds a packet of `length` bytes and at least kTrailer bytes behind it; the result is
  // the protected packet's length. errors: malformed, too_large (no trailing room), conflict (an
  // index used before), exhausted (the key's life is over, or too many streams).
  base::Result<size_t> protect_rtp(std::span<uint8_t> buffer, size_t length);
  base::Result<size_t> protect_rtcp(std::span<uint8_t> buffer, size_t length);

  // The result is the plain packet's length at the front of `packet`. On an error the packet's
  // bytes are unspecified. errors: unauthorised (tag), conflict (replay), malformed, exhausted.
  base::Result<size_t> unprotect_rtp(std::span<uint8_t> packet);
  base::Result<size_t> unprotect_rtcp(std::span<uint8_t> packet);

  const Counters& counters() const;

 private:
  struct State;
  explicit Context(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace viaduct::srtp
