// The client's side of digest: answers the challenges of a gateway or registrar.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/rng.h"
#include "signalling/sip/digest.h"
#include "signalling/sip/message.h"

namespace viaduct::sip {

// One for each account; the credentials answer nobody but the peers this object is asked to answer.
class DigestClient {
 public:
  // `realm`: the only one to answer; "" for any realm.
  DigestClient(std::string username, DigestSecret secret, std::string realm = {});

  // Takes the best challenge of a 401 or 407. False: give up; there is none we can answer, or the
  // peer refused these credentials (it challenged again an answered request without stale=true).
  // `answered`: whether the refused request carried our credentials.
  bool take_challenge(const Message& response, bool answered);

  // Adds (Proxy-)Authorization to a request when a challenge is known, with the next nonce count.
  // True when added. The request's CSeq and branch are the caller's to renew (§22.2).
  bool authorize(Message& request, base::Rng& rng);

  void forget() { challenge_.reset(); }

 private:
  std::string username_;
  DigestSecret secret_;
  std::string realm_;
  std::optional<DigestChallenge> challenge_;
  HeaderName answer_header_ = HeaderName::authorization;
  uint32_t nonce_count_ = 0;
};

}  // namespace viaduct::sip
