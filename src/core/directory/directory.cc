#include "core/directory/directory.h"

#include "base/ascii.h"

namespace viaduct::directory {

Directory::Directory(std::string domain, negotiation::Encryption media_encryption)
    : domain_(base::lower(domain)), media_encryption_(media_encryption) {}

bool Directory::add(User user) {
  user.domain = user.domain.empty() ? domain_ : base::lower(user.domain);
  if (user.caller_number.empty()) user.caller_number = user.name;
  std::string key = user.address();
  return users_.emplace(std::move(key), std::move(user)).second;
}

const User* Directory::find(std::string_view name, std::string_view domain) const {
  if (!domain.empty()) {
    const auto it = users_.find(std::string(name) + "@" + base::lower(domain));
    if (it != users_.end()) return &it->second;
  }
  const auto it = users_.find(std::string(name) + "@" + domain_);
  return it == users_.end() ? nullptr : &it->second;
}

const User* Directory::find_address(std::string_view address) const {
  const size_t at = address.rfind('@');
  if (at == std::string_view::npos) return find(address);
  return find(address.substr(0, at), address.substr(at + 1));
}

}  // namespace viaduct::directory
