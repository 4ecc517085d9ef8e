// Who hears what while a party holds the call or is away. A leg keeps what it would hear, and each
// change of who is there decides anew what it does hear: so retrieving cannot fail to bring back
// the audio, whatever happened in between and in which order.
//
//   the party itself is on hold or away ............ nothing
//   the one it listens to is on hold or away ....... the sound for that
//   otherwise ...................................... its source
#include <utility>

#include "core/call/switchboard.h"

namespace viaduct::call {

void Switchboard::on(const LegHeld& event, base::TimePoint now) {
  if (call_of(event.leg)) news_.push_back(LegOnHold{event.leg, event.held});
  set_presence(event.leg, &LegState::held, event.held, now);
}

void Switchboard::on(const LegAway& event, base::TimePoint now) {
  set_presence(event.leg, &LegState::away, event.away, now);
}

void Switchboard::set_presence(LegId id, bool LegState::*what, bool value, base::TimePoint now) {
  Call* const call = call_of(id);
  if (!call) return;
  take_media(*call, "a party holds or is away");
  LegState& leg = legs_.at(id);
  const bool was_present = leg.present();
  leg.*what = value;
  // Who is away and on hold at once is silent for one reason: the music does not begin anew.
  if (leg.present() == was_present) return;
  leg.talks_since = now;
  tell_source(id);
  const auto other = call->other_of(id);
  if (!other) return;
  legs_.at(*other).talks_since = now;
  tell_source(*other);
}

void Switchboard::hear(LegId leg, graph::Source source) {
  legs_.at(leg).source = std::move(source);
  tell_source(leg);
}

void Switchboard::tell_source(LegId id) {
  const LegState& leg = legs_.at(id);
  graph::Source source = leg.source;
  if (!leg.present()) {
    source = graph::NoSource{};
  } else if (const auto* from = std::get_if<graph::FromSession>(&source)) {
    const LegState* const other = legs_.find(leg_of(from->other));
    if (other && !other->present())
      source = sound(other->held ? options_.hold_sound : options_.away_sound);
  }
  emit(graph::Command(graph::SetSource{media_of(id), std::move(source)}));
}

graph::Source Switchboard::sound(std::string_view name) const {
  if (const graph::Tone* const tone = find_tone(options_.tones, name)) return *tone;
  if (auto clip = clips_.find(name)) return graph::Play{std::move(clip), true};
  // Packets go on: a phone that gets none may take the call for dead.
  return graph::Tone{.steps = {{0, 0, std::chrono::seconds(1)}}};
}

}  // namespace viaduct::call
