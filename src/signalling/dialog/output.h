// All that a UserAgent gives out, and what its parts share.
#pragma once

#include <deque>
#include <variant>

#include "base/rng.h"
#include "signalling/dialog/options.h"
#include "signalling/dialog/registrar.h"
#include "signalling/dialog/session.h"
#include "signalling/sip/transaction.h"

namespace viaduct::dialog {

using Send = sip::SendMessage;

using Output =
    std::variant<Send, IncomingCall, Ringing, Answered, Confirmed, Reinvited, ReinviteConfirmed,
                 ReinviteDone, DtmfReceived, Ended, BindingAdded, BindingRemoved>;

// Owned by the UserAgent, which outlives its parts.
struct AgentContext {
  const UserAgentOptions& options;
  base::Rng& rng;
  sip::TransactionLayer& transactions;
  std::deque<Output>& outputs;
};

}  // namespace viaduct::dialog
