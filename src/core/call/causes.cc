#include "core/call/causes.h"

#include <algorithm>
#include <array>

namespace viaduct::call {
namespace {

struct Row {
  Result result;
  std::string_view name;
  uint16_t sip_status;
  std::string_view sip_phrase;
  uint16_t q850;
};

// In the order of Result. 404, 480 and 486 are three different answers and stay so on every path.
constexpr std::array kTable = {
    Row{Result::completed, "completed", 480, "Temporarily Unavailable", 16},
    Row{Result::cancelled, "cancelled", 487, "Request Terminated", 487},
    Row{Result::answered_elsewhere, "answered elsewhere", 487, "Request Terminated", 702},
    Row{Result::busy, "busy", 486, "Busy Here", 17},
    Row{Result::no_answer, "no answer", 480, "Temporarily Unavailable", 19},
    Row{Result::rejected, "rejected", 603, "Decline", 21},
    Row{Result::not_registered, "not registered", 480, "Temporarily Unavailable", 20},
    Row{Result::unknown_number, "unknown number", 404, "Not Found", 1},
    Row{Result::not_allowed, "not allowed", 403, "Forbidden", 21},
    Row{Result::no_common_codec, "no common codec", 488, "Not Acceptable Here", 88},
    Row{Result::media_refused, "media not acceptable", 488, "Not Acceptable Here", 88},
    Row{Result::unreachable, "unreachable", 502, "Bad Gateway", 27},
    Row{Result::media_failed, "media failed", 500, "Server Internal Error", 102},
    Row{Result::congestion, "congestion", 503, "Service Unavailable", 42},
    Row{Result::invalid_request, "invalid request", 400, "Bad Request", 95},
    Row{Result::internal_error, "internal error", 500, "Server Internal Error", 41},
};

const Row& row_of(Result result) { return kTable[static_cast<size_t>(result)]; }

constexpr bool table_is_in_order() {
  for (size_t i = 0; i < kTable.size(); ++i)
    if (static_cast<size_t>(kTable[i].result) != i) return false;
  return true;
}
static_assert(table_is_in_order());

struct FromNumber {
  uint16_t number;
  Result result;
};

// RFC 3398 §8.2.6.1 in spirit, kept to what we tell apart.
constexpr std::array kFromSip = {
    FromNumber{400, Result::invalid_request},
    FromNumber{401, Result::not_allowed},
    FromNumber{403, Result::not_allowed},
    FromNumber{404, Result::unknown_number},
    FromNumber{407, Result::not_allowed},
    FromNumber{408, Result::unreachable},
    FromNumber{410, Result::unknown_number},
    FromNumber{415, Result::no_common_codec},
    FromNumber{480, Result::no_answer},
    FromNumber{481, Result::internal_error},
    FromNumber{484, Result::unknown_number},
    FromNumber{486, Result::busy},
    FromNumber{487, Result::cancelled},
    FromNumber{488, Result::no_common_codec},
    FromNumber{500, Result::internal_error},
    FromNumber{502, Result::unreachable},
    FromNumber{503, Result::congestion},
    FromNumber{504, Result::unreachable},
    FromNumber{600, Result::busy},
    FromNumber{603, Result::rejected},
    FromNumber{604, Result::unknown_number},
    FromNumber{606, Result::no_common_codec},
};

// 487 and others above 127 are FreeSWITCH's own additions to Q.850; it once numbered 702 and 806 as
// 502 and 606.
constexpr std::array kFromQ850 = {
    FromNumber{1, Result::unknown_number},
    FromNumber{3, Result::unknown_number},
    FromNumber{17, Result::busy},
    FromNumber{18, Result::no_answer},
    FromNumber{19, Result::no_answer},
    FromNumber{20, Result::not_registered},
    FromNumber{21, Result::rejected},
    FromNumber{27, Result::unreachable},
    FromNumber{28, Result::unknown_number},
    FromNumber{34, Result::congestion},
    FromNumber{38, Result::unreachable},
    FromNumber{41, Result::internal_error},
    FromNumber{42, Result::congestion},
    FromNumber{57, Result::not_allowed},
    FromNumber{65, Result::no_common_codec},
    FromNumber{79, Result::no_common_codec},
    FromNumber{88, Result::no_common_codec},
    FromNumber{95, Result::invalid_request},
    FromNumber{102, Result::unreachable},
    FromNumber{487, Result::cancelled},
    FromNumber{502, Result::answered_elsewhere},
    FromNumber{606, Result::not_registered},
    FromNumber{702, Result::answered_elsewhere},
    FromNumber{806, Result::not_registered},
};

template <size_t N>
const FromNumber* find(const std::array<FromNumber, N>& table, uint16_t number) {
  const auto it = std::ranges::find(table, number, &FromNumber::number);
  return it == table.end() ? nullptr : &*it;
}

}  // namespace

SipStatus to_sip_status(const Termination& termination) {
  const Row& row = row_of(termination.result);
  return {row.sip_status, row.sip_phrase};
}

uint16_t to_q850(const Termination& termination) {
  return termination.q850 != 0 ? termination.q850 : row_of(termination.result).q850;
}

Termination from_sip_status(uint16_t status, std::string_view phrase, uint16_t q850) {
  Termination out{.result = Result::internal_error, .reason = std::string(phrase), .q850 = q850};
  if (const FromNumber* exact = q850 == 16 ? nullptr : find(kFromQ850, q850)) {
    out.result = exact->result;
  } else if (const FromNumber* known = find(kFromSip, status)) {
    out.result = known->result;
  } else if (status >= 600) {
    out.result = Result::rejected;
  } else if (status >= 500) {
    out.result = Result::unreachable;
  } else if (status >= 400) {
    out.result = Result::rejected;
  }
  return out;
}

Termination from_q850(uint16_t cause, bool answered) {
  Termination out{
      .result = answered ? Result::completed : Result::rejected, .reason = {}, .q850 = cause};
  if (const FromNumber* known = find(kFromQ850, cause)) out.result = known->result;
  if (cause == 16 && !answered) out.q850 = 0;  // "normal clearing" of a call that rang is a refusal
  return out;
}

std::string_view result_name(Result result) { return row_of(result).name; }

}  // namespace viaduct::call
