// Digest access authentication (RFC 7616, RFC 8760 for SIP; RFC 2617 peers are served by MD5 with
// qop=auth): the arithmetic and the two messages' parameters. The server's and the client's sides
// are in digest_server.h and digest_client.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/pii.h"
#include "base/result.h"
#include "signalling/sip/headers.h"

namespace viaduct::sip {

enum class DigestAlgorithm : uint8_t { md5, sha256 };
std::string_view algorithm_name(DigestAlgorithm algorithm);  // "MD5", "SHA-256"

// What is known of a user: the password, or only H(user:realm:password) in lower-case hex.
struct DigestSecret {
  std::optional<base::Secret<std::string>> password;
  std::optional<base::Secret<std::string>> ha1_md5;
  std::optional<base::Secret<std::string>> ha1_sha256;

  static DigestSecret from_password(std::string password);
};

// WWW-Authenticate or Proxy-Authenticate.
struct DigestChallenge {
  std::string realm;
  std::string nonce;
  std::string opaque;
  DigestAlgorithm algorithm = DigestAlgorithm::md5;
  bool qop_auth = true;  // false: a peer of RFC 2069, no nonce count
  bool stale = false;

  // Errors: unsupported (other scheme, algorithm or qop), malformed.
  static base::Result<DigestChallenge> from(const AuthValue& value);
  std::string str() const;
};

// Authorization or Proxy-Authorization.
struct DigestCredentials {
  std::string username;
  std::string realm;
  std::string nonce;
  std::string uri;       // as the client wrote it
  std::string response;  // lower-case hex
  std::string cnonce;
  std::string opaque;
  uint32_t nonce_count = 0;
  DigestAlgorithm algorithm = DigestAlgorithm::md5;
  bool qop_auth = true;

  // Errors: unsupported, malformed.
  static base::Result<DigestCredentials> from(const AuthValue& value);
  std::string str() const;
};

// H(user:realm:password) in lower-case hex, or the stored one. nullopt: only the other algorithm's
// is stored.
std::optional<base::Secret<std::string>> digest_ha1(const DigestSecret& secret,
                                                    DigestAlgorithm algorithm,
                                                    std::string_view username,
                                                    std::string_view realm);
// The "response" that `credentials` should hold (its own is not read), in lower-case hex.
std::string digest_response(const DigestCredentials& credentials, std::string_view method,
                            std::string_view ha1);

}  // namespace viaduct::sip
