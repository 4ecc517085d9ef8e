#include "signalling/sip/digest_client.h"

#include <utility>

namespace viaduct::sip {

DigestClient::DigestClient(std::string username, DigestSecret secret, std::string realm)
    : username_(std::move(username)), secret_(std::move(secret)), realm_(std::move(realm)) {}

bool DigestClient::take_challenge(const Message& response, bool answered) {
  const bool proxy = response.status() == 407;
  const HeaderName header = proxy ? HeaderName::proxy_authenticate : HeaderName::www_authenticate;
  std::optional<DigestChallenge> best;
  for (const AuthValue& value : response.auth_values(header)) {
    auto found = DigestChallenge::from(value);
    if (!found || (!realm_.empty() && found->realm != realm_)) continue;
    if (!digest_ha1(secret_, found->algorithm, username_, found->realm)) continue;
    if (best && best->algorithm >= found->algorithm) continue;
    best = std::move(*found);
  }
  if (!best) return false;
  // An answer to a challenge made just before was wrong unless the peer says stale. One to a
  // challenge of long ago may only have outlived a restart of the peer.
  const bool answer_was_first = answered && challenge_ && nonce_count_ <= 1;
  if (answer_was_first && !best->stale) return false;
  challenge_ = std::move(best);
  answer_header_ = proxy ? HeaderName::proxy_authorization : HeaderName::authorization;
  nonce_count_ = 0;
  return true;
}

bool DigestClient::authorize(Message& request, base::Rng& rng) {
  if (!challenge_) return false;
  const auto ha1 = digest_ha1(secret_, challenge_->algorithm, username_, challenge_->realm);
  if (!ha1) return false;
  DigestCredentials answer;
  answer.username = username_;
  answer.realm = challenge_->realm;
  answer.nonce = challenge_->nonce;
  answer.opaque = challenge_->opaque;
  answer.algorithm = challenge_->algorithm;
  answer.qop_auth = challenge_->qop_auth;
  answer.uri = request.request_uri_text();
  answer.nonce_count = ++nonce_count_;
  if (answer.qop_auth) answer.cnonce = rng.token(16);
  answer.response = digest_response(answer, request.method_text(), ha1->reveal());
  request.set(answer_header_, answer.str());
  return true;
}

}  // namespace viaduct::sip
