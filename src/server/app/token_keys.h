// The keys of tokens, as the configuration names them.
#pragma once

#include <optional>
#include <vector>

#include "core/directory/tokens.h"
#include "server/app/config.h"

namespace viaduct::app {

// Nothing when no tokens are taken, or with a fault.
std::optional<directory::TokenVerifier> load_token_keys(const Config& config,
                                                        std::vector<Fault>& faults);

}  // namespace viaduct::app
