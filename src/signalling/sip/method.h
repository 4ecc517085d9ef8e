// SIP methods (RFC 3261 and the IANA registry). Method names are case-sensitive (§7.1).
#pragma once

#include <cstdint>
#include <string_view>

namespace viaduct::sip {

enum class Method : uint8_t {
  other,  // a token we have no name for
  invite,
  ack,
  bye,
  cancel,
  register_,
  options,
  info,
  prack,
  update,
  refer,
  subscribe,
  notify,
  message,
  publish,
};

// "INVITE", ...; "" for Method::other.
std::string_view method_name(Method method);
Method method_from_name(std::string_view name);

}  // namespace viaduct::sip
