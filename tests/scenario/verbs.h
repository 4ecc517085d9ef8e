// What the statements of a scenario mean. Each throws a Fault for a statement that nobody
// understands and for what a party cannot do at that moment.
#pragma once

#include "scenario/runner.h"

namespace viaduct::scenario {

// "alice calls 1001": the subject is the phone or the browser.
void tell_phone(Runner& runner, support::SipPhone& phone, const Statement& statement);
void tell_browser(Runner& runner, support::VertoClient& browser, const Statement& statement);
// All others: parties, network, expectations.
void tell_world(Runner& runner, const Statement& statement);

}  // namespace viaduct::scenario
