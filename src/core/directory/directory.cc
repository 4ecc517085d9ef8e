#include "core/directory/directory.h"

#include <algorithm>

#include "base/ascii.h"

namespace viaduct::directory {
namespace {

constexpr size_t kMaxName = 128;

// What may stand in addresses, logs and SIP URIs without a second thought.
bool is_plain_name(std::string_view name) {
  const auto plain = [](char c) {
    const char low = base::to_lower(c);
    return (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-_.+*").find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= kMaxName && std::ranges::all_of(name, plain);
}

}  // namespace

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

base::Result<Bearer> Directory::bearer_of(std::string_view token, base::WallTime now) const {
  const base::Error refused{base::Errc::unauthorised, "no tokens are taken"};
  if (!tokens_) return refused;
  auto claims = tokens_->verify(token, now);
  if (!claims) return claims.error();
  Bearer out{.user = {}, .expires = claims->expires};
  if (const User* known = find_address(claims->user)) {
    out.user = *known;
  } else {
    std::string_view domain = claims->user;
    out.user.name = base::take_until(domain, '@');
    out.user.domain = domain.empty() ? domain_ : base::lower(domain);
    out.user.caller_number = out.user.name;
    if (!is_plain_name(out.user.name) || !is_plain_name(out.user.domain)) return refused;
  }
  if (!claims->name.empty()) out.user.caller_name = claims->name;
  if (claims->methods) out.user.verto_methods = std::move(claims->methods);
  if (claims->event_channels) out.user.event_channels = std::move(*claims->event_channels);
  return out;
}

}  // namespace viaduct::directory
