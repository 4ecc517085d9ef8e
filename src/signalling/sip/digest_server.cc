#include "signalling/sip/digest_server.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/encoding.h"
#include "base/hash.h"

namespace viaduct::sip {
namespace {

constexpr size_t kIdSize = 16;
constexpr size_t kMacSize = 16;

uint64_t in_ms(base::WallTime time) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
  return static_cast<uint64_t>(std::max<int64_t>(ms.count(), 0));
}

HeaderName challenge_header(AuthRole role) {
  return role == AuthRole::user_agent ? HeaderName::www_authenticate
                                      : HeaderName::proxy_authenticate;
}
HeaderName answer_header(AuthRole role) {
  return role == AuthRole::user_agent ? HeaderName::authorization : HeaderName::proxy_authorization;
}

// The user the digest names must be the one asked for: who catches an INVITE on its way cannot call
// somebody else with it. The rest of the URI is left to outbound proxies and NATs, which rewrite
// it, and to clients that write only the server's name.
bool is_for(std::string_view digest_uri, const Message& request) {
  const auto signed_uri = Uri::parse(digest_uri);
  const auto request_uri = request.request_uri();
  if (!signed_uri || !request_uri) return digest_uri == request.request_uri_text();
  const std::string user = signed_uri->user();
  return user.empty() || user == request_uri->user();
}

}  // namespace

DigestAuthenticator::DigestAuthenticator(DigestOptions options, base::Secret<std::string> key)
    : options_(std::move(options)), key_(std::move(key)) {
  VIADUCT_CHECK(key_.reveal().size() >= 32);
  VIADUCT_CHECK(!options_.algorithms.empty());
}

Message DigestAuthenticator::challenge(const Message& request, AuthRole role,
                                       std::string_view to_tag, base::WallTime now, base::Rng& rng,
                                       bool stale) const {
  Message response = make_response(request, role == AuthRole::user_agent ? 401 : 407, to_tag);
  DigestChallenge challenge;
  challenge.realm = options_.realm;
  challenge.nonce = make_nonce({in_ms(now), rng.u64()});
  challenge.stale = stale;
  for (const DigestAlgorithm algorithm : options_.algorithms) {
    challenge.algorithm = algorithm;
    response.add(challenge_header(role), challenge.str());
  }
  return response;
}

std::optional<DigestCredentials> DigestAuthenticator::credentials(const Message& request,
                                                                  AuthRole role) const {
  std::optional<DigestCredentials> best;
  size_t best_rank = options_.algorithms.size();
  for (const AuthValue& value : request.auth_values(answer_header(role))) {
    auto found = DigestCredentials::from(value);
    if (!found || found->realm != options_.realm || !found->qop_auth) continue;
    const auto at =
        std::find(options_.algorithms.begin(), options_.algorithms.end(), found->algorithm);
    const auto rank = static_cast<size_t>(at - options_.algorithms.begin());
    if (rank >= best_rank) continue;
    best_rank = rank;
    best = std::move(*found);
  }
  return best;
}

AuthVerdict DigestAuthenticator::verify(const DigestCredentials& credentials,
                                        const Message& request, const DigestSecret* secret,
                                        base::WallTime now) {
  // Everybody pays for hashing a password, also when there is no user or only a stored HA1.
  const DigestSecret nobody = DigestSecret::from_password("no such user");
  const bool has_password = secret && secret->password;
  const DigestSecret hashed = has_password ? DigestSecret{secret->password, {}, {}} : nobody;
  auto ha1 = digest_ha1(hashed, credentials.algorithm, credentials.username, credentials.realm);
  bool known = has_password;
  if (secret) {
    const auto stored = digest_ha1(DigestSecret{{}, secret->ha1_md5, secret->ha1_sha256},
                                   credentials.algorithm, {}, {});
    if (stored) {
      ha1 = stored;
      known = true;
    }
  }
  const std::string expected = digest_response(credentials, request.method_text(), ha1->reveal());
  const bool matches = base::constant_time_equal(expected, credentials.response);
  if (!known || !matches || !credentials.qop_auth || !is_for(credentials.uri, request))
    return AuthVerdict::rejected;

  const std::optional<NonceId> id = read_nonce(credentials.nonce);
  if (!id || !is_fresh(*id, now) || !take_count(*id, credentials.nonce_count, now))
    return AuthVerdict::stale;
  return AuthVerdict::accepted;
}

std::string DigestAuthenticator::sign(NonceId id) const {
  std::string data(kIdSize, '\0');
  base::ByteWriter writer({reinterpret_cast<uint8_t*>(data.data()), data.size()});
  writer.u64(id.issued_ms);
  writer.u64(id.random);
  const std::string signed_data = data + options_.realm;
  const auto mac = base::hmac_sha256(base::as_bytes(key_.reveal()), base::as_bytes(signed_data));
  return data.append(reinterpret_cast<const char*>(mac.data()), kMacSize);
}

std::string DigestAuthenticator::make_nonce(NonceId id) const {
  return base::hex_encode(base::as_bytes(sign(id)));
}

std::optional<DigestAuthenticator::NonceId> DigestAuthenticator::read_nonce(
    std::string_view nonce) const {
  if (nonce.size() != 2 * (kIdSize + kMacSize)) return std::nullopt;
  const auto bytes = base::hex_decode(nonce);
  if (!bytes) return std::nullopt;
  base::ByteReader reader(*bytes);
  NonceId id;
  id.issued_ms = reader.u64();
  id.random = reader.u64();
  if (!base::constant_time_equal(base::as_bytes(sign(id)), *bytes)) return std::nullopt;
  return id;
}

// One issued in the future is ours too: the wall clock was set back since.
bool DigestAuthenticator::is_fresh(NonceId id, base::WallTime now) const {
  const auto lifetime = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(options_.nonce_lifetime).count());
  const uint64_t now_ms = in_ms(now);
  const uint64_t distance = std::max(now_ms, id.issued_ms) - std::min(now_ms, id.issued_ms);
  return distance <= lifetime && id.issued_ms > floor_ms_;
}

bool DigestAuthenticator::take_count(NonceId id, uint32_t count, base::WallTime now) {
  if (count == 0) return false;
  const auto known = used_.find(id);
  if (known == used_.end()) {
    while (!used_.empty() && !is_fresh(used_.begin()->first, now)) used_.erase(used_.begin());
    if (used_.size() >= std::max<size_t>(options_.max_used_nonces, 1)) {
      // What is forgotten here must not be accepted again.
      floor_ms_ = std::max(floor_ms_, used_.begin()->first.issued_ms);
      used_.erase(used_.begin());
      if (!is_fresh(id, now)) return false;
    }
    used_[id] = {count, 1};
    return true;
  }
  CountWindow& window = known->second;
  if (count > window.highest) {
    const uint32_t shift = count - window.highest;
    window.seen = (shift < 64 ? window.seen << shift : 0) | 1;
    window.highest = count;
    return true;
  }
  const uint32_t back = window.highest - count;
  if (back >= 64 || (window.seen >> back & 1) != 0) return false;
  window.seen |= uint64_t{1} << back;
  return true;
}

}  // namespace viaduct::sip
