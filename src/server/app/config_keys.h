// The table of the scalar keys: name, what it means, how it is read into Config.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/app/config.h"

namespace viaduct::app {

struct ConfigKey {
  std::string_view path;      // "sip.udp"
  std::string_view fallback;  // the default, as text
  std::string_view help;
  // The fault in words, or nothing.
  std::optional<std::string> (*set)(Config& config, const std::string& value);
};

std::span<const ConfigKey> config_keys();
// "none", "sdes", "dtls".
std::optional<negotiation::Encryption> encryption_named(std::string_view name);
// "sip.udp" -> "VIADUCT_SIP_UDP"
std::string environment_name(std::string_view path);

// Long enough not to be guessed, and what a header can carry: visible ASCII.
bool is_api_token(std::string_view text);

}  // namespace viaduct::app
