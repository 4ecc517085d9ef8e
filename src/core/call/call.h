// What the switchboard remembers of a call and of each of its legs.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "core/call/leg.h"
#include "core/dialplan/steps.h"

namespace viaduct::call {

struct CallTag;
using CallId = base::Id<CallTag>;

struct LegState {
  CallId call{};  // none: reserved, not arrived
  Identity party{};
  // What it can be sent: as offered, or once it is answered the one codec.
  std::vector<negotiation::Codec> codecs{};
  size_t worker = 0;  // of its media; all legs of a call have the same
  bool answered = false;
  bool direct = false;  // rings with the caller's own offer
  bool ending = false;  // EndLeg was given; only LegEnded counts now

  // What its party hears while both it and the one it listens to are there (switchboard_hold.cc).
  graph::Source source = graph::NoSource{};
  bool held = false;  // its party holds the call
  bool away = false;  // its party will perhaps come back
  // When it was answered, or when holding last began or ended at either side: how long it has been
  // silent counts from here.
  base::TimePoint talks_since{};

  bool present() const { return !held && !away; }
};

// Why an offer that we have answered ourselves cannot be handed on.
inline constexpr base::Error kCallerHasAnswer{base::Errc::conflict,
                                              "the caller was answered before"};

// A leg and what the dial plan does with it: nothing (yet), a sound, an echo, devices that ring, or
// a bridge to the one that answered. A transfer makes a bridged leg the one the dial plan runs for.
struct Call {
  CallId id;
  LegId caller;  // who called, or was transferred
  std::string dialled;
  bool wants_ringback = false;
  DirectDescription direct_offer = kCallerHasAnswer;

  std::vector<dialplan::Step> steps;
  size_t step = 0;

  // While a DialUser step rings; once it is answered, only `callee`.
  std::vector<LegId> ringing;
  std::optional<LegId> callee;
  bool direct = false;  // media goes between caller and callee: see take_media()
  // Who has transferred the caller and gets it back should that fail; hears nothing meanwhile.
  std::optional<LegId> transferrer;
  dialplan::CodecPolicy codecs;
  std::optional<dialplan::Record> record;  // from the first answer on
  bool recording = false;
  std::optional<Termination> ends_with;  // a busy tone is heard until then
  bool caller_alerted = false;           // RingLeg or early media was given
  std::optional<LegId> early;            // the device whose early media the caller hears
  Termination worst;           // why the devices did not take the call, the most telling reason
  bool device_failed = false;  // whether `worst` says anything

  bool over = false;  // ended; waits for its legs' LegEnded
  size_t legs = 0;    // legs that have not ended

  // Whom the leg hears and who hears it: bridged, or before the answer.
  std::optional<LegId> other_of(LegId leg) const {
    const auto& far = callee ? callee : early;
    if (leg == caller) return far;
    return leg == far ? std::optional(caller) : std::nullopt;
  }
};

}  // namespace viaduct::call
