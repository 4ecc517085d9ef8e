// Credentials of a peer's making: never accepted, whatever they are. And challenges of a peer's
// making: what we answer is well-formed.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/rng.h"
#include "signalling/sip/digest_client.h"
#include "signalling/sip/digest_server.h"

namespace {

namespace sip = viaduct::sip;
namespace base = viaduct::base;

constexpr base::WallTime kNow{std::chrono::hours(480000)};

void attack_server(std::string_view value) {
  sip::DigestOptions options;
  options.realm = "r";
  sip::DigestAuthenticator server(options, base::Secret<std::string>(std::string(32, 'k')));
  sip::Message request = sip::Message::request(sip::Method::invite, "sip:1001@r");
  request.add(sip::HeaderName::authorization, value);
  const auto credentials = server.credentials(request, sip::AuthRole::user_agent);
  if (!credentials) return;
  const sip::DigestSecret secret = sip::DigestSecret::from_password("not in any seed");
  for (const sip::DigestSecret* known : {static_cast<const sip::DigestSecret*>(nullptr), &secret})
    VIADUCT_CHECK(server.verify(*credentials, request, known, kNow) == sip::AuthVerdict::rejected);
  VIADUCT_CHECK(server.used_nonces() == 0);
  const auto again =
      sip::DigestCredentials::from(sip::AuthValue::parse(credentials->str()).value());
  VIADUCT_CHECK(again.has_value() && again->str() == credentials->str());
}

void attack_client(std::string_view value) {
  base::SeededRng rng(1);
  sip::DigestClient client("1000", sip::DigestSecret::from_password("pw"));
  sip::Message response = sip::Message::response(401);
  response.add(sip::HeaderName::www_authenticate, value);
  if (!client.take_challenge(response, false)) return;
  sip::Message request = sip::Message::request(sip::Method::register_, "sip:r");
  VIADUCT_CHECK(client.authorize(request, rng));
  const auto values = request.auth_values(sip::HeaderName::authorization);
  VIADUCT_CHECK(values.size() == 1);
  VIADUCT_CHECK(sip::DigestCredentials::from(values[0]).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  const std::string_view value(reinterpret_cast<const char*>(data), size);
  attack_server(value);
  attack_client(value);
  return 0;
}
