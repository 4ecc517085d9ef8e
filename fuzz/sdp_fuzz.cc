// Session descriptions: what parses prints as something that parses to the same print, and no value
// of an attribute upsets its parser.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "signalling/sdp/attributes.h"
#include "signalling/sdp/crypto.h"
#include "signalling/sdp/description.h"

namespace {

using namespace viaduct::sdp;

void read_all(const Attributes& attributes) {
  for (const Attribute& attribute : attributes) {
    const std::string_view value = attribute.value ? std::string_view(*attribute.value) : "";
    (void)parse_rtpmap(value);
    (void)parse_group(value);
    (void)parse_rtcp(value);
    (void)parse_setup(value);
    (void)parse_ssrc(value);
    (void)parse_msid(value);
    if (const auto candidate = parse_candidate(value))
      VIADUCT_CHECK(parse_candidate(print(*candidate)) == candidate);
    if (const auto fingerprint = parse_fingerprint(value))
      VIADUCT_CHECK(parse_fingerprint(print(*fingerprint)) == fingerprint);
    if (const auto crypto = parse_crypto(value))
      VIADUCT_CHECK(print(*parse_crypto(print(*crypto))) == print(*crypto));
  }
  (void)direction_of(attributes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto parsed = parse({reinterpret_cast<const char*>(data), size});
  if (!parsed) return 0;
  read_all(parsed->attributes);
  for (const Media& media : parsed->media) {
    read_all(media.attributes);
    (void)rtpmap_of(media, 96);
    (void)fmtp_of(media, 96);
  }
  const std::string once = print(*parsed);
  Limits wide;  // a print may be longer than what it was read from
  wide.bytes *= 2;
  wide.lines *= 2;
  const auto again = parse(once, wide);
  VIADUCT_CHECK(again.has_value());
  VIADUCT_CHECK(again->media == parsed->media);
  VIADUCT_CHECK(print(*again) == once);
  return 0;
}
