// A sound file of any bytes is refused, or is a clip within its bounds that can be played at every
// rate.
#include <vector>

#include "base/check.h"
#include "media/audio/clip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace viaduct;
  audio::ClipLimits limits;
  limits.max_samples = 20000;
  const auto clip = audio::Clip::decode({data, size}, limits);
  if (!clip) return 0;
  VIADUCT_CHECK(!(*clip)->samples().empty() && (*clip)->samples().size() <= limits.max_samples);
  for (const uint32_t rate : {8000u, 16000u, 48000u}) {
    audio::ClipReader reader(*clip, rate, false);
    std::vector<int16_t> out(rate / 50);
    size_t total = 0;
    for (int i = 0; i < 400 && !reader.finished(); ++i) total += reader.read(out);
    const uint64_t expected = uint64_t{(*clip)->samples().size()} * rate / (*clip)->rate();
    VIADUCT_CHECK(total <= expected + 1);
  }
  return 0;
}
