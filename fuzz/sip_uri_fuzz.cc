// Any text as a URI: prints what it read, equals itself, and survives being built again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "signalling/sip/uri.h"

namespace sip = viaduct::sip;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size > 4096) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  // As a user part, whatever the bytes are.
  const sip::Uri built = sip::Uri::sip(text, "host.example", 5070);
  const auto rebuilt = sip::Uri::parse(built.str());
  VIADUCT_CHECK(rebuilt.has_value());
  VIADUCT_CHECK(rebuilt->user() == text);

  const auto uri = sip::Uri::parse(text);
  if (!uri) return 0;
  const std::string printed = uri->str();
  const auto again = sip::Uri::parse(printed);
  VIADUCT_CHECK(again.has_value());
  VIADUCT_CHECK(again->str() == printed);
  VIADUCT_CHECK(printed.size() <= text.size());
  VIADUCT_CHECK(sip::equivalent(*uri, *uri));
  VIADUCT_CHECK(sip::equivalent(*uri, *again));
  VIADUCT_CHECK(sip::equivalent(*uri, built) == sip::equivalent(built, *uri));
  VIADUCT_CHECK(uri->is_sip() == !uri->host().empty());
  (void)uri->host_address();
  (void)uri->param("transport");

  sip::Uri changed = *uri;
  if (!changed.is_sip()) return 0;
  changed.set_user("1000");
  changed.params().set("lr");
  changed.clear_headers();
  const auto parsed = sip::Uri::parse(changed.str());
  VIADUCT_CHECK(parsed.has_value());
  VIADUCT_CHECK(parsed->user() == "1000" && parsed->has_param("lr"));
  return 0;
}
