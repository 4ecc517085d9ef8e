// Negotiator: one leg's offer/answer (RFC 3264, RFC 8829) for one audio stream, from the leg's
// first description to its last. SIP and Verto legs use it alike; it knows texts, not messages.
//
// What stays for the leg's whole life: session id, order and number of m-lines, the payload type of
// each codec, the transport. The o= version grows by one exactly when our description changes.
//
// One exchange is open at a time. A new offer, ours or theirs, takes the place of an unfinished
// one: keeping offers from crossing is the dialog's affair (RFC 3261 §14.1). A failed call changes
// nothing: the last agreement stays in force.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "signalling/negotiation/local_transport.h"
#include "signalling/negotiation/types.h"
#include "signalling/sdp/description.h"

namespace viaduct::negotiation {

struct NegotiatorOptions {
  sdp::Limits limits;
  // Of a remote description; more are ignored. A browser on a machine with many interfaces sends
  // about twenty candidates; a certificate has one fingerprint, rarely two.
  size_t max_candidates = 32;
  size_t max_fingerprints = 4;
  size_t max_crypto = 16;  // phones with every suite there is write about eight lines
};

class Negotiator {
 public:
  struct Answer {
    std::string text;
    AudioAgreement agreement;
  };

  // `session_id` is printed in o= and names our stream: any number below 2^63, best a random one.
  Negotiator(LocalTransport local, uint64_t session_id, NegotiatorOptions options = {});
  ~Negotiator();
  Negotiator(Negotiator&&) noexcept;
  Negotiator& operator=(Negotiator&&) noexcept;

  // New ICE credentials of ours, from the next description on: an ICE restart (RFC 8445 §9). Only
  // for WebRTC.
  void restart_ice(IceParameters fresh);

  // Offers `codecs` in that order (telephone-event comes by itself; no codecs: Opus, PCMU, PCMA).
  // `direction` is ours: sendonly or inactive hold the far side.
  std::string make_offer(std::span<const Codec> codecs, Direction direction = Direction::sendrecv);

  // May be called again for the same offer (183 then 200, forks): the last answer counts.
  // Errors: malformed, too_large; conflict without an offer of ours; unsupported when audio was
  // rejected, no codec is common, or what its encryption needs is missing.
  base::Result<AudioAgreement> receive_answer(std::string_view text);

  // Returns the codecs we could answer with, in the offerer's order, without telephone-event and
  // CN. Errors: malformed, too_large; unsupported when we cannot answer with any audio.
  base::Result<std::vector<Codec>> receive_offer(std::string_view text);

  // Whether the offer received last restarts ICE: its credentials are others than those agreed on
  // (RFC 8445 §9). Then our answer must have fresh ones too.
  bool offer_restarts_ice() const;

  // Answers the offer received last with the first codec of `prefer` that it has (no `prefer`: the
  // offerer's first). Called again for the same offer it gives the same answer, so that a 183 and
  // its 200 agree. Errors: conflict without an offer; unsupported when no codec is common.
  base::Result<Answer> make_answer(std::span<const Codec> prefer,
                                   Direction direction = Direction::sendrecv);

  // The last agreement reached, by either side's offer.
  const std::optional<AudioAgreement>& agreement() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace viaduct::negotiation
