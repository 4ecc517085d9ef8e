#include "core/call/tones.h"

#include <algorithm>
#include <array>
#include <utility>

namespace viaduct::call {
namespace {

constexpr size_t kSteps = 6;

// Two frequencies, then on, off, on ... in milliseconds up to the first 0. One step alone goes on
// without a pause.
struct Cadence {
  uint16_t first_hz, second_hz;
  std::array<uint16_t, kSteps> ms;
};
struct Country {
  std::string_view code;
  Cadence dial, ringback, busy, congestion;
};

constexpr Country kCountries[] = {
    {"at", {420, 0, {1000}}, {420, 0, {1000, 5000}}, {420, 0, {400, 400}}, {420, 0, {200, 200}}},
    {"au",
     {413, 438, {1000}},
     {413, 438, {400, 200, 400, 2000}},
     {425, 0, {375, 375}},
     {425, 0, {375, 375}}},
    {"be", {425, 0, {1000}}, {425, 0, {1000, 3000}}, {425, 0, {500, 500}}, {425, 0, {167, 167}}},
    {"br",
     {425, 0, {1000}},
     {425, 0, {1000, 4000}},
     {425, 0, {250, 250}},
     {425, 0, {250, 250, 750, 250}}},
    {"ca",
     {350, 440, {1000}},
     {440, 480, {2000, 4000}},
     {480, 620, {500, 500}},
     {480, 620, {250, 250}}},
    {"ch", {425, 0, {1000}}, {425, 0, {1000, 4000}}, {425, 0, {500, 500}}, {425, 0, {200, 200}}},
    {"cn", {450, 0, {1000}}, {450, 0, {1000, 4000}}, {450, 0, {350, 350}}, {450, 0, {700, 700}}},
    {"cz",
     {425, 0, {330, 330, 660, 660}},
     {425, 0, {1000, 4000}},
     {425, 0, {330, 330}},
     {425, 0, {165, 165}}},
    {"de", {425, 0, {1000}}, {425, 0, {1000, 4000}}, {425, 0, {480, 480}}, {425, 0, {240, 240}}},
    {"dk", {425, 0, {1000}}, {425, 0, {1000, 4000}}, {425, 0, {500, 500}}, {425, 0, {200, 200}}},
    {"es",
     {425, 0, {1000}},
     {425, 0, {1500, 3000}},
     {425, 0, {200, 200}},
     {425, 0, {200, 200, 200, 200, 200, 600}}},
    {"fi", {425, 0, {1000}}, {425, 0, {1000, 4000}}, {425, 0, {300, 300}}, {425, 0, {200, 200}}},
    {"fr", {440, 0, {1000}}, {440, 0, {1500, 3500}}, {440, 0, {500, 500}}, {440, 0, {250, 250}}},
    {"gb",
     {350, 440, {1000}},
     {400, 450, {400, 200, 400, 2000}},
     {400, 0, {375, 375}},
     {400, 0, {400, 350, 225, 525}}},
    {"in",
     {400, 425, {1000}},
     {400, 425, {400, 200, 400, 2000}},
     {400, 0, {750, 750}},
     {400, 0, {250, 250}}},
    {"it",
     {425, 0, {200, 200, 600, 1000}},
     {425, 0, {1000, 4000}},
     {425, 0, {500, 500}},
     {425, 0, {200, 200}}},
    {"jp", {400, 0, {1000}}, {400, 416, {1000, 2000}}, {400, 0, {500, 500}}, {400, 0, {500, 500}}},
    {"mx", {425, 0, {1000}}, {425, 0, {1000, 4000}}, {425, 0, {250, 250}}, {425, 0, {250, 250}}},
    {"nl", {425, 0, {1000}}, {425, 0, {1000, 4000}}, {425, 0, {500, 500}}, {425, 0, {250, 250}}},
    {"no", {425, 0, {1000}}, {425, 0, {1000, 4000}}, {425, 0, {500, 500}}, {425, 0, {200, 200}}},
    {"nz",
     {400, 0, {1000}},
     {400, 450, {400, 200, 400, 2000}},
     {400, 0, {500, 500}},
     {400, 0, {250, 250}}},
    {"pl", {425, 0, {1000}}, {425, 0, {1000, 4000}}, {425, 0, {500, 500}}, {425, 0, {500, 500}}},
    {"pt", {425, 0, {1000}}, {425, 0, {1000, 5000}}, {425, 0, {500, 500}}, {425, 0, {200, 200}}},
    {"se", {425, 0, {1000}}, {425, 0, {1000, 5000}}, {425, 0, {250, 250}}, {425, 0, {250, 750}}},
    {"us",
     {350, 440, {1000}},
     {440, 480, {2000, 4000}},
     {480, 620, {500, 500}},
     {480, 620, {250, 250}}},
    {"za",
     {400, 433, {1000}},
     {400, 433, {400, 200, 400, 2000}},
     {400, 0, {500, 500}},
     {400, 0, {250, 250}}},
};

// E.180 wants -10 dBm0 in all, give or take 5; two frequencies share it.
constexpr float kLevelOfOne = -13, kLevelOfTwo = -16;

graph::Tone tone_of(const Cadence& cadence) {
  graph::Tone out;
  out.level_dbm0 = cadence.second_hz ? kLevelOfTwo : kLevelOfOne;
  for (size_t i = 0; i < kSteps && cadence.ms[i] != 0; ++i) {
    const bool sounds = i % 2 == 0;
    out.steps.push_back({sounds ? cadence.first_hz : uint16_t{0},
                         sounds ? cadence.second_hz : uint16_t{0},
                         std::chrono::milliseconds(cadence.ms[i])});
  }
  return out;
}

using Member = graph::Tone Tones::*;
constexpr std::array<std::pair<std::string_view, Member>, 4> kNames = {{
    {"tone:dial", &Tones::dial},
    {"tone:ringback", &Tones::ringback},
    {"tone:busy", &Tones::busy},
    {"tone:congestion", &Tones::congestion},
}};

}  // namespace

std::optional<Tones> tones_of(std::string_view country) {
  if (country == "uk") country = "gb";
  const auto* const found = std::ranges::find(kCountries, country, &Country::code);
  if (found == std::end(kCountries)) return std::nullopt;
  return Tones{tone_of(found->dial), tone_of(found->ringback), tone_of(found->busy),
               tone_of(found->congestion)};
}

std::string known_countries() {
  std::string out;
  for (const Country& country : kCountries)
    out += (out.empty() ? "" : " ") + std::string(country.code);
  return out;
}

const graph::Tone* find_tone(const Tones& tones, std::string_view name) {
  const auto* const found =
      std::ranges::find(kNames, name, &std::pair<std::string_view, Member>::first);
  return found == kNames.end() ? nullptr : &(tones.*found->second);
}

bool is_tone_name(std::string_view name) {
  return std::ranges::find(kNames, name, &std::pair<std::string_view, Member>::first) !=
         kNames.end();
}

}  // namespace viaduct::call
