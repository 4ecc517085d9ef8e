// Why a leg or call ended: one value from any protocol to any protocol (causes.cc maps it).
#pragma once

#include <cstdint>
#include <string>

namespace viaduct::call {

enum class Result : uint8_t {
  completed,           // answered, then hung up by a party
  cancelled,           // the caller gave up before an answer
  answered_elsewhere,  // another device of the callee took the call
  busy,
  no_answer,
  rejected,
  not_registered,  // a known user without a device at present
  unknown_number,  // nobody and nothing has that number
  not_allowed,     // the caller has no right to it
  no_common_codec,
  media_refused,  // the description was not acceptable for another reason: encryption, addresses
  unreachable,    // the next hop did not answer or could not be resolved
  media_failed,
  congestion,  // a limit of ours or theirs
  invalid_request,
  internal_error,
};

struct Termination {
  Result result = Result::completed;
  std::string reason;  // for people: logs, call records, SIP Reason text; may be empty
  // The far protocol's own number where it was more exact than `result`; 0: none.
  uint16_t q850 = 0;
};

}  // namespace viaduct::call
