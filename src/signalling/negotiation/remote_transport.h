// How a peer's media section says it is reached.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "signalling/negotiation/local_transport.h"
#include "signalling/negotiation/negotiator.h"
#include "signalling/negotiation/types.h"
#include "signalling/sdp/attributes.h"
#include "signalling/sdp/description.h"

namespace viaduct::negotiation {

// The BUNDLE group that holds `mid` (RFC 8843), or nothing.
std::optional<sdp::Group> bundle_of(const sdp::Description& description, std::string_view mid);

// By the protocol of the m= line.
enum class Profile : uint8_t {
  avp,       // RTP/AVP(F): plain, or encrypted where both can (RFC 8643)
  savp,      // RTP/SAVP(F): SDES by RFC 4568, DTLS by RFC 5764 and older JSEP
  tls_savp,  // UDP/TLS/RTP/SAVP(F)
  other,
};

// One section's transport attributes. Where the section has none of a name, the first section of
// its BUNDLE group speaks for it (RFC 8843 §7.1.3), then the session. Lives as long as the
// description.
class TransportView {
 public:
  TransportView(const sdp::Description& description, size_t index);

  // Neither rejected nor, with port 0, anything but a=bundle-only.
  bool is_alive() const;
  Profile profile() const;
  // WebRTC is SRTP with all that a DTLS handshake over ICE needs; nothing for no RTP, and for SRTP
  // without any key or fingerprint.
  std::optional<TransportKind> kind() const;

  bool has(std::string_view name) const { return value(name).has_value(); }
  std::optional<std::string_view> value(std::string_view name) const;

  // Only for kind() webrtc. Candidates that are no IP addresses are passed over.
  WebRtcRemote webrtc(const NegotiatorOptions& options) const;
  // Where it is; port 0 where the address is none we could send to.
  PlainRemote plain() const;
  // RFC 3264 §8.4, the older form: "c=IN IP4 0.0.0.0" asks us not to send.
  bool is_held_by_address() const;
  // Multicast or broadcast: a call is between two.
  bool is_group_address() const;
  std::vector<Fingerprint> fingerprints(size_t most) const;
  // Of the section alone: keys are never shared (RFC 4568 §5.1).
  const sdp::Attributes& own_attributes() const { return media_.attributes; }

 private:
  std::vector<std::string_view> values(std::string_view name) const;
  std::optional<IceParameters> ice() const;
  const sdp::Connection* connection() const;

  const sdp::Description& description_;
  const sdp::Media& media_;
  bool bundled_ = false;
  std::vector<const sdp::Attributes*> places_;
};

}  // namespace viaduct::negotiation
