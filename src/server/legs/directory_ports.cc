#include "server/legs/directory_ports.h"

#include "base/hash.h"

namespace viaduct::legs {

std::optional<sip::DigestSecret> SipCredentials::find(std::string_view user,
                                                      std::string_view realm) const {
  const directory::User* found = directory_.find(user, realm);
  if (!found) return std::nullopt;
  return sip::DigestSecret::from_password(found->password.reveal());
}

namespace {

verto::User verto_user(const directory::User& user) {
  verto::User out{.id = user.address(),
                  .name = user.name,
                  .domain = user.domain,
                  .caller = {user.caller_number, user.caller_name},
                  .context = user.context,
                  .permissions = {.event_channels = user.event_channels},
                  .expires = {}};
  if (user.verto_methods) out.permissions.methods = *user.verto_methods;
  return out;
}

}  // namespace

base::Result<verto::User> VertoLogins::check(const verto::Credentials& credentials) {
  const base::Error refused{base::Errc::unauthorised, "Authentication Failure"};
  if (directory_.accepts_tokens() &&
      directory::TokenVerifier::looks_like_token(credentials.password))
    return check_token(credentials);
  const directory::User* user = directory_.find_address(credentials.login);
  // An unknown user costs the same comparison as a wrong password. Digests, so that not even the
  // length of the password can be measured.
  const auto given = base::sha256(credentials.password);
  const auto wanted = base::sha256(user ? user->password.reveal() : std::string());
  const bool right = base::constant_time_equal(given, wanted);
  if (!user || !right || user->password.reveal().empty()) return refused;
  return verto_user(*user);
}

// The login must name the bearer: a client that shows somebody else's name would be shown as one
// and called as the other.
base::Result<verto::User> VertoLogins::check_token(const verto::Credentials& credentials) const {
  const base::Error refused{base::Errc::unauthorised, "Authentication Failure"};
  const auto bearer = directory_.bearer_of(credentials.password, credentials.now);
  if (!bearer) return refused;
  const directory::User& user = bearer->user;
  const bool named = credentials.login == user.name || credentials.login == user.address();
  if (!named) return refused;
  verto::User out = verto_user(user);
  out.expires = bearer->expires;
  return out;
}

void Devices::verto_session_up(const verto::User& user, const std::string& session_id) {
  verto_.emplace(user.id, VertoDevice{session_id, {user.caller.number, user.caller.name}});
}

void Devices::verto_session_down(const std::string& user, const std::string& session_id) {
  auto [from, to] = verto_.equal_range(user);
  for (auto it = from; it != to; ++it) {
    if (it->second.session_id != session_id) continue;
    verto_.erase(it);
    return;
  }
}

bool Devices::user_exists(std::string_view user) const {
  return directory_.find_address(user) || verto_.contains(full_address(user));
}

std::string Devices::full_address(std::string_view user) const {
  if (const directory::User* found = directory_.find_address(user)) return found->address();
  std::string address(user);
  return user.find('@') == user.npos ? address + "@" + directory_.domain() : address;
}

std::vector<call::Target> Devices::devices(std::string_view user) const {
  std::vector<call::Target> out;
  const std::string address = full_address(user);
  for (dialog::Binding& binding : agent_.bindings(address))
    out.push_back(call::SipTarget{std::move(binding.contact), binding.flow.str(),
                                  std::move(binding.path), address});
  const auto [from, to] = verto_.equal_range(address);
  for (auto it = from; it != to; ++it) out.push_back(call::VertoTarget{it->second.session_id});
  return out;
}

call::Identity Devices::identity(std::string_view user) const {
  if (const directory::User* found = directory_.find_address(user))
    return {found->caller_number, found->caller_name};
  const auto device = verto_.find(full_address(user));
  return device == verto_.end() ? call::Identity{std::string(user), {}} : device->second.identity;
}

}  // namespace viaduct::legs
