#include "core/call/switchboard_fixture.h"

namespace viaduct::call {
namespace {

TEST_F(SwitchboardTest, WhoIsPutOnHoldHearsMusicAndWhoHoldsNothing) {
  bridge();
  say(LegHeld{caller_, true});
  EXPECT_THAT(drain(), ElementsAre("caller hears nothing", "device0 hears music"));
  say(LegHeld{caller_, true});
  EXPECT_THAT(drain(), IsEmpty()) << "the music does not begin anew";
  say(LegHeld{caller_, false});
  EXPECT_THAT(drain(), ElementsAre("caller hears device0", "device0 hears caller"));
  gone(caller_);
  drain();
  all_gone();
}

TEST_F(SwitchboardTest, BothMayHoldAndWhoRetrievesFirstHearsMusic) {
  bridge();
  say(LegHeld{caller_, true});
  say(LegHeld{started_[0], true});
  EXPECT_EQ(drain().back(), "caller hears nothing");
  say(LegHeld{caller_, false});
  EXPECT_THAT(drain(), ElementsAre("caller hears music", "device0 hears nothing"));
  say(LegHeld{started_[0], false});
  EXPECT_THAT(drain(), ElementsAre("device0 hears caller", "caller hears device0"));
  gone(caller_);
  drain();
  all_gone();
}

TEST_F(SwitchboardTest, HoldLastsWhileThePartyIsAway) {
  bridge();
  say(LegAway{caller_, true});
  EXPECT_THAT(drain(), ElementsAre("caller hears nothing", "device0 hears music"));
  say(LegHeld{caller_, true});
  say(LegAway{caller_, false});
  EXPECT_THAT(drain(), IsEmpty()) << "it is back, but holds";
  say(LegHeld{caller_, false});
  EXPECT_THAT(drain(), ElementsAre("caller hears device0", "device0 hears caller"));
  gone(caller_);
  drain();
  all_gone();
}

TEST_F(SwitchboardTest, WhatAnApplicationPlaysPausesWhileItIsHeld) {
  arrive("9196");
  drain();
  say(LegHeld{caller_, true});
  EXPECT_THAT(drain(), ElementsAre("caller hears nothing"));
  say(LegHeld{caller_, false});
  EXPECT_THAT(drain(), ElementsAre("caller hears caller"));
  gone(caller_);
}

TEST_F(SwitchboardTest, ASilentPhoneHasTheLimitOfHoldWhicheverSideHolds) {
  bridge();
  graph::StatsReport report{media_of(started_[0]), {}};
  report.stats.received.expected_since = now_;
  say(LegHeld{caller_, true});
  drain();
  now_ += seconds(3600);
  board_.receive(report, now_);
  EXPECT_THAT(drain(), IsEmpty());
  say(LegHeld{caller_, false});
  drain();
  now_ += seconds(59);
  board_.receive(report, now_);
  EXPECT_THAT(drain(), IsEmpty()) << "it counts from the retrieval";
  now_ += seconds(1);
  board_.receive(report, now_);
  EXPECT_THAT(drain(), ElementsAre("end device0", "end caller"));
  all_gone();
}

TEST(SwitchboardSounds, WhatIsNoSoundIsSilence) {
  const dialplan::Dialplan routes = plan();
  FakeLocator locator;
  OneClip clips;
  Switchboard board({.hold_sound = "silence"}, routes, locator, clips);
  locator.users["1001"] = {SipTarget{"sip:1001@phone", "", {}}};
  const LegId caller = board.reserve_leg();
  board.receive(LegArrived{caller, {}, "", "1001", "default", {}, false}, {});
  std::optional<LegId> callee;
  const auto drain = [&] {
    std::optional<graph::Source> last;
    while (auto output = board.poll()) {
      if (auto* command = std::get_if<LegCommand>(&*output)) {
        if (auto* start = std::get_if<StartLeg>(command)) callee = start->leg;
      } else if (auto* media = std::get_if<graph::Command>(&*output)) {
        last = std::get<graph::SetSource>(*media).source;
      }
    }
    return last;
  };
  drain();
  board.receive(LegAnswered{*callee, negotiation::kPcmu}, {});
  drain();
  board.receive(LegHeld{caller, true}, {});
  const auto source = drain();
  ASSERT_TRUE(source && std::holds_alternative<graph::Tone>(*source))
      << "silent packets, not none at all";
  EXPECT_EQ(std::get<graph::Tone>(*source).steps.front().first_hz, 0);
}

TEST_F(SwitchboardTest, HoldingADirectCallBringsItsMediaHereFirst) {
  arrive("21003");
  drain();
  say(LegAnsweredDirect{started_[0], std::string("its answer")});
  drain();
  say(LegHeld{started_[0], true});
  EXPECT_THAT(drain(), ElementsAre("take caller first opus", "take device0 first opus",
                                   "caller hears device0", "device0 hears caller",
                                   "device0 hears nothing", "caller hears music"));
  gone(caller_);
  drain();
  all_gone();
}

}  // namespace
}  // namespace viaduct::call
