// TokenVerifier: JSON Web Tokens (RFC 7519) in place of passwords. Another system of the operator's
// has checked who somebody is and signs it; we check the signature, the time and whom it is meant
// for. Signed with a shared secret (HS256) or a private key we never see (RS256, ES256; RFC 7518).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/pii.h"
#include "base/result.h"
#include "base/time.h"

namespace viaduct::directory {

enum class TokenAlgorithm : uint8_t { hs256, rs256, es256 };

struct TokenOptions {
  TokenAlgorithm algorithm = TokenAlgorithm::hs256;
  // hs256: one shared secret. The others: public keys as PEM, one after another; while keys are
  // changed there are two.
  base::Secret<std::string> key;
  std::string issuer{};            // "iss" must be this; empty: anything
  std::string audience{};          // "aud" must be or contain this; empty: anything
  std::string user_claim = "sub";  // where the user's name stands
  // How far the clocks of two machines may be apart.
  base::Duration leeway = std::chrono::seconds(60);
};

// What a valid token says of its bearer.
struct TokenClaims {
  std::string user;  // "1000" or "1000@example.net", never empty
  std::string name;  // "name": how the bearer is shown to others
  // "verto_methods", "event_channels": lists separated by spaces. Nothing: not said.
  std::optional<std::vector<std::string>> methods;
  std::optional<std::vector<std::string>> event_channels;
  base::WallTime expires;  // "exp", which a token must have
};

class TokenVerifier {
 public:
  // Errors: malformed (no key in the text, or a secret below the 32 bytes that RFC 7518 §3.2 asks
  // for).
  static base::Result<TokenVerifier> create(TokenOptions options);

  // Whether a text has the form of a token: three parts with dots between. Passwords hardly ever
  // do.
  static bool looks_like_token(std::string_view text);

  // Errors: too_large, unauthorised (whatever else is wrong with it).
  base::Result<TokenClaims> verify(std::string_view token, base::WallTime now) const;

 private:
  explicit TokenVerifier(TokenOptions options, std::vector<base::Secret<std::string>> keys)
      : options_(std::move(options)), keys_(std::move(keys)) {}

  TokenOptions options_;
  std::vector<base::Secret<std::string>> keys_;
};

}  // namespace viaduct::directory
