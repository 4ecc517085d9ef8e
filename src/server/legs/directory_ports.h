// The directory behind the ports of each protocol: passwords for SIP digest and Verto logins, and
// where a user's devices are.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/call/ports.h"
#include "core/directory/directory.h"
#include "signalling/dialog/user_agent.h"
#include "signalling/verto/directory.h"

namespace viaduct::legs {

class SipCredentials final : public dialog::Credentials {
 public:
  explicit SipCredentials(const directory::Directory& directory) : directory_(directory) {}
  std::optional<sip::DigestSecret> find(std::string_view user,
                                        std::string_view realm) const override;

 private:
  const directory::Directory& directory_;
};

class VertoLogins final : public verto::Directory {
 public:
  explicit VertoLogins(const directory::Directory& directory) : directory_(directory) {}
  // The password, or in its place a token.
  base::Result<verto::User> check(const verto::Credentials& credentials) override;

 private:
  base::Result<verto::User> check_token(const verto::Credentials& credentials) const;

  const directory::Directory& directory_;
};

// Every device of a user: SIP bindings of the registrar and Verto sessions with a socket. Whom only
// a token made known exists as long as one of these sessions does.
class Devices final : public call::Locator {
 public:
  // All must outlive it.
  Devices(const directory::Directory& directory, const dialog::UserAgent& agent)
      : directory_(directory), agent_(agent) {}

  void verto_session_up(const verto::User& user, const std::string& session_id);
  void verto_session_down(const std::string& user, const std::string& session_id);

  bool user_exists(std::string_view user) const override;
  std::vector<call::Target> devices(std::string_view user) const override;
  call::Identity identity(std::string_view user) const override;

 private:
  const directory::Directory& directory_;
  const dialog::UserAgent& agent_;
  struct VertoDevice {
    std::string session_id;
    call::Identity identity;
  };
  std::string full_address(std::string_view user) const;
  std::multimap<std::string, VertoDevice> verto_;  // by "user@domain"
};

}  // namespace viaduct::legs
