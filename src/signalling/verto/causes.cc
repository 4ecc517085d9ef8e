#include "signalling/verto/causes.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"

namespace viaduct::verto {
namespace {

struct Entry {
  uint16_t code;
  std::string_view name;
};

// In the order of the codes.
constexpr auto kCauses = std::to_array<Entry>({
    {0, "NONE"},
    {1, "UNALLOCATED_NUMBER"},
    {2, "NO_ROUTE_TRANSIT_NET"},
    {3, "NO_ROUTE_DESTINATION"},
    {6, "CHANNEL_UNACCEPTABLE"},
    {7, "CALL_AWARDED_DELIVERED"},
    {16, "NORMAL_CLEARING"},
    {17, "USER_BUSY"},
    {18, "NO_USER_RESPONSE"},
    {19, "NO_ANSWER"},
    {20, "SUBSCRIBER_ABSENT"},
    {21, "CALL_REJECTED"},
    {22, "NUMBER_CHANGED"},
    {23, "REDIRECTION_TO_NEW_DESTINATION"},
    {25, "EXCHANGE_ROUTING_ERROR"},
    {27, "DESTINATION_OUT_OF_ORDER"},
    {28, "INVALID_NUMBER_FORMAT"},
    {29, "FACILITY_REJECTED"},
    {30, "RESPONSE_TO_STATUS_ENQUIRY"},
    {31, "NORMAL_UNSPECIFIED"},
    {34, "NORMAL_CIRCUIT_CONGESTION"},
    {38, "NETWORK_OUT_OF_ORDER"},
    {41, "NORMAL_TEMPORARY_FAILURE"},
    {42, "SWITCH_CONGESTION"},
    {43, "ACCESS_INFO_DISCARDED"},
    {44, "REQUESTED_CHAN_UNAVAIL"},
    {45, "PRE_EMPTED"},
    {50, "FACILITY_NOT_SUBSCRIBED"},
    {52, "OUTGOING_CALL_BARRED"},
    {54, "INCOMING_CALL_BARRED"},
    {57, "BEARERCAPABILITY_NOTAUTH"},
    {58, "BEARERCAPABILITY_NOTAVAIL"},
    {63, "SERVICE_UNAVAILABLE"},
    {65, "BEARERCAPABILITY_NOTIMPL"},
    {66, "CHAN_NOT_IMPLEMENTED"},
    {69, "FACILITY_NOT_IMPLEMENTED"},
    {79, "SERVICE_NOT_IMPLEMENTED"},
    {81, "INVALID_CALL_REFERENCE"},
    {88, "INCOMPATIBLE_DESTINATION"},
    {95, "INVALID_MSG_UNSPECIFIED"},
    {96, "MANDATORY_IE_MISSING"},
    {97, "MESSAGE_TYPE_NONEXIST"},
    {98, "WRONG_MESSAGE"},
    {99, "IE_NONEXIST"},
    {100, "INVALID_IE_CONTENTS"},
    {101, "WRONG_CALL_STATE"},
    {102, "RECOVERY_ON_TIMER_EXPIRE"},
    {103, "MANDATORY_IE_LENGTH_ERROR"},
    {111, "PROTOCOL_ERROR"},
    {127, "INTERWORKING"},
    {142, "SUCCESS"},
    {487, "ORIGINATOR_CANCEL"},
    {700, "CRASH"},
    {701, "SYSTEM_SHUTDOWN"},
    {702, "LOSE_RACE"},
    {703, "MANAGER_REQUEST"},
    {800, "BLIND_TRANSFER"},
    {801, "ATTENDED_TRANSFER"},
    {802, "ALLOTTED_TIMEOUT"},
    {803, "USER_CHALLENGE"},
    {804, "MEDIA_TIMEOUT"},
    {805, "PICKED_OFF"},
    {806, "USER_NOT_REGISTERED"},
    {807, "PROGRESS_TIMEOUT"},
    {808, "INVALID_GATEWAY"},
    {809, "GATEWAY_DOWN"},
    {810, "INVALID_URL"},
    {811, "INVALID_PROFILE"},
    {812, "NO_PICKUP"},
    {813, "SRTP_READ_ERROR"},
    {814, "BOWOUT"},
    {815, "BUSY_EVERYWHERE"},
    {816, "DECLINE"},
    {817, "DOES_NOT_EXIST_ANYWHERE"},
    {818, "NOT_ACCEPTABLE"},
    {819, "UNWANTED"},
    {820, "NO_IDENTITY"},
    {821, "BAD_IDENTITY_INFO"},
    {822, "UNSUPPORTED_CERTIFICATE"},
    {823, "INVALID_IDENTITY"},
    {824, "STALE_DATE"},
    {825, "REJECT_ALL"},
});

static_assert(std::is_sorted(kCauses.begin(), kCauses.end(),
                             [](const Entry& a, const Entry& b) { return a.code < b.code; }));

const Entry* find(int64_t code) {
  const auto it = std::lower_bound(kCauses.begin(), kCauses.end(), code,
                                   [](const Entry& entry, int64_t c) { return entry.code < c; });
  return it != kCauses.end() && it->code == code ? &*it : nullptr;
}

}  // namespace

std::string_view cause_name(Cause cause) {
  const Entry* entry = find(static_cast<uint16_t>(cause));
  return entry ? entry->name : std::string_view();
}

std::optional<Cause> cause_from_code(int64_t code) {
  const Entry* entry = find(code);
  if (!entry) return std::nullopt;
  return static_cast<Cause>(entry->code);
}

std::optional<Cause> cause_from_name(std::string_view name) {
  for (const Entry& entry : kCauses)
    if (base::iequals(entry.name, name)) return static_cast<Cause>(entry.code);
  return std::nullopt;
}

Cause read_bye_cause(const jsonrpc::Value* cause, const jsonrpc::Value* code) {
  std::optional<Cause> found = Cause::none;
  if (const auto text = cause ? jsonrpc::as_string(*cause) : std::nullopt) {
    const bool number = !text->empty() && base::is_digit(text->front());
    found = number ? cause_from_code(base::parse_number<int64_t>(*text).value_or(-1))
                   : cause_from_name(*text);
    if (!found) return Cause::normal_clearing;
  }
  if (found != Cause::none) return *found;
  const auto number = code ? jsonrpc::as_integer(*code) : std::nullopt;
  found = cause_from_code(number.value_or(0)).value_or(Cause::none);
  return found == Cause::none ? Cause::normal_clearing : *found;
}

}  // namespace viaduct::verto
