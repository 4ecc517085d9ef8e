#include "signalling/sip/digest.h"

#include <charconv>
#include <initializer_list>
#include <utility>

#include "base/ascii.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "signalling/sip/grammar.h"

namespace viaduct::sip {
namespace {

using base::Errc;
using base::Error;
using base::iequals;

std::string hash_hex(DigestAlgorithm algorithm, std::string_view data) {
  return algorithm == DigestAlgorithm::md5 ? base::hex_encode(base::md5(data))
                                           : base::hex_encode(base::sha256(data));
}

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  const char* separator = "";
  for (const std::string_view part : parts) {
    out.append(separator).append(part);
    separator = ":";
  }
  return out;
}

std::string nonce_count_text(uint32_t count) {
  std::string digits(8, '0');
  char buffer[8];
  const auto result = std::to_chars(buffer, buffer + 8, count, 16);
  const auto size = static_cast<size_t>(result.ptr - buffer);
  digits.replace(8 - size, size, buffer, size);
  return digits;
}

std::optional<uint32_t> parse_nonce_count(std::string_view text) {
  uint32_t count = 0;
  if (text.size() != 8 || !grammar::all(grammar::kHex, text)) return std::nullopt;
  std::from_chars(text.data(), text.data() + text.size(), count, 16);
  return count;
}

base::Result<DigestAlgorithm> algorithm_of(const AuthValue& value) {
  const std::string_view name = value.get("algorithm").value_or("MD5");
  if (iequals(name, "MD5")) return DigestAlgorithm::md5;
  if (iequals(name, "SHA-256")) return DigestAlgorithm::sha256;
  return Error{Errc::unsupported, "digest algorithm"};
}

bool offers_auth(std::string_view qop_list) {
  while (!qop_list.empty())
    if (iequals(base::trim(base::take_until(qop_list, ',')), "auth")) return true;
  return false;
}

std::string text_of(const AuthValue& value, std::string_view name) {
  return std::string(value.get(name).value_or(""));
}

}  // namespace

std::string_view algorithm_name(DigestAlgorithm algorithm) {
  return algorithm == DigestAlgorithm::md5 ? "MD5" : "SHA-256";
}

DigestSecret DigestSecret::from_password(std::string password) {
  DigestSecret secret;
  secret.password.emplace(std::move(password));
  return secret;
}

base::Result<DigestChallenge> DigestChallenge::from(const AuthValue& value) {
  if (!iequals(value.scheme, "Digest")) return Error{Errc::unsupported, "not Digest"};
  const auto algorithm = algorithm_of(value);
  if (!algorithm) return algorithm.error();
  if (!value.get("realm") || !value.get("nonce"))
    return Error{Errc::malformed, "challenge without realm or nonce"};
  DigestChallenge challenge;
  challenge.realm = text_of(value, "realm");
  challenge.nonce = text_of(value, "nonce");
  challenge.opaque = text_of(value, "opaque");
  challenge.algorithm = *algorithm;
  challenge.stale = iequals(value.get("stale").value_or(""), "true");
  const auto qop = value.get("qop");
  challenge.qop_auth = qop.has_value();
  if (qop && !offers_auth(*qop)) return Error{Errc::unsupported, "digest without qop=auth"};
  return challenge;
}

std::string DigestChallenge::str() const {
  std::string out = "Digest realm=" + quoted(realm) + ", nonce=" + quoted(nonce);
  if (!opaque.empty()) out += ", opaque=" + quoted(opaque);
  out.append(", algorithm=").append(algorithm_name(algorithm));
  if (qop_auth) out += ", qop=\"auth\"";
  if (stale) out += ", stale=true";
  return out;
}

base::Result<DigestCredentials> DigestCredentials::from(const AuthValue& value) {
  if (!iequals(value.scheme, "Digest")) return Error{Errc::unsupported, "not Digest"};
  const auto algorithm = algorithm_of(value);
  if (!algorithm) return algorithm.error();
  for (const std::string_view name : {"username", "realm", "nonce", "uri", "response"})
    if (!value.get(name)) return Error{Errc::malformed, "credentials lack a parameter"};
  if (iequals(value.get("userhash").value_or(""), "true"))
    return Error{Errc::unsupported, "hashed user names"};
  DigestCredentials credentials;
  credentials.username = text_of(value, "username");
  credentials.realm = text_of(value, "realm");
  credentials.nonce = text_of(value, "nonce");
  credentials.uri = text_of(value, "uri");
  credentials.response = base::lower(*value.get("response"));
  credentials.cnonce = text_of(value, "cnonce");
  credentials.opaque = text_of(value, "opaque");
  credentials.algorithm = *algorithm;
  const auto qop = value.get("qop");
  credentials.qop_auth = qop.has_value();
  if (!qop) return credentials;
  if (!iequals(*qop, "auth")) return Error{Errc::unsupported, "qop is not auth"};
  const auto count = parse_nonce_count(value.get("nc").value_or(""));
  if (!count || credentials.cnonce.empty())
    return Error{Errc::malformed, "qop=auth without nc or cnonce"};
  credentials.nonce_count = *count;
  return credentials;
}

std::string DigestCredentials::str() const {
  std::string out = "Digest username=" + quoted(username) + ", realm=" + quoted(realm) +
                    ", nonce=" + quoted(nonce) + ", uri=" + quoted(uri) +
                    ", response=" + quoted(response);
  out.append(", algorithm=").append(algorithm_name(algorithm));
  if (!opaque.empty()) out += ", opaque=" + quoted(opaque);
  if (qop_auth)
    out += ", qop=auth, nc=" + nonce_count_text(nonce_count) + ", cnonce=" + quoted(cnonce);
  return out;
}

std::optional<base::Secret<std::string>> digest_ha1(const DigestSecret& secret,
                                                    DigestAlgorithm algorithm,
                                                    std::string_view username,
                                                    std::string_view realm) {
  const auto& stored = algorithm == DigestAlgorithm::md5 ? secret.ha1_md5 : secret.ha1_sha256;
  if (stored) return stored;
  if (!secret.password) return std::nullopt;
  return base::Secret<std::string>(
      hash_hex(algorithm, joined({username, realm, secret.password->reveal()})));
}

std::string digest_response(const DigestCredentials& credentials, std::string_view method,
                            std::string_view ha1) {
  const std::string ha2 = hash_hex(credentials.algorithm, joined({method, credentials.uri}));
  if (!credentials.qop_auth)
    return hash_hex(credentials.algorithm, joined({ha1, credentials.nonce, ha2}));
  return hash_hex(credentials.algorithm,
                  joined({ha1, credentials.nonce, nonce_count_text(credentials.nonce_count),
                          credentials.cnonce, "auth", ha2}));
}

}  // namespace viaduct::sip
