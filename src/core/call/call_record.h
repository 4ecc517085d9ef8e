// What is known of a call and its legs while it goes on and when it is over: the one structure that
// the log, the API and a capture read. Personal data: see Identity.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "core/call/call.h"
#include "core/call/leg.h"
#include "core/call/termination.h"
#include "media/graph/messages.h"

namespace viaduct::call {

enum class Trouble : uint8_t {
  unreachable_address,  // the description names an address nobody can send to, and nothing comes
  other_address,        // the same, but media comes from elsewhere: symmetric RTP saved the call
  no_common_codec,
  media_refused,         // the description was not acceptable: encryption, addresses, no audio
  no_ice_check,          // not one connectivity check arrived
  wrong_ice_password,    // checks arrived, but none that proves who sent it
  fingerprint_mismatch,  // DTLS shows another certificate than the description named
  one_way,               // this leg sends nothing, the other one does
  silent,                // this leg sends nothing, and there is no other or it is silent too
  wrong_payload_type,    // packets under a number that was never agreed
};
std::string_view trouble_name(Trouble trouble);

// One occurrence, in a sentence that says which leg, what was seen and what to do.
struct Finding {
  Trouble trouble;
  base::TimePoint at{};
  std::string sentence;   // personal data inside
  std::string anonymous;  // the same without
};

struct LegRecord {
  LegId leg;
  bool is_caller = false;
  Identity party;
  std::vector<negotiation::Codec> offered;  // by us, to a called device
  std::optional<base::TimePoint> answered;
  std::optional<Termination> left;
  bool held = false;  // by its party
  std::optional<negotiation::AudioAgreement> agreement;
  std::optional<graph::MediaFault> fault;
  bool media_open = false;
  graph::SessionStats stats;
  base::TimePoint stats_at{};  // when the worker gave them
  std::vector<Finding> findings;
  std::vector<Trouble> present;  // those that hold now: each is told once
};

struct CallRecord {
  CallId id;
  Identity caller;
  std::string dialled;
  base::TimePoint began{};
  std::optional<base::TimePoint> answered;
  std::optional<base::TimePoint> ended;
  Termination termination;  // once ended
  // Media goes between the parties, or went until the end: nothing of it is seen here.
  bool direct = false;
  std::optional<base::TimePoint> taken_over;  // when it came here instead
  std::vector<LegRecord> legs;

  const LegRecord* caller_leg() const;
  // The device that took the call, if one did.
  const LegRecord* callee_leg() const;
  // Who talks with the leg, or did last: transfers change that.
  const LegRecord* other_than(const LegRecord& leg) const;
};

}  // namespace viaduct::call
