// The UAS's first questions to a well-formed request (RFC 3261 §8.2.1-§8.2.3): method, URI scheme,
// required extensions, body.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "signalling/sip/message.h"

namespace viaduct::sip {

struct ScreeningOptions {
  std::vector<Method> allowed_methods;     // empty: all
  std::vector<std::string> extensions;     // option tags we support
  std::vector<std::string> content_types;  // "application/sdp"; empty: all
};

// The response to send instead of serving the request: 405 (with Allow), 416, 420 (with
// Unsupported), 415 (with Accept). nullopt: go on. ACK and CANCEL are never refused for extensions.
std::optional<Message> screen_request(const Message& request, const ScreeningOptions& options,
                                      std::string_view to_tag);

}  // namespace viaduct::sip
