// A stretch of speech made a little shorter or longer without another pitch: one period of it is
// left out or said twice, cross-faded (overlap-add). For playout that must catch up or wait.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace viaduct::audio {

// The number of samples taken out or put in: between 2.5 ms and half of `samples`, 12.5 ms at most.
// 0, and nothing changed, when it is shorter than 10 ms, or neither quiet nor anything periodic.
size_t shorten(std::vector<int16_t>& samples, uint32_t rate);
size_t lengthen(std::vector<int16_t>& samples, uint32_t rate);

}  // namespace viaduct::audio
