// What a media packet must be to go further.
#pragma once

#include <cstdint>
#include <span>

#include "base/address.h"

namespace viaduct::peer {

// RFC 3550 §5.1: version 2, and CSRCs, extension and padding within the packet.
bool is_sane_rtp(std::span<const uint8_t> packet);
// A description may name any address; packets go only where one host can be.
bool is_sendable(const base::SocketAddress& address);
// RFC 3550 §6.4: version 2 and a first part that lies within the compound.
bool is_sane_rtcp(std::span<const uint8_t> packet);

}  // namespace viaduct::peer
