// What the switchboard tells those who only watch: call records, the API. In the order it happened.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "core/call/call.h"
#include "core/call/leg.h"
#include "core/call/termination.h"

namespace viaduct::call {

struct CallBegan {
  CallId call;
  LegId leg;  // the caller's
  Identity caller;
  std::string dialled;
};
// A device is called.
struct LegCalled {
  CallId call;
  LegId leg;
  Identity callee;
  std::vector<negotiation::Codec> offered;
};
// It took the call; the caller's leg: it was answered.
struct LegTaken {
  LegId leg;
};
// Media goes between the parties now; no longer.
struct DirectMediaBegan {
  CallId call;
};
struct DirectMediaEnded {
  CallId call;
};
struct LegOnHold {
  LegId leg;
  bool held;  // by its party
};
// A leg goes on in another call; in its own it is over.
struct LegMoved {
  CallId to;
  LegId leg;
};
struct LegLeft {
  LegId leg;
  Termination termination;
};
struct CallOver {
  CallId call;
  Termination termination;
};
using News = std::variant<CallBegan, LegCalled, LegTaken, DirectMediaBegan, DirectMediaEnded,
                          LegOnHold, LegMoved, LegLeft, CallOver>;

}  // namespace viaduct::call
