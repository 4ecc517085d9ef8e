// What a UserAgent is told once at its start, and the ports it asks.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "signalling/sip/digest_server.h"
#include "signalling/sip/flow.h"
#include "signalling/sip/transaction.h"

namespace viaduct::dialog {

// Who may speak: the directory behind a port. Asked synchronously, from memory.
class Credentials {
 public:
  virtual ~Credentials() = default;
  // What `user` proves himself with in `realm`; nothing for an unknown user. Case matters.
  virtual std::optional<sip::DigestSecret> find(std::string_view user,
                                                std::string_view realm) const = 0;
};

struct RegistrarOptions {
  // A phone asks for what it likes; NAT bindings and vanished phones call for less than RFC 3261's
  // hour, registration storms for more than seconds.
  std::chrono::seconds min_expires{60};
  std::chrono::seconds default_expires{600};
  std::chrono::seconds max_expires{3600};
  // One user's devices; more is a client that registers under ever new contacts.
  size_t max_contacts = 10;
  size_t max_bindings = 100'000;
  size_t max_path = 8;  // proxies between a phone and us (RFC 3327)
};

struct UserAgentOptions {
  sip::TransactionOptions transactions;
  RegistrarOptions registrar;
  // Digest realm, and the domain of users where `domains` does not tell it.
  std::string realm = "viaduct";
  std::string product = "Viaduct";  // Server and User-Agent
  // The domains users are known by, lower case. With any given, a REGISTER for another is 404, and
  // a user is "user@domain" by the domain of From or To; with none, "user@realm" whatever host the
  // phone was told.
  std::vector<std::string> domains;
  // Challenges; its realm is `realm`.
  sip::DigestOptions digest;
  // Sessions cost some kilobytes each; over this new INVITEs are answered 503.
  size_t max_sessions = 10'000;
  // An outgoing INVITE that only rings is cancelled (Timer C of a proxy is 3 minutes), an incoming
  // one nobody answers is refused with 480 a little later.
  std::chrono::seconds ring_timeout{180};
  std::chrono::seconds answer_timeout{200};
  // Responses of different forks kept apart for one INVITE; more are ignored.
  size_t max_forks = 16;
  // A re-INVITE the owner leaves unanswered is refused then: nobody is asked, so it is short.
  std::chrono::seconds reinvite_timeout{10};
};

}  // namespace viaduct::dialog
