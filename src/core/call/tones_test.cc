#include "core/call/tones.h"

#include <gtest/gtest.h>

namespace viaduct::call {
namespace {

using std::chrono::milliseconds;

base::Duration length_of(const graph::Tone& tone) {
  base::Duration out{};
  for (const auto& step : tone.steps) out += step.length;
  return out;
}

TEST(Tones, OfSomeCountries) {
  const auto us = tones_of("us").value();
  EXPECT_EQ(us.ringback.steps[0].first_hz, 440);
  EXPECT_EQ(us.ringback.steps[0].second_hz, 480);
  EXPECT_EQ(us.ringback.steps[0].length, milliseconds(2000));
  EXPECT_EQ(us.busy.steps[0].second_hz, 620);
  const auto de = tones_of("de").value();
  EXPECT_EQ(de.busy.steps[0].first_hz, 425);
  EXPECT_EQ(de.busy.steps[1].length, milliseconds(480));
  EXPECT_EQ(tones_of("uk")->ringback.steps.size(), 4u);
}

TEST(Tones, EveryCountryHasFourThatCanBeHeard) {
  std::string all = known_countries();
  EXPECT_GE(all.size(), 20u * 3);
  for (size_t at = 0; at < all.size(); at += 3) {
    const auto tones = tones_of(all.substr(at, 2));
    ASSERT_TRUE(tones) << all.substr(at, 2);
    for (const auto* tone : {&tones->dial, &tones->ringback, &tones->busy, &tones->congestion}) {
      ASSERT_FALSE(tone->steps.empty());
      EXPECT_TRUE(tone->repeat);
      for (size_t i = 0; i < tone->steps.size(); ++i)
        EXPECT_EQ(tone->steps[i].first_hz >= 300, i % 2 == 0) << "on and off in turn";
    }
    EXPECT_GE(length_of(tones->ringback), milliseconds(3000)) << all.substr(at, 2);
    EXPECT_LE(length_of(tones->busy), milliseconds(1500)) << all.substr(at, 2);
  }
  EXPECT_FALSE(tones_of("xx"));
}

TEST(Tones, ByTheNamesOfADialPlan) {
  const auto tones = tones_of("fr").value();
  EXPECT_EQ(find_tone(tones, "tone:busy"), &tones.busy);
  EXPECT_EQ(find_tone(tones, "busy"), nullptr);
  EXPECT_TRUE(is_tone_name("tone:dial"));
  EXPECT_FALSE(is_tone_name("tone:"));
}

}  // namespace
}  // namespace viaduct::call
