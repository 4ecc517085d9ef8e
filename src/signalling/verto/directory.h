// The port through which the Verto engine asks whether a password is right.
#pragma once

#include <string_view>

#include "base/address.h"
#include "base/result.h"
#include "signalling/verto/types.h"

namespace viaduct::verto {

struct Credentials {
  std::string_view login;     // as typed: "1000" or "1000@example.net"
  std::string_view password;  // clear text, as Verto carries it
  const Variables& login_params;
  base::SocketAddress peer;
  base::WallTime now;  // for what is valid for a time only
};

class Directory {
 public:
  virtual ~Directory() = default;
  // Errors: unauthorised, for an unknown user and for a wrong password alike, after the same amount
  // of work; malformed when no domain can be derived from the login.
  virtual base::Result<User> check(const Credentials& credentials) = 0;
};

}  // namespace viaduct::verto
