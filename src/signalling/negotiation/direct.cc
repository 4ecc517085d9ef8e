#include "signalling/negotiation/direct.h"

#include <algorithm>

#include "base/ascii.h"
#include "signalling/negotiation/remote_transport.h"

namespace viaduct::negotiation {

using base::Errc;
using base::Error;

base::Result<void> check_direct(std::string_view text) {
  const auto description = sdp::parse(text);
  if (!description) return description.error();
  for (size_t i = 0; i < description->media.size(); ++i) {
    const TransportView view(*description, i);
    const bool audio = base::iequals(description->media[i].kind, "audio") && view.is_alive();
    if (!audio || view.kind() != TransportKind::webrtc || !view.has("rtcp-mux")) continue;
    const auto candidates = view.webrtc({}).candidates;
    if (std::ranges::any_of(candidates, [](const IceCandidate& c) { return !c.tcp; })) return {};
    return Error{Errc::unsupported, "its description names no address of its own"};
  }
  return Error{Errc::unsupported, "its description has no audio over WebRTC"};
}

}  // namespace viaduct::negotiation
