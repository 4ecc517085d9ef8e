// Switchboard: all calls of a node. Legs come in, the dial plan says what to do with them, legs go
// out, and two of them are bridged. It knows neither SIP nor Verto: it speaks leg.h to the adapters
// and messages.h to the media workers. Engine contract: one input, then poll() until empty.
// Control thread only.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/slot_map.h"
#include "base/time.h"
#include "base/timer_queue.h"
#include "core/call/call.h"
#include "core/call/leg.h"
#include "core/call/news.h"
#include "core/call/ports.h"
#include "core/call/recording.h"
#include "core/call/tones.h"
#include "core/dialplan/dialplan.h"
#include "media/graph/messages.h"

namespace viaduct::call {

struct SwitchboardOptions {
  size_t max_calls = 10'000;        // over it new calls end with congestion
  size_t max_devices = 16;          // of one user called at once; more are not rung
  uint32_t recording_rate = 16000;  // Hz: 8000, 16000 or 48000
  Tones tones = *tones_of("us");
  // What who is put on hold hears, and whose other side is away: sounds of the ClipLibrary, tones
  // by their names, or what is neither: silence.
  std::string hold_sound = "music";
  std::string away_sound = "music";
  // How long a caller who was answered before hears why the call failed.
  base::Duration failure_tone = std::chrono::seconds(5);
  // A phone that died silently: neither RTP nor RTCP for so long ends an answered call; 0: never.
  // Phones that suppress silence without comfort noise are quiet for the length of a monologue.
  // WebRTC has consent freshness for this (RFC 7675).
  base::Duration silence_timeout = std::chrono::seconds(60);
  // The same for a leg on hold, which need not send anything at all.
  base::Duration silence_on_hold = std::chrono::hours(2);
};

class Switchboard {
 public:
  using Output = std::variant<LegCommand, graph::Command, OpenRecording>;

  // All referenced things must outlive the switchboard.
  Switchboard(SwitchboardOptions options, const dialplan::Dialplan& dialplan,
              const Locator& locator, const ClipLibrary& clips);

  // A name for a leg that is about to arrive; LegArrived or release_leg must follow.
  LegId reserve_leg();
  void release_leg(LegId leg);

  void receive(const LegEvent& event, base::TimePoint now);
  void receive(const graph::PlayFinished& event, base::TimePoint now);
  // Comes every few seconds; a leg that has been silent for too long ends its call.
  void receive(const graph::StatsReport& report, base::TimePoint now);
  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const { return timers_.next(); }
  std::optional<Output> poll();
  // For records; nothing happens when nobody asks.
  std::optional<News> poll_news();

  // All zero when nothing is going on.
  struct Counts {
    size_t calls = 0, legs = 0, timers = 0;
  };
  Counts counts() const;
  // One line for each call, for an operator or a failing test.
  std::string dump();

 private:
  void on(const LegArrived& event, base::TimePoint now);
  void on(const LegRefused& event, base::TimePoint now);
  void on(const LegRinging& event, base::TimePoint now);
  void on(const LegAnswered& event, base::TimePoint now);
  void on(const LegAnsweredDirect& event, base::TimePoint now);
  void on(const LegNeedsServer& event, base::TimePoint now);
  void on(const LegDtmf& event, base::TimePoint now);
  void on(const LegEnded& event, base::TimePoint now);
  void on(const LegMediaFailed& event, base::TimePoint now);
  void on(const LegHeld& event, base::TimePoint now);
  void on(const LegAway& event, base::TimePoint now);
  void on(const LegTransfers& event, base::TimePoint now);
  void on(const LegJoins& event, base::TimePoint now);

  // Steps (switchboard_steps.cc).
  // What the dial plan says about the number the call is for.
  void run_route(Call& call, std::string_view context, base::TimePoint now);
  void run_step(Call& call, base::TimePoint now);
  void next_step(Call& call, base::TimePoint now);
  void start(Call& call, const dialplan::Echo&, base::TimePoint now);
  void start(Call& call, const dialplan::PlayClip&, base::TimePoint now);
  void start(Call& call, const dialplan::DialUser&, base::TimePoint now);
  void start(Call& call, const dialplan::Record&, base::TimePoint now);
  void start(Call& call, const dialplan::Reject&, base::TimePoint now);

  // Dialling (switchboard_steps.cc).
  void callee_ringing(Call& call, const LegRinging& event);
  void callee_answered(Call& call, LegId leg, negotiation::Codec codec, base::TimePoint now);
  void callee_failed(Call& call, const Termination& termination, base::TimePoint now);
  void take_callee(Call& call, LegId leg, base::TimePoint now);
  void end_devices(Call& call, Result result);
  // The dial plan has come to nothing: who transferred the call gets it back, else the caller is
  // told, by ear where the protocol cannot any more.
  void fail(Call& call, const Termination& why, base::TimePoint now);
  void show_parties(const Call& call);

  // Media between the parties (switchboard_direct.cc).
  static void tell_not_direct(const Call& call, std::string_view why);
  bool may_be_direct(const Call& call, const std::vector<Target>& devices);
  DirectDescription unanswered_offer(const Call& call);
  bool rings_direct(const Call& call);
  // Brings the media of a direct call to this node; of no effect on any other. To be called before
  // anything that needs the media: hold, transfer, a recording, a conference. What is heard is then
  // as after a plain answer, each party the other, and may be changed at once. Safe while a party
  // is away or ends.
  void take_media(Call& call, std::string_view why);
  void bring_media(Call& call, std::string_view why);

  // Transfer (switchboard_transfer.cc).
  void begin_anew(Call& call, LegId caller);
  void give_back(Call& call, const Termination& why);
  void take_place(Call& call, LegId who, LegId in_place_of, base::TimePoint now);
  // A leg's media is lost: its call ends, unless the leg only waits for a transfer to end.
  void lose(Call& call, LegId leg, const Termination& termination);

  // The caller is connected: answers it unless it is answered already, and lets go who transferred.
  void answer_caller(Call& call, std::vector<negotiation::Codec> prefer, base::TimePoint now);
  void settle_codec(Call& call, const std::vector<negotiation::Codec>& prefer);
  void mark_answered(LegId leg, base::TimePoint now);
  void open_early_media(Call& call, const std::optional<negotiation::Codec>& callee);
  void bridge(LegId a, LegId b);

  // Holding (switchboard_hold.cc).
  // What the leg's party hears from now on, as far as hold lets it.
  void hear(LegId leg, graph::Source source);
  void tell_source(LegId leg);
  graph::Source sound(std::string_view name) const;
  void set_presence(LegId leg, bool LegState::*what, bool value, base::TimePoint now);

  // What is answered by now is recorded from now on, if the dial plan said so.
  void record(Call& call);
  void end_call(Call& call, const Termination& termination);
  void end_leg(LegId leg, const Termination& termination);
  Call* call_of(LegId leg);
  void forget_if_over(CallId id);
  void emit(Output output) { outputs_.push_back(std::move(output)); }

  SwitchboardOptions options_;
  const dialplan::Dialplan& dialplan_;
  const Locator& locator_;
  const ClipLibrary& clips_;
  base::SlotMap<LegState, LegTag> legs_;
  base::SlotMap<Call, CallTag> calls_;
  base::TimerQueue<CallId> timers_;  // how long a dial step may ring, or a busy tone is heard
  std::deque<Output> outputs_;
  std::deque<News> news_;
};

}  // namespace viaduct::call
