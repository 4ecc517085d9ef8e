// Directory: the users this node knows. Filled from the configuration at start; read-only after it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/pii.h"
#include "base/result.h"
#include "base/time.h"
#include "core/directory/tokens.h"
#include "signalling/negotiation/types.h"

namespace viaduct::directory {

// How digits go to and come from a user's phone.
enum class Dtmf : uint8_t {
  rfc4733,  // telephone-event where it was agreed, else SIP INFO
  inband,   // tones in the audio, both ways
  info,     // SIP INFO
};

struct User {
  std::string name;    // the number people dial: "1000"
  std::string domain;  // realm of its credentials
  base::Secret<std::string> password;
  std::string caller_name;
  std::string caller_number;        // defaults to `name`
  std::string context = "default";  // dial plan context of its calls
  // What its SIP devices are offered, and then may not do without; nothing: as everybody.
  std::optional<negotiation::Encryption> media_encryption;
  // Verto methods it may call, by full name or by the part before the dot; nothing: all.
  std::optional<std::vector<std::string>> verto_methods;
  // Event channels it may subscribe to and broadcast on, named alike; "__ANY__": all.
  std::vector<std::string> event_channels;

  Dtmf dtmf = Dtmf::rfc4733;

  std::string address() const { return name + "@" + domain; }
};

// Somebody who showed a valid token.
struct Bearer {
  User user;  // from the directory if it is there, else made of the token's claims
  base::WallTime expires;
};

class Directory {
 public:
  // `media_encryption`: of those who have no word of their own.
  explicit Directory(std::string domain,
                     negotiation::Encryption media_encryption = negotiation::Encryption::none);

  // The domain of users who give none.
  const std::string& domain() const { return domain_; }

  // False when the same user is there already.
  bool add(User user);
  // Pointers live as long as the directory. An empty domain, or one that is no domain of ours (an
  // address or host name peers reach us by), means the default one.
  const User* find(std::string_view name, std::string_view domain = {}) const;
  // "user@domain" or "user".
  const User* find_address(std::string_view address) const;
  // Tokens are taken in place of passwords from now on.
  void accept_tokens(TokenVerifier tokens) { tokens_ = std::move(tokens); }
  bool accepts_tokens() const { return tokens_.has_value(); }
  // The one whom a token names, with the token's rights where it speaks of rights. Errors:
  // unauthorised (also when no tokens are taken), too_large.
  base::Result<Bearer> bearer_of(std::string_view token, base::WallTime now) const;
  // Of the media of this user's SIP devices; of strangers, without a user.
  negotiation::Encryption media_encryption(const User* user) const {
    return user && user->media_encryption ? *user->media_encryption : media_encryption_;
  }
  size_t size() const { return users_.size(); }

 private:
  std::string domain_;  // lower case
  negotiation::Encryption media_encryption_;
  std::unordered_map<std::string, User> users_;  // by address()
  std::optional<TokenVerifier> tokens_;
};

}  // namespace viaduct::directory
