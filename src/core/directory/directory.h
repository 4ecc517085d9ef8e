// Directory: the users this node knows. Filled from the configuration at start; read-only after it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/pii.h"

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
  // Verto methods it may call, by full name or by the part before the dot; empty: all.
  std::vector<std::string> verto_methods;

  Dtmf dtmf = Dtmf::rfc4733;

  std::string address() const { return name + "@" + domain; }
};

class Directory {
 public:
  explicit Directory(std::string domain);

  // The domain of users who give none.
  const std::string& domain() const { return domain_; }

  // False when the same user is there already.
  bool add(User user);
  // Pointers live as long as the directory. An empty domain, or one that is no domain of ours (an
  // address or host name peers reach us by), means the default one.
  const User* find(std::string_view name, std::string_view domain = {}) const;
  // "user@domain" or "user".
  const User* find_address(std::string_view address) const;
  size_t size() const { return users_.size(); }

 private:
  std::string domain_;                           // lower case
  std::unordered_map<std::string, User> users_;  // by address()
};

}  // namespace viaduct::directory
