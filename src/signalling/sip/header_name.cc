#include "signalling/sip/header_name.h"

#include <array>

#include "base/ascii.h"

namespace viaduct::sip {
namespace {

constexpr size_t kCount = static_cast<size_t>(HeaderName::www_authenticate) + 1;

// In the order of the enumeration.
constexpr std::array<std::string_view, kCount> kTexts = {
    "",
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Alert-Info",
    "Allow",
    "Allow-Events",
    "Authentication-Info",
    "Authorization",
    "Call-ID",
    "Call-Info",
    "Contact",
    "Content-Disposition",
    "Content-Encoding",
    "Content-Language",
    "Content-Length",
    "Content-Type",
    "CSeq",
    "Date",
    "Diversion",
    "Error-Info",
    "Event",
    "Expires",
    "From",
    "History-Info",
    "In-Reply-To",
    "Max-Forwards",
    "MIME-Version",
    "Min-Expires",
    "Min-SE",
    "Organization",
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "Path",
    "Priority",
    "Privacy",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Proxy-Require",
    "RAck",
    "Reason",
    "Record-Route",
    "Refer-To",
    "Referred-By",
    "Replaces",
    "Reply-To",
    "Require",
    "Retry-After",
    "Route",
    "RSeq",
    "Server",
    "Service-Route",
    "Session-Expires",
    "SIP-ETag",
    "SIP-If-Match",
    "Subject",
    "Subscription-State",
    "Supported",
    "Timestamp",
    "To",
    "Unsupported",
    "User-Agent",
    "Via",
    "Warning",
    "WWW-Authenticate",
};

constexpr uint8_t id(HeaderName name) { return static_cast<uint8_t>(name); }

constexpr std::array<uint8_t, 26> kCompact = [] {
  std::array<uint8_t, 26> table{};
  const auto put = [&](char letter, HeaderName name) {
    table[static_cast<size_t>(letter - 'a')] = id(name);
  };
  put('b', HeaderName::referred_by);
  put('c', HeaderName::content_type);
  put('e', HeaderName::content_encoding);
  put('f', HeaderName::from);
  put('i', HeaderName::call_id);
  put('k', HeaderName::supported);
  put('l', HeaderName::content_length);
  put('m', HeaderName::contact);
  put('o', HeaderName::event);
  put('r', HeaderName::refer_to);
  put('s', HeaderName::subject);
  put('t', HeaderName::to);
  put('u', HeaderName::allow_events);
  put('v', HeaderName::via);
  put('x', HeaderName::session_expires);
  return table;
}();

constexpr size_t kBuckets = 256;

constexpr size_t bucket_of(std::string_view text) {
  const auto at = [&](size_t i) { return static_cast<size_t>(base::to_lower(text[i])); };
  return (text.size() * 31 + at(0) * 7 + at(text.size() / 2) * 13 + at(text.size() - 1) * 3) %
         kBuckets;
}

// Open addressing with linear probing; 0 (other) ends a search.
constexpr std::array<uint8_t, kBuckets> kIndex = [] {
  std::array<uint8_t, kBuckets> table{};
  for (size_t i = 1; i < kCount; ++i) {
    size_t bucket = bucket_of(kTexts[i]);
    while (table[bucket] != 0) bucket = (bucket + 1) % kBuckets;
    table[bucket] = static_cast<uint8_t>(i);
  }
  return table;
}();

}  // namespace

std::string_view header_text(HeaderName name) { return kTexts[id(name)]; }

HeaderName header_from_text(std::string_view text) {
  if (text.empty()) return HeaderName::other;
  if (text.size() == 1)
    return base::is_alpha(text[0])
               ? static_cast<HeaderName>(
                     kCompact[static_cast<size_t>(base::to_lower(text[0]) - 'a')])
               : HeaderName::other;
  for (size_t bucket = bucket_of(text); kIndex[bucket] != 0; bucket = (bucket + 1) % kBuckets)
    if (kTexts[kIndex[bucket]] == text || base::iequals(kTexts[kIndex[bucket]], text))
      return static_cast<HeaderName>(kIndex[bucket]);
  return HeaderName::other;
}

bool is_single(HeaderName name) {
  switch (name) {
    case HeaderName::call_id:
    case HeaderName::content_length:
    case HeaderName::content_type:
    case HeaderName::cseq:
    case HeaderName::event:
    case HeaderName::expires:
    case HeaderName::from:
    case HeaderName::max_forwards:
    case HeaderName::min_expires:
    case HeaderName::min_se:
    case HeaderName::rack:
    case HeaderName::refer_to:
    case HeaderName::replaces:
    case HeaderName::rseq:
    case HeaderName::session_expires:
    case HeaderName::subscription_state:
    case HeaderName::to: return true;
    default: return false;
  }
}

}  // namespace viaduct::sip
