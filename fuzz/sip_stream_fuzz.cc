// A byte stream cut at any places: the frames do not depend on the cuts, and the buffer is bounded.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "signalling/sip/framer.h"

namespace {

namespace sip = viaduct::sip;

constexpr size_t kMaxMessage = 2048;

// The frames in order; "!" at the end when the framing was lost.
std::vector<std::string> frames(std::string_view stream, size_t step) {
  sip::ParseOptions options;
  options.max_message = kMaxMessage;
  sip::StreamFramer framer(options);
  std::vector<std::string> out;
  for (size_t at = 0; at < stream.size(); at += step) {
    framer.receive(stream.substr(at, step));
    while (true) {
      auto next = framer.next();
      if (!next) {
        VIADUCT_CHECK(framer.buffered() == 0);
        out.emplace_back("!");
        return out;
      }
      if (!*next) break;
      const auto* text = std::get_if<std::string>(&**next);
      if (text) {
        VIADUCT_CHECK(text->size() <= kMaxMessage);
        (void)sip::parse(*text);
      }
      out.push_back(text ? *text : "<ping>");
    }
    VIADUCT_CHECK(framer.buffered() <= kMaxMessage + step);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 || size > 8192) return 0;
  const size_t step = 1 + data[0];
  const std::string_view stream(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<std::string> fine = frames(stream, step);
  const std::vector<std::string> whole = frames(stream, stream.size() + 1);
  // A header that never ends is told earlier when it comes in pieces; all else is the same.
  VIADUCT_CHECK(fine == whole);
  return 0;
}
