// Why is it silent? From a leg's statistics and what was negotiated to sentences a person can act
// upon. Pure: nothing is remembered here.
#pragma once

#include <vector>

#include "base/time.h"
#include "core/call/call_record.h"

namespace viaduct::call {

// Under this a missing packet is no trouble yet.
inline constexpr base::Duration kSilenceIsTrouble = std::chrono::milliseconds(2500);
// Whether RTCP comes tells a muted device from a blocked way; a first report is due by then. Nor do
// two people who are both silent surprise anybody before.
inline constexpr base::Duration kReportsAreDue = std::chrono::seconds(8);
// Fewer packets under an unknown number are somebody's mistake, not a stream.
inline constexpr uint64_t kStrayPackets = 10;

// All that is wrong with the leg now. `other`: the leg it is bridged to, or nullptr.
std::vector<Finding> diagnose(const LegRecord& leg, const LegRecord* other, base::TimePoint now);

}  // namespace viaduct::call
