// Names of header fields that the server meets by name (RFC 3261 §20 and later RFCs).
#pragma once

#include <cstdint>
#include <string_view>

namespace viaduct::sip {

enum class HeaderName : uint8_t {
  other,  // any name not in this list; its text is kept
  accept,
  accept_encoding,
  accept_language,
  alert_info,
  allow,
  allow_events,
  authentication_info,
  authorization,
  call_id,
  call_info,
  contact,
  content_disposition,
  content_encoding,
  content_language,
  content_length,
  content_type,
  cseq,
  date,
  diversion,
  error_info,
  event,
  expires,
  from,
  history_info,
  in_reply_to,
  max_forwards,
  mime_version,
  min_expires,
  min_se,
  organization,
  p_asserted_identity,
  p_preferred_identity,
  path,
  priority,
  privacy,
  proxy_authenticate,
  proxy_authorization,
  proxy_require,
  rack,
  reason,
  record_route,
  refer_to,
  referred_by,
  replaces,
  reply_to,
  require,
  retry_after,
  route,
  rseq,
  server,
  service_route,
  session_expires,
  sip_etag,
  sip_if_match,
  subject,
  subscription_state,
  supported,
  timestamp,
  to,
  unsupported,
  user_agent,
  via,
  warning,
  www_authenticate,
};

// The canonical long form ("Call-ID"); "" for HeaderName::other.
std::string_view header_text(HeaderName name);
// Long or compact form (§7.3.3) in any case.
HeaderName header_from_text(std::string_view text);
// May stand only once in a message: a second one makes the message ambiguous and thus malformed.
bool is_single(HeaderName name);

}  // namespace viaduct::sip
