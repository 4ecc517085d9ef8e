#include "signalling/dialog/gatekeeper.h"

#include <algorithm>

#include "base/ascii.h"
#include "signalling/sip/identifiers.h"

namespace viaduct::dialog {
namespace {

sip::DigestOptions digest_options(const UserAgentOptions& options) {
  sip::DigestOptions digest = options.digest;
  digest.realm = options.realm;
  return digest;
}

}  // namespace

Gatekeeper::Gatekeeper(const UserAgentOptions& options, base::Rng& rng,
                       const Credentials& credentials)
    : options_(options),
      rng_(rng),
      credentials_(credentials),
      authenticator_(digest_options(options), base::Secret<std::string>(rng.token(43))) {}

std::variant<Gatekeeper::Admitted, sip::Message> Gatekeeper::admit(const sip::Message& request,
                                                                   base::WallTime now) {
  const auto given = authenticator_.credentials(request, sip::AuthRole::user_agent);
  if (!given) return challenge(request, now, false);
  const auto secret = credentials_.find(given->username, options_.realm);
  const sip::AuthVerdict verdict =
      authenticator_.verify(*given, request, secret ? &*secret : nullptr, now);
  if (verdict == sip::AuthVerdict::accepted)
    return Admitted{given->username + "@" + domain_of(request)};
  if (verdict == sip::AuthVerdict::rejected) ++rejected_;
  return challenge(request, now, verdict == sip::AuthVerdict::stale);
}

sip::Message Gatekeeper::challenge(const sip::Message& request, base::WallTime now, bool stale) {
  ++challenges_;
  return authenticator_.challenge(request, sip::AuthRole::user_agent, sip::new_tag(rng_), now, rng_,
                                  stale);
}

std::string Gatekeeper::domain_of(const sip::Message& request) const {
  const auto identity = request.is(sip::Method::register_) ? request.to() : request.from();
  if (!identity) return options_.realm;
  const std::string host = base::lower(identity->uri.host());
  const bool ours =
      std::find(options_.domains.begin(), options_.domains.end(), host) != options_.domains.end();
  return ours ? host : options_.realm;
}

}  // namespace viaduct::dialog
