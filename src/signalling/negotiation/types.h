// What offer/answer agrees on, as values: the only part of signalling that core and media see.
// RFC 8866 (SDP), RFC 3264 (offer/answer), RFC 8829 (JSEP), RFC 5763 (DTLS-SRTP), RFC 8839 (ICE),
// RFC 4568 (SDES).
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/pii.h"

namespace viaduct::negotiation {

enum class Encoding : uint8_t { opus, pcmu, pcma, g722, l16, telephone_event, comfort_noise };

// The IANA subtype, as printed in a=rtpmap ("opus", "PCMU", ...).
std::string_view encoding_name(Encoding encoding);

// A codec as an rtpmap names it. `clock_rate` is RTP's: 8000 for G.722 (RFC 3551 §4.5.2), 48000 for
// Opus whatever it carries (RFC 7587).
struct Codec {
  Encoding encoding = Encoding::pcmu;
  uint32_t clock_rate = 8000;
  uint8_t channels = 1;
  friend auto operator<=>(const Codec&, const Codec&) = default;
};

inline constexpr Codec kOpus{Encoding::opus, 48000, 2};
inline constexpr Codec kPcmu{Encoding::pcmu, 8000, 1};
inline constexpr Codec kPcma{Encoding::pcma, 8000, 1};
inline constexpr Codec kG722{Encoding::g722, 8000, 1};

// A codec under the payload type one side gave it.
struct Format {
  uint8_t payload_type = 0;  // 0-127
  Codec codec;
  std::string fmtp;  // the text behind "a=fmtp:<pt> ", may be empty
  friend bool operator==(const Format&, const Format&) = default;
};

// Always from the side whose description it is.
enum class Direction : uint8_t { sendrecv, sendonly, recvonly, inactive };
Direction reversed(Direction direction);
constexpr bool sends(Direction d) { return d == Direction::sendrecv || d == Direction::sendonly; }
constexpr bool receives(Direction d) {
  return d == Direction::sendrecv || d == Direction::recvonly;
}

// RFC 8839 §5.4: ufrag 4-256, password 22-256 ice-chars.
struct IceParameters {
  std::string ufrag;
  base::Secret<std::string> password;
};

// Only what a controlled ICE-lite agent reads of a candidate: where it is and how good (RFC 8839
// §5.1).
struct IceCandidate {
  std::string foundation;
  uint16_t component = 1;
  bool tcp = false;
  uint32_t priority = 0;
  base::SocketAddress address;
  std::string type = "host";
};

// RFC 8122: lower-case algorithm name ("sha-256") and the digest's bytes.
struct Fingerprint {
  std::string algorithm;
  std::vector<uint8_t> digest;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

enum class DtlsRole : uint8_t { client, server };  // setup:active is the client (RFC 4145, 5763)

// How the far side's media transport is reached, after an agreement.
struct WebRtcRemote {
  IceParameters ice;
  std::vector<IceCandidate> candidates;   // may be empty: peer-reflexive ones are learnt
  std::vector<Fingerprint> fingerprints;  // any one of them may match
  DtlsRole our_role = DtlsRole::server;
};

// What a party without ICE is asked for: RTP as it is, SRTP with keys from the description (RFC
// 4568), or SRTP keyed by DTLS (RFC 5763).
enum class Encryption : uint8_t { none, sdes, dtls };

// RFC 4568 §6.2, RFC 7714 §14.1. Best first: GCM costs a third of HMAC-SHA1 here.
enum class SrtpSuite : uint8_t {
  aead_aes_128_gcm,
  aead_aes_256_gcm,
  aes_cm_128_hmac_sha1_80,
  aes_cm_128_hmac_sha1_32,
};
using SrtpKey = base::Secret<std::vector<uint8_t>>;  // master key followed by master salt

struct Unprotected {};
struct SdesKeys {
  SrtpSuite suite = SrtpSuite::aead_aes_128_gcm;
  SrtpKey send;
  SrtpKey receive;
  std::vector<uint8_t> receive_mki;  // stands in each packet we get; empty: none
};
struct DtlsRemote {
  std::vector<Fingerprint> fingerprints;
  DtlsRole our_role = DtlsRole::server;
};
struct PlainRemote {
  base::SocketAddress rtp;   // port 0: unknown, learn it (symmetric RTP)
  base::SocketAddress rtcp;  // rtp.port + 1 unless a=rtcp (RFC 3605) or rtcp-mux
  std::variant<Unprotected, SdesKeys, DtlsRemote> protection{};
};

// The audio both sides agreed on. `direction` is ours.
struct AudioAgreement {
  Format send;                      // what we send: codec and the far side's payload type
  std::vector<Format> receive;      // what may arrive, under our payload types; never empty
  std::optional<Format> dtmf_send;  // telephone-event with the clock of `send` (RFC 4733)
  std::optional<Format> dtmf_receive;
  Direction direction = Direction::sendrecv;
  std::chrono::milliseconds ptime{20};  // of what we send, 10-60
  bool rtcp_mux = false;
  std::optional<WebRtcRemote> webrtc;  // exactly one of the two
  std::optional<PlainRemote> plain;
};

}  // namespace viaduct::negotiation
