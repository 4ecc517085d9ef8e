// Why a Verto call ended: Q.850 numbers below 128 and the reference server's own above, each with
// the name that goes beside it on the wire.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "signalling/jsonrpc/json.h"

namespace viaduct::verto {

// Those that this server sends by itself or that carry a meaning here; any other number of the
// table is a valid Cause too.
enum class Cause : uint16_t {
  none = 0,
  unallocated_number = 1,
  no_route_destination = 3,
  normal_clearing = 16,
  user_busy = 17,
  no_user_response = 18,
  no_answer = 19,
  subscriber_absent = 20,
  call_rejected = 21,
  destination_out_of_order = 27,
  invalid_number_format = 28,
  normal_unspecified = 31,
  normal_temporary_failure = 41,
  switch_congestion = 42,
  outgoing_call_barred = 52,
  bearer_capability_not_authorised = 57,
  bearer_capability_not_available = 58,
  service_unavailable = 63,
  incompatible_destination = 88,
  invalid_message = 95,
  recovery_on_timer_expire = 102,
  originator_cancel = 487,
  system_shutdown = 701,
  lose_race = 702,
  allotted_timeout = 802,
  media_timeout = 804,
  user_not_registered = 806,
};

// "NORMAL_CLEARING" for 16; empty for a number that is not in the table.
std::string_view cause_name(Cause cause);
std::optional<Cause> cause_from_code(int64_t code);
// In any case ("user_busy").
std::optional<Cause> cause_from_name(std::string_view name);

// What the members `cause` and `causeCode` of a client's verto.bye mean, nullptr where absent: a
// name or a decimal text counts first, an unknown one is 16; the code counts only beside no cause
// at all.
Cause read_bye_cause(const jsonrpc::Value* cause, const jsonrpc::Value* code);

}  // namespace viaduct::verto
