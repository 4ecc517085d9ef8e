#include "core/directory/tokens.h"

#include <jwt.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "base/ascii.h"

namespace viaduct::directory {
namespace {

using base::Errc;
using base::Error;

// Tokens of identity providers with many groups in them reach 4 kB.
constexpr size_t kMaxToken = 8 * 1024;
constexpr size_t kMaxNames = 64;
constexpr size_t kLeastSecret = 32;

struct FreeToken {
  void operator()(jwt_t* token) const { jwt_free(token); }
};
using Token = std::unique_ptr<jwt_t, FreeToken>;

struct FreeText {
  void operator()(char* text) const { std::free(text); }
};
using Text = std::unique_ptr<char, FreeText>;

jwt_alg_t library_name(TokenAlgorithm algorithm) {
  switch (algorithm) {
    case TokenAlgorithm::hs256: return JWT_ALG_HS256;
    case TokenAlgorithm::rs256: return JWT_ALG_RS256;
    case TokenAlgorithm::es256: return JWT_ALG_ES256;
  }
  return JWT_ALG_NONE;
}

std::vector<base::Secret<std::string>> split_pem(std::string_view text) {
  constexpr std::string_view kBegin = "-----BEGIN PUBLIC KEY-----";
  constexpr std::string_view kEnd = "-----END PUBLIC KEY-----";
  std::vector<base::Secret<std::string>> keys;
  for (size_t at = text.find(kBegin); at != text.npos; at = text.find(kBegin, at + 1)) {
    const size_t end = text.find(kEnd, at);
    if (end == text.npos) break;
    keys.emplace_back(std::string(text.substr(at, end + kEnd.size() - at)) + "\n");
  }
  return keys;
}

std::string text_claim(jwt_t* token, const std::string& name) {
  const char* const value = jwt_get_grant(token, name.c_str());
  return value ? value : "";
}

// A claim that is absent, or no whole number, is 0: long past.
base::WallTime time_claim(jwt_t* token, const char* name) {
  const int64_t seconds = jwt_get_grant_int(token, name);
  // Further away than any clock goes; what cannot be counted in nanoseconds must not wrap.
  constexpr int64_t kLast = 9'000'000'000;
  return base::WallTime(std::chrono::seconds(std::clamp<int64_t>(seconds, 0, kLast)));
}

// The texts of a JSON array in `json`; names hold neither quotes nor backslashes.
std::vector<std::string> texts_in(std::string_view json) {
  std::vector<std::string> out;
  for (base::take_until(json, '"'); !json.empty() && out.size() < kMaxNames;
       base::take_until(json, '"'))
    out.emplace_back(base::take_until(json, '"'));
  return out;
}

// Names with spaces between, or an array of names. Anything else that stands there is a list of
// none: it must not read as "not said", which allows everything.
std::optional<std::vector<std::string>> list_claim(jwt_t* token, const std::string& name) {
  errno = 0;
  const char* const value = jwt_get_grant(token, name.c_str());
  if (!value && errno == ENOENT) return std::nullopt;
  std::vector<std::string> names;
  if (!value) {
    const Text array(jwt_get_grants_json(token, name.c_str()));
    if (array && *array == '[') names = texts_in(array.get());
    return names;
  }
  for (std::string_view rest = value; !rest.empty() && names.size() < kMaxNames;)
    if (const auto one = base::take_until(rest, ' '); !one.empty()) names.emplace_back(one);
  return names;
}

// RFC 7519 §4.1.3: one text or an array.
bool is_meant_for(jwt_t* token, const std::string& audience) {
  if (text_claim(token, "aud") == audience) return true;
  const auto all = list_claim(token, "aud");
  return all && std::ranges::find(*all, audience) != all->end();
}

}  // namespace

base::Result<TokenVerifier> TokenVerifier::create(TokenOptions options) {
  std::vector<base::Secret<std::string>> keys;
  if (options.algorithm == TokenAlgorithm::hs256) {
    if (options.key.reveal().size() < kLeastSecret)
      return Error{Errc::malformed, "a secret needs 32 or more characters"};
    keys.push_back(options.key);
  } else {
    keys = split_pem(options.key.reveal());
    if (keys.empty()) return Error{Errc::malformed, "there is no public key in PEM form"};
  }
  return TokenVerifier(std::move(options), std::move(keys));
}

bool TokenVerifier::looks_like_token(std::string_view text) {
  // Every header is a JSON object: '{"' begins with these letters in base64.
  return text.starts_with("eyJ") && std::ranges::count(text, '.') == 2;
}

base::Result<TokenClaims> TokenVerifier::verify(std::string_view text, base::WallTime now) const {
  if (text.size() > kMaxToken) return Error{Errc::too_large, "the token is too long"};
  const Error refused{Errc::unauthorised, "the token is not valid"};
  const std::string terminated(text);
  if (terminated.find('\0') != terminated.npos) return refused;
  for (const auto& key : keys_) {
    jwt_t* decoded = nullptr;
    const auto* bytes = reinterpret_cast<const unsigned char*>(key.reveal().data());
    if (jwt_decode(&decoded, terminated.c_str(), bytes, static_cast<int>(key.reveal().size())) != 0)
      continue;
    const Token token(decoded);
    // The token names its algorithm itself: "none", or a public key taken for a shared secret, must
    // not pass (RFC 8725 §3.1).
    if (jwt_get_alg(token.get()) != library_name(options_.algorithm)) continue;
    TokenClaims claims{.user = text_claim(token.get(), options_.user_claim),
                       .name = text_claim(token.get(), "name"),
                       .methods = list_claim(token.get(), "verto_methods"),
                       .event_channels = list_claim(token.get(), "event_channels"),
                       .expires = time_claim(token.get(), "exp")};
    const bool in_time = now < claims.expires + options_.leeway &&
                         time_claim(token.get(), "nbf") <= now + options_.leeway;
    const bool ours =
        (options_.issuer.empty() || text_claim(token.get(), "iss") == options_.issuer) &&
        (options_.audience.empty() || is_meant_for(token.get(), options_.audience));
    if (!in_time || !ours || claims.user.empty()) return refused;
    return claims;
  }
  return refused;
}

}  // namespace viaduct::directory
