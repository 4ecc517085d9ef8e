// Outgoing: the sending half of a session. Whatever the source (another session's packets, relayed
// or transcoded, or sound made here), one line of sequence numbers and timestamps goes out.
//
//   forward() ─┬─ same codec ──► new header, in place ─────────────┐
//              └─ other codec ─► Transcoder ─┐                     ├─► rtp::Sender ─► Wire
//   timer ─────── LocalSource ───────────────┴─ frames ────────────┤
//   timer ─────── TelephoneEventSender ─ audio is held back ───────┘
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/rng.h"
#include "base/time.h"
#include "media/graph/capture_tap.h"
#include "media/graph/incoming.h"
#include "media/graph/local_source.h"
#include "media/graph/messages.h"
#include "media/graph/transcoder.h"
#include "media/graph/worker_options.h"
#include "transport/peer/peer.h"
#include "transport/rtp/sender.h"
#include "transport/rtp/telephone_event.h"

namespace viaduct::graph {

// One session's way out, for the length of a call.
struct Wire {
  peer::Peer& peer;
  peer::Sink& sink;
  base::TimePoint now;
  CaptureTap* tap = nullptr;  // of a capture that runs

  // `buffer` as Peer::send_rtp() wants it.
  void send_rtp(std::span<uint8_t> buffer, size_t length) const {
    if (tap && tap->decrypted()) tap->sent(buffer.first(length), peer.remote(), false, now);
    peer.send_rtp(buffer, length, now, sink);
  }
};

class Outgoing {
 public:
  // The options must outlive it.
  explicit Outgoing(const WorkerOptions& options) : options_(options) {}

  void apply(const negotiation::AudioAgreement& agreement, base::Rng& rng, base::TimePoint now);
  // FromSession only says that packets will come through forward().
  void set_source(Source source, base::TimePoint now);
  // Whether the transport can carry media now. Sound made here waits until it can.
  void set_transport_ready(bool ready, base::TimePoint now);

  // False: no telephone-event agreed, nothing can be sent, not a digit, or too many are waiting.
  bool send_digit(char digit, base::Duration length, base::TimePoint now);
  // As a tone in place of the audio. False: nothing can be sent, not a digit, or too many waiting.
  bool send_tone(char digit, base::Duration length, base::TimePoint now);

  // Another session's packet. `in_place`: its bytes may be rewritten, and peer::kSrtpTrailer bytes
  // behind them too. `scratch` holds kScratch bytes.
  static constexpr size_t kScratch = 2048;
  void forward(const Heard& heard, bool in_place, std::span<uint8_t> scratch, const Wire& wire);

  void handle_timeout(std::span<uint8_t> scratch, const Wire& wire);
  base::TimePoint next_timeout() const;

  // True once after a clip has been played to its end.
  bool take_play_finished() { return std::exchange(play_finished_, false); }
  // What the far side reports to lose of what we send, in per cent.
  void expect_loss(int percent);

  // The sending half, but for what the far side reports.
  SentStats stats() const;
  std::chrono::milliseconds ptime() const {
    return agreement_ ? agreement_->ptime : std::chrono::milliseconds(20);
  }

  // Nothing before the first agreement.
  const rtp::Sender* sender() const { return sender_ ? &*sender_ : nullptr; }
  const Source& source() const { return source_; }
  bool sends() const { return ready_; }

 private:
  void refresh(base::TimePoint now);
  void change_source();
  void drop_local();
  void start_local(base::TimePoint now);
  void relay(const Heard& heard, bool in_place, std::span<uint8_t> scratch, const Wire& wire);
  void transcode(const Heard& heard, std::span<uint8_t> scratch, const Wire& wire);
  void make_local_frame(std::span<uint8_t> scratch, const Wire& wire);
  // Of the source: held back while digits go out.
  void send_frame(const EncodedFrame& frame, std::span<uint8_t> scratch, const Wire& wire);
  void stamp_and_send(const EncodedFrame& frame, std::span<uint8_t> scratch, const Wire& wire);
  void send_digits(const Wire& wire);
  void begin_tones();
  void make_tone_frames(std::span<uint8_t> scratch, const Wire& wire);
  void end_tones();
  bool holding_audio() const { return digits_ && digits_->sending(); }

  const WorkerOptions& options_;
  std::optional<negotiation::AudioAgreement> agreement_;
  bool transport_ready_ = false;
  bool ready_ = false;  // agreed to send, and the transport can
  std::optional<rtp::Sender> sender_;

  Source source_ = NoSource{};
  std::optional<LocalSource> local_;
  base::TimePoint next_frame_ = base::kNever;
  bool play_finished_ = false;

  std::optional<negotiation::Codec>
      heard_codec_;                         // of the present source; what follows is made for it
  std::unique_ptr<Transcoder> transcoder_;  // nullptr: relayed, or none for this codec
  int loss_percent_ = 0;

  std::optional<rtp::TelephoneEventSender> digits_;

  std::vector<Tone::Step> tone_steps_;  // digits waiting to be heard as such
  std::optional<LocalSource> tone_;
  base::TimePoint next_tone_frame_ = base::kNever;
};

}  // namespace viaduct::graph
