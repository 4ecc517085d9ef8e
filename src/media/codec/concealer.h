// Packet loss concealment for codecs that have none of their own: repeats the last pitch period
// with a fade, after the idea of ITU-T G.711 Appendix I.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace viaduct::codec {

class Concealer {
 public:
  explicit Concealer(uint32_t rate);

  // Audio that came. After a concealed stretch its first 5 ms are cross-faded in place.
  void heard(std::span<int16_t> samples);
  // Audio that did not come: full level for 10 ms, silent after 60 ms.
  void conceal(std::span<int16_t> out);

 private:
  void remember(std::span<const int16_t> samples);
  void find_period();
  int16_t next_sample();

  const size_t rate_;
  std::vector<int16_t> history_;  // always full; starts as silence
  std::vector<int16_t> period_;   // one pitch period whose end runs into its start
  size_t concealed_ = 0;          // samples since the last one that came; 0 when not concealing
};

}  // namespace viaduct::codec
