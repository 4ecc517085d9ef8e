// What we need to know of a peer's description, read out of it once.
#pragma once

#include <bitset>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "signalling/negotiation/local_transport.h"
#include "signalling/negotiation/negotiator.h"
#include "signalling/negotiation/payload_types.h"
#include "signalling/negotiation/types.h"
#include "signalling/sdp/attributes.h"
#include "signalling/sdp/description.h"

namespace viaduct::negotiation {

// A media section, as far as our own descriptions must echo it. All texts are visible ASCII.
struct Section {
  std::string kind;
  std::string protocol;
  std::string format;  // the first: printed when the section is rejected
  std::string mid;     // empty: the peer uses none
  bool bundled = false;
};

struct RemoteAudio {
  size_t index = 0;             // of its section
  std::vector<Format> formats;  // usable codecs and telephone-event, each codec once, peer's order
  std::bitset<kPayloadTypes> payload_types;  // all that the m= line names
  Direction direction = Direction::sendrecv;
  std::chrono::milliseconds ptime{20};  // wanted of us, 10-60
  bool rtcp_mux = false;
  std::optional<sdp::Setup> setup;
  std::optional<WebRtcRemote> webrtc;  // exactly one of the two; our_role is not decided here
  std::optional<PlainRemote> plain;
  uint32_t crypto_tag = 0;  // of the line behind plain's SDES keys
};

struct RemoteDescription {
  std::vector<Section> sections;
  RemoteAudio audio;
};

// What an offer is read with.
struct OfferReader {
  const LocalTransport& local;
  std::optional<size_t> last_index;   // of the audio section, when there was one
  std::span<const SrtpSuite> suites;  // best first
};
// Reads an offer: the audio section of before if it is usable, else the first that is encrypted,
// else the first. Errors: malformed, unsupported.
base::Result<RemoteDescription> read_offer(const sdp::Description& offer, const OfferReader& reader,
                                           const NegotiatorOptions& options);
// What an answer is read against.
struct OfferMade {
  size_t index = 0;  // of the audio section
  TransportKind kind = TransportKind::plain;
  Encryption encryption = Encryption::none;
  std::span<const SrtpSuite> suites;
};
// Errors: malformed, unsupported.
base::Result<RemoteDescription> read_answer(const sdp::Description& answer, const OfferMade& offer,
                                            const NegotiatorOptions& options);

}  // namespace viaduct::negotiation
