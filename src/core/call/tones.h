// The tones that calls are announced with, by country (facts of ITU-T E.180 Supplement 2; where a
// country modulates a tone, the nearest pair of frequencies).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "media/graph/messages.h"

namespace viaduct::call {

struct Tones {
  graph::Tone dial;
  graph::Tone ringback;
  graph::Tone busy;
  graph::Tone congestion;
};

// `country`: two letters of ISO 3166 in lower case; "uk" is one too. Nothing for one not known
// here.
std::optional<Tones> tones_of(std::string_view country);
// "at au be ...", for a person.
std::string known_countries();

// A tone by the name a dial plan gives it ("tone:busy"); nullptr for anything else.
const graph::Tone* find_tone(const Tones& tones, std::string_view name);
bool is_tone_name(std::string_view name);

}  // namespace viaduct::call
