#include "server/legs/directory_ports.h"

#include "base/hash.h"

namespace viaduct::legs {

std::optional<sip::DigestSecret> SipCredentials::find(std::string_view user,
                                                      std::string_view realm) const {
  const directory::User* found = directory_.find(user, realm);
  if (!found) return std::nullopt;
  return sip::DigestSecret::from_password(found->password.reveal());
}

base::Result<verto::User> VertoLogins::check(const verto::Credentials& credentials) {
  const directory::User* user = directory_.find_address(credentials.login);
  // An unknown user costs the same comparison as a wrong password. Digests, so that not even the
  // length of the password can be measured.
  const auto given = base::sha256(credentials.password);
  const auto wanted = base::sha256(user ? user->password.reveal() : std::string());
  const bool right = base::constant_time_equal(given, wanted);
  if (!user || !right || user->password.reveal().empty())
    return base::Error{base::Errc::unauthorised, "Authentication Failure"};
  verto::User out{.id = user->address(),
                  .name = user->name,
                  .domain = user->domain,
                  .caller = {user->caller_number, user->caller_name},
                  .context = user->context,
                  .permissions = {},
                  .expires = {}};
  if (!user->verto_methods.empty()) out.permissions.methods = user->verto_methods;
  return out;
}

void Devices::verto_session_up(const std::string& user, const std::string& session_id) {
  verto_.emplace(user, session_id);
}

void Devices::verto_session_down(const std::string& user, const std::string& session_id) {
  auto [from, to] = verto_.equal_range(user);
  for (auto it = from; it != to; ++it) {
    if (it->second != session_id) continue;
    verto_.erase(it);
    return;
  }
}

bool Devices::user_exists(std::string_view user) const {
  return directory_.find_address(user) != nullptr;
}

std::vector<call::Target> Devices::devices(std::string_view user) const {
  std::vector<call::Target> out;
  const directory::User* found = directory_.find_address(user);
  if (!found) return out;
  for (dialog::Binding& binding : agent_.bindings(found->address()))
    out.push_back(call::SipTarget{std::move(binding.contact), binding.flow.str(),
                                  std::move(binding.path), found->address()});
  const auto [from, to] = verto_.equal_range(found->address());
  for (auto it = from; it != to; ++it) out.push_back(call::VertoTarget{it->second});
  return out;
}

call::Identity Devices::identity(std::string_view user) const {
  const directory::User* found = directory_.find_address(user);
  if (!found) return {std::string(user), {}};
  return {found->caller_number, found->caller_name};
}

}  // namespace viaduct::legs
