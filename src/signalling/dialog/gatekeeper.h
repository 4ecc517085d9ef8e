// Who may enter: decides on a request outside of any dialog before anything is made for it.
//
// A request is let in when it proves a user by digest. Other grounds (the address of a trusted
// gateway) belong into admit(), before the challenge.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/rng.h"
#include "base/time.h"
#include "signalling/dialog/options.h"
#include "signalling/sip/digest_server.h"
#include "signalling/sip/message.h"

namespace viaduct::dialog {

class Gatekeeper {
 public:
  Gatekeeper(const UserAgentOptions& options, base::Rng& rng, const Credentials& credentials);

  struct Admitted {
    std::string user;  // "user@domain"
  };
  // Admitted, or the response that refuses.
  std::variant<Admitted, sip::Message> admit(const sip::Message& request, base::WallTime now);

  uint64_t challenges() const { return challenges_; }
  uint64_t rejected() const { return rejected_; }

 private:
  std::string domain_of(const sip::Message& request) const;
  sip::Message challenge(const sip::Message& request, base::WallTime now, bool stale);

  const UserAgentOptions& options_;
  base::Rng& rng_;
  const Credentials& credentials_;
  sip::DigestAuthenticator authenticator_;
  uint64_t challenges_ = 0;
  uint64_t rejected_ = 0;
};

}  // namespace viaduct::dialog
