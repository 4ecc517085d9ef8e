// The server's side of digest: challenges without state, verification in the same time for
// everybody.
//
//   nonce = hex( issued ms, 8 bytes | random, 8 bytes | HMAC-SHA256(key, both, realm), 16
//   bytes )
//
// No state is kept for a challenge; only a nonce that was used with a right password is remembered,
// for its nonce counts, so that nobody fills the table without a password.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/pii.h"
#include "base/rng.h"
#include "base/time.h"
#include "signalling/sip/digest.h"
#include "signalling/sip/message.h"

namespace viaduct::sip {

struct DigestOptions {
  std::string realm;
  // How long a nonce is good: long enough that a phone answers from its cache between two refreshes
  // of a registration, short enough that a stolen answer is soon worthless. An expired one costs
  // the client a round trip, not a prompt.
  base::Duration nonce_lifetime = std::chrono::minutes(5);
  // Offered in this order (RFC 8760 §2.3: the strongest first).
  std::vector<DigestAlgorithm> algorithms{DigestAlgorithm::sha256, DigestAlgorithm::md5};
  // Used nonces whose counts are remembered: 5 minutes of 200 new ones a second. When full the
  // oldest become stale.
  size_t max_used_nonces = 60000;
};

enum class AuthRole : uint8_t {
  user_agent,  // 401, WWW-Authenticate, Authorization
  proxy,       // 407, Proxy-Authenticate, Proxy-Authorization
};

enum class AuthVerdict : uint8_t {
  accepted,
  stale,     // right password, but the nonce is too old, used before or not ours: challenge again
             // with stale=true, which a phone answers without asking its user
  rejected,  // unknown user and wrong password, all alike
};

class DigestAuthenticator {
 public:
  // `key`: 32 random bytes or more of this process (nonces die with it) or shared by a cluster.
  DigestAuthenticator(DigestOptions options, base::Secret<std::string> key);

  // 401 or 407 with one challenge header for each algorithm.
  Message challenge(const Message& request, AuthRole role, std::string_view to_tag,
                    base::WallTime now, base::Rng& rng, bool stale = false) const;

  // The credentials for our realm with an algorithm we offer; the strongest when there are several.
  // nullopt: challenge. Nothing in them is proven before verify() accepts them.
  std::optional<DigestCredentials> credentials(const Message& request, AuthRole role) const;

  // `secret`: what is known of credentials.username; nullptr when there is no such user, which
  // takes the same work and gives the same answer as a wrong password. A count that was used before
  // is stale.
  AuthVerdict verify(const DigestCredentials& credentials, const Message& request,
                     const DigestSecret* secret, base::WallTime now);

  size_t used_nonces() const { return used_.size(); }

 private:
  struct NonceId {
    uint64_t issued_ms = 0;
    uint64_t random = 0;
    friend auto operator<=>(const NonceId&, const NonceId&) = default;
  };
  struct CountWindow {
    uint32_t highest = 0;
    uint64_t seen = 0;  // bit i: highest - i was used
  };

  std::string make_nonce(NonceId id) const;
  std::optional<NonceId> read_nonce(std::string_view nonce) const;
  std::string sign(NonceId id) const;
  bool is_fresh(NonceId id, base::WallTime now) const;
  bool take_count(NonceId id, uint32_t count, base::WallTime now);

  DigestOptions options_;
  base::Secret<std::string> key_;
  std::map<NonceId, CountWindow> used_;  // by age
  uint64_t floor_ms_ = 0;                // nonces issued up to here are stale
};

}  // namespace viaduct::sip
