// LegMedia: one leg's offer/answer and its media session, alike for SIP and Verto. It opens the
// session when the kind of transport is known and tells the worker of every agreement.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "core/call/leg.h"
#include "server/legs/media_services.h"
#include "signalling/negotiation/negotiator.h"

namespace viaduct::legs {

class LegMedia {
 public:
  using Codecs = std::vector<negotiation::Codec>;

  using Encryption = negotiation::Encryption;

  // `services` must outlive it. `beside`: a leg whose worker is preferred. `encryption`: what a
  // party without ICE is offered, and then may not do without.
  LegMedia(MediaServices& services, call::LegId leg, call::LegId beside = {},
           Encryption encryption = Encryption::none);
  // Closes the session.
  ~LegMedia();
  LegMedia(const LegMedia&) = delete;
  LegMedia& operator=(const LegMedia&) = delete;

  // Our offer. The kind counts the first time; later offers use the transport there is. Errors:
  // exhausted (no RTP port).
  base::Result<std::string> offer(negotiation::TransportKind kind, const Codecs& codecs,
                                  base::TimePoint now);
  // An offer to a party that comes back on a new page: with new ICE credentials, so that checks of
  // the page that was and of the one that is cannot be confused. No codecs: those offered last.
  // Errors: conflict where there is no WebRTC yet.
  base::Result<std::string> offer_to_new_page(const Codecs& codecs);
  // The answer to it: the codec we now send. Errors as of Negotiator::receive_answer.
  base::Result<negotiation::Codec> receive_answer(std::string_view sdp);
  // Their offer: the codecs we could answer with. Errors as of Negotiator::receive_offer, and
  // exhausted.
  base::Result<Codecs> receive_offer(std::string_view sdp, base::TimePoint now);
  // Our answer to it, the same each time for the same offer.
  base::Result<std::string> answer(const Codecs& prefer);

  // Their new offer for a call that goes on, and our answer with the codec there is: after a change
  // of their network with fresh ICE credentials on both sides. Errors as of the two above.
  base::Result<std::string> answer_anew(std::string_view sdp, base::TimePoint now);

  // Why the last description could not be used, for people: with no common codec, who has which.
  const call::Termination& refusal() const { return refusal_; }

  // The codec we send; nothing before an agreement.
  std::optional<negotiation::Codec> codec() const;
  // Whether the party's last description forbids us to send: it is on hold.
  bool held() const;
  // Whether digits can go as telephone-event (RFC 4733).
  bool can_send_events() const;
  void send_events(std::string_view digits);
  // As tones in the audio; and whether digits are sought in what the party says.
  void send_tones(std::string_view digits);
  void listen_for_tones();

 private:
  base::Result<void> open(negotiation::TransportKind kind, base::TimePoint now);
  base::Result<void> open_plain(base::TimePoint now);
  void open_webrtc();
  negotiation::IceParameters fresh_ice();
  void apply(const negotiation::AudioAgreement& agreement);
  // The error, of which it notes what there is to be said.
  base::Error noted(const base::Error& error, std::string_view theirs, std::string_view ours);

  MediaServices& services_;
  graph::MediaId id_;
  const Encryption encryption_;
  std::optional<negotiation::Negotiator> negotiator_;  // once the transport is open
  bool webrtc_ = false;
  bool listens_for_tones_ = false;
  // Of the last ICE restart: the worker learns it with the agreement.
  std::optional<negotiation::IceParameters> restarted_ice_;
  Codecs offered_;            // by us, last
  std::string their_codecs_;  // of their last description
  call::Termination refusal_;
};

}  // namespace viaduct::legs
