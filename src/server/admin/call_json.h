// Calls, their legs, statistics and findings as JSON. Times are ISO 8601 in UTC; what is not known
// is left out.
#pragma once

#include "core/call/call_record.h"
#include "server/node/api_port.h"
#include "signalling/jsonrpc/json.h"

namespace viaduct::admin {

// With legs, or in a line of the list without.
jsonrpc::Object to_json(const call::CallRecord& call, const node::ApiView& node, bool with_legs);

// "2026-01-31T12:00:00.250Z"
std::string iso_time(base::WallTime time);

}  // namespace viaduct::admin
