// What a node makes for itself in its data folder when nobody gave it: the first users with one
// random password, a certificate, and the music that plays before there is other music.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/rng.h"
#include "core/directory/directory.h"

namespace viaduct::app {

// One sentence for a person where something cannot be made.
struct DataFault {
  std::string text;
};

struct FirstUsers {
  std::vector<directory::User> users;  // 1000-1009
  std::string password;
  bool made_now = false;  // the first start: the password has to be shown
};

boost::system::result<void, DataFault> make_data_folder(const std::string& data);
boost::system::result<FirstUsers, DataFault> first_users(const std::string& data, base::Rng& rng);

// The token of the API, in the file api-token.
boost::system::result<base::Secret<std::string>, DataFault> api_token(const std::string& data,
                                                                      base::Rng& rng);

struct CertificateFiles {
  std::string certificate, key;
};
boost::system::result<CertificateFiles, DataFault> self_made_certificate(const std::string& data,
                                                                         const std::string& host);

}  // namespace viaduct::app
