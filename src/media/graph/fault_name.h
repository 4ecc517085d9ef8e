// A MediaFault as a word, for logs.
#pragma once

#include <string_view>

#include "media/graph/messages.h"

namespace viaduct::graph {

constexpr std::string_view fault_name(MediaFault fault) {
  switch (fault) {
    case MediaFault::ice_timeout: return "ice_timeout";
    case MediaFault::dtls_failed: return "dtls_failed";
    case MediaFault::fingerprint_mismatch: return "fingerprint_mismatch";
    case MediaFault::consent_expired: return "consent_expired";
    case MediaFault::socket_error: return "socket_error";
    case MediaFault::remote_closed: return "remote_closed";
    case MediaFault::refused: break;
  }
  return "refused";
}

}  // namespace viaduct::graph
