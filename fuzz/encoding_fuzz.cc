// Hexadecimal and base64: encoding takes any bytes and decodes to them; decoding takes any text.
#include <algorithm>
#include <cstdint>

#include "base/check.h"
#include "base/encoding.h"

using namespace viaduct::base;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::span bytes(data, size);
  const auto from_hex = hex_decode(hex_encode(bytes));
  VIADUCT_CHECK(from_hex && std::ranges::equal(*from_hex, bytes));
  const auto from_base64 = base64_decode(base64_encode(bytes));
  VIADUCT_CHECK(from_base64 && std::ranges::equal(*from_base64, bytes));

  const std::string_view text = as_text(bytes);
  if (const auto decoded = hex_decode(text)) VIADUCT_CHECK(decoded->size() * 2 == size);
  if (const auto decoded = base64_decode(text))
    VIADUCT_CHECK(base64_encode(*decoded).size() == size);
  return 0;
}
