// The one table between our Result and the causes of each protocol, both ways: SIP status codes
// (RFC 3261 §21), Q.850 values (also the Verto causeCode) and, by number, what arrives from either.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/call/termination.h"

namespace viaduct::call {

// What a caller whose call failed is told. Terminations of answered calls have no status (0): BYE.
struct SipStatus {
  uint16_t code;
  std::string_view phrase;
};
SipStatus to_sip_status(const Termination& termination);

// Q.850 value for a Reason header (RFC 3326) or verto.bye's causeCode; the exact number of the far
// protocol where it is known.
uint16_t to_q850(const Termination& termination);

// A final SIP response 300-699 that ended a call we made. A Q.850 value from its Reason header,
// when present (non-zero), decides instead, as it is nearer to the source.
Termination from_sip_status(uint16_t status, std::string_view phrase, uint16_t q850 = 0);

// A Q.850 value, or one of FreeSWITCH's above 500, from verto.bye or a BYE's Reason header.
// `answered`: whether the call was up, which tells "completed" from "rejected" in the plain
// case 16.
Termination from_q850(uint16_t cause, bool answered);

std::string_view result_name(Result result);

}  // namespace viaduct::call
