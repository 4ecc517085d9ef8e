#include "core/call/switchboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace viaduct::call {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class FakeLocator final : public Locator {
 public:
  std::map<std::string, std::vector<Target>, std::less<>> users;
  bool user_exists(std::string_view user) const override { return users.contains(user); }
  std::vector<Target> devices(std::string_view user) const override {
    return users.find(user)->second;
  }
  Identity identity(std::string_view user) const override { return {std::string(user), "Callee"}; }
};

class OneClip final : public ClipLibrary {
 public:
  std::shared_ptr<const audio::Clip> find(std::string_view name) const override {
    return name == "music" ? music_ : nullptr;
  }

 private:
  // Calls only hand it on: what a clip is stands above their floor.
  std::shared_ptr<const int> owner_ = std::make_shared<const int>(0);
  std::shared_ptr<const audio::Clip> music_{
      owner_, static_cast<const audio::Clip*>(static_cast<const void*>(owner_.get()))};
};

dialplan::Dialplan plan() {
  dialplan::Dialplan out;
  dialplan::DialUser dial;
  dial.user = "\\0";
  dialplan::DialUser g711 = dial;
  g711.user = "1001";
  g711.codecs = {dialplan::CodecPolicy::Mode::listed, {negotiation::kPcmu}};
  out.add({"echo", "", "9196", {dialplan::Echo{}}});
  out.add({"music", "", "9195", {dialplan::PlayClip{"missing", true}}});
  out.add(
      {"then echo", "", "7(\\d+)", {dialplan::DialUser{"\\1", seconds(5), {}}, dialplan::Echo{}}});
  out.add({"trunk", "", "81001", {g711}});
  out.add({"tone, then",
           "",
           "500(1001)",
           {dialplan::PlayClip{"tone:dial", false}, dialplan::DialUser{"\\1", seconds(5), {}}}});
  out.add({"recorded", "", "6(1001)", {dialplan::Record{.file = "x"}, g711}});
  out.add({"recorded echo", "", "69196", {dialplan::Record{.file = "e"}, dialplan::Echo{}}});
  dialplan::DialUser direct = dial;
  direct.user = "\\1";
  direct.direct = true;
  out.add({"direct", "", "2(1\\d\\d\\d)", {direct}});
  out.add({"direct, recorded", "", "26(1\\d\\d\\d)", {dialplan::Record{.file = "x"}, direct}});
  out.add({"dial, then direct", "", "21001(1003)", {g711, direct}});
  out.add({"users", "", "1\\d\\d\\d", {dial}});
  return out;
}

// Plays both adapters: names what the switchboard wants in words, and says what legs do.
class SwitchboardTest : public ::testing::Test {
 protected:
  FakeLocator locator_;
  OneClip clips_;
  dialplan::Dialplan plan_ = plan();
  Switchboard board_{{}, plan_, locator_, clips_};
  base::TimePoint now_{};
  std::vector<LegId> started_;
  std::map<LegId, Termination> ended_;

  SwitchboardTest() {
    locator_.users["1000"] = {};
    locator_.users["1001"] = {SipTarget{"sip:1001@phone", "", {}}};
    locator_.users["1003"] = {VertoTarget{"session"}};
    locator_.users["1002"] = {SipTarget{"sip:1002@phone", "", {}}, VertoTarget{"session"}};
  }
  void TearDown() override {
    const auto counts = board_.counts();
    EXPECT_EQ(counts.calls + counts.legs + counts.timers, 0u) << board_.dump();
  }

  std::vector<std::string> drain() {
    std::vector<std::string> out;
    while (auto output = board_.poll())
      std::visit([&](const auto& o) { out.push_back(words(o)); }, *output);
    return out;
  }
  std::string name(LegId leg) const {
    if (leg == caller_) return "caller";
    for (size_t i = 0; i < started_.size(); ++i)
      if (started_[i] == leg) return "device" + std::to_string(i);
    return "?";
  }
  std::string words(const LegCommand& command) {
    return std::visit([&](const auto& c) { return name_of(c); }, command);
  }
  std::string name_of(const StartLeg& c) {
    started_.push_back(c.leg);
    if (c.direct) return "start " + name(c.leg) + " with " + *c.direct;
    return "start " + name(c.leg) + " first " + std::string(first(c.offer));
  }
  std::string name_of(const RingLeg& c) { return "ring " + name(c.leg); }
  std::string name_of(const OpenEarlyMedia& c) { return "early " + name(c.leg); }
  std::string name_of(const AnswerLeg& c) {
    if (c.direct) return "answer " + name(c.leg) + " with " + *c.direct;
    return "answer " + name(c.leg) + " first " + std::string(first(c.prefer));
  }
  std::string name_of(const TakeMedia& c) {
    return "take " + name(c.leg) + " first " + std::string(first(c.offer));
  }
  std::string name_of(const EndLeg& c) {
    ended_[c.leg] = c.termination;
    return "end " + name(c.leg);
  }
  std::string name_of(const SendLegDtmf& c) { return "dtmf " + name(c.leg) + " " + c.digits; }
  std::string name_of(const ShowPeer& c) { return "show " + name(c.leg) + " " + c.peer.number; }
  std::string name_of(const ReplyTransfer& c) {
    return (c.begun ? "transfers " : "refuses transfer of ") + name(c.leg);
  }
  static std::string_view first(const std::vector<negotiation::Codec>& codecs) {
    if (codecs.empty()) return "nothing";
    return codecs[0] == negotiation::kPcmu   ? "PCMU"
           : codecs[0] == negotiation::kOpus ? "opus"
                                             : "?";
  }
  std::string words(const OpenRecording& recording) { return "file " + recording.how.file; }
  std::string words(const graph::Command& command) {
    if (const auto* start = std::get_if<graph::StartRecording>(&command))
      return "record " + name(leg_of(start->id)) +
             (start->other ? " and " + name(leg_of(*start->other)) : "");
    if (std::holds_alternative<graph::StopRecording>(command)) return "stop recording";
    const auto& set = std::get<graph::SetSource>(command);
    if (const auto* from = std::get_if<graph::FromSession>(&set.source))
      return name(leg_of(set.id)) + " hears " + name(leg_of(from->other));
    return name(leg_of(set.id)) + " hears " + words(set.source);
  }
  static std::string words(const graph::Source& source) {
    if (std::holds_alternative<graph::NoSource>(source)) return "nothing";
    if (std::holds_alternative<graph::Play>(source)) return "music";
    const bool silent = std::get<graph::Tone>(source).steps.front().first_hz == 0;
    return silent ? "silence" : "ringback";  // any tone is called so here
  }

  void say(const LegEvent& event) { board_.receive(event, now_); }
  void arrive(std::string dialled, bool wants_ringback = false) {
    caller_ = board_.reserve_leg();
    say(LegArrived{caller_,
                   {"1009", "Caller"},
                   "1009@d",
                   std::move(dialled),
                   "default",
                   {negotiation::kOpus, negotiation::kPcmu},
                   wants_ringback,
                   direct_});
  }
  void gone(LegId leg, Result result = Result::completed) { say(LegEnded{leg, {result, "", 0}}); }
  void all_gone() {
    for (const auto& [leg, termination] : std::exchange(ended_, {}))
      say(LegEnded{leg, termination});
  }
  // The caller and device 0 are bridged.
  void bridge() {
    arrive("1001");
    drain();
    say(LegAnswered{started_[0], negotiation::kPcmu});
    drain();
  }
  LegId caller_;
  DirectDescription direct_ = std::string("its offer");
};

TEST_F(SwitchboardTest, EchoAnswersWithTheCallersBestCodecAndHearsItself) {
  arrive("9196");
  EXPECT_THAT(drain(), ElementsAre("answer caller first opus", "caller hears caller"));
  gone(caller_);
  EXPECT_THAT(drain(), IsEmpty()) << "who hung up is told nothing";
}

TEST_F(SwitchboardTest, TheCallerIsAnsweredLateWithTheCalleesCodec) {
  arrive("1001");
  EXPECT_THAT(drain(), ElementsAre("start device0 first opus"));
  say(LegRinging{started_[0], std::nullopt});
  EXPECT_THAT(drain(), ElementsAre("ring caller"));
  say(LegAnswered{started_[0], negotiation::kPcmu});
  EXPECT_THAT(drain(),
              ElementsAre("answer caller first PCMU", "caller hears device0",
                          "device0 hears caller", "show caller 1001", "show device0 1009"));
  say(LegDtmf{started_[0], "5"});
  say(LegDtmf{caller_, "#"});
  EXPECT_THAT(drain(), ElementsAre("dtmf caller 5", "dtmf device0 #"));
  gone(started_[0]);
  EXPECT_THAT(drain(), ElementsAre("end caller"));
  EXPECT_EQ(ended_[caller_].result, Result::completed);
  all_gone();
}

TEST_F(SwitchboardTest, WhoWasAnsweredBeforeHearsABusyToneBeforeTheEnd) {
  arrive("5001001");
  EXPECT_THAT(drain(), ElementsAre("answer caller first opus", "caller hears ringback"));
  board_.receive(graph::PlayFinished{media_of(caller_)}, now_);
  EXPECT_THAT(drain(), ElementsAre("start device0 first opus"));
  gone(started_[0], Result::busy);
  EXPECT_THAT(drain(), ElementsAre("caller hears ringback"));
  now_ = board_.next_timeout();
  EXPECT_EQ(now_, base::TimePoint(seconds(5)));
  board_.handle_timeout(now_);
  EXPECT_THAT(drain(), ElementsAre("end caller"));
  EXPECT_EQ(ended_[caller_].result, Result::busy);
  all_gone();
}

TEST_F(SwitchboardTest, WhoHangsUpInTheBusyToneLeavesNothing) {
  arrive("5001001");
  drain();
  board_.receive(graph::PlayFinished{media_of(caller_)}, now_);
  drain();
  gone(started_[0], Result::busy);
  drain();
  gone(caller_);
  EXPECT_THAT(drain(), IsEmpty());
}

TEST_F(SwitchboardTest, ARecordedCallIsRecordedFromTheAnswerToTheEnd) {
  arrive("61001");
  EXPECT_THAT(drain(), ElementsAre("start device0 first PCMU"));
  say(LegAnswered{started_[0], negotiation::kPcmu});
  EXPECT_THAT(drain(), ElementsAre("answer caller first PCMU", "caller hears device0",
                                   "device0 hears caller", "file x", "record caller and device0",
                                   "show caller 1001", "show device0 1009"));
  gone(started_[0]);
  EXPECT_THAT(drain(), ElementsAre("stop recording", "end caller"));
  all_gone();
}

TEST_F(SwitchboardTest, ACallThatNobodyAnswersIsNotRecorded) {
  arrive("61001");
  drain();
  gone(started_[0], Result::busy);
  EXPECT_THAT(drain(), ElementsAre("end caller"));
  all_gone();
}

TEST_F(SwitchboardTest, AnEchoIsRecordedAlone) {
  arrive("69196");
  EXPECT_THAT(drain(), ElementsAre("answer caller first opus", "caller hears caller", "file e",
                                   "record caller"));
  gone(caller_);
  EXPECT_THAT(drain(), ElementsAre("stop recording"));
}

TEST_F(SwitchboardTest, ASilentDeviceHearsOurRingbackUntilTheAnswer) {
  arrive("1001", true);
  drain();
  say(LegRinging{started_[0], std::nullopt});
  EXPECT_THAT(drain(), ElementsAre("ring caller", "early caller", "caller hears ringback"));
  say(LegRinging{started_[0], std::nullopt});
  EXPECT_THAT(drain(), IsEmpty()) << "a second 180 changes nothing";
  gone(caller_, Result::cancelled);
  EXPECT_THAT(drain(), ElementsAre("end device0"));
  EXPECT_EQ(ended_[started_[0]].result, Result::cancelled);
  all_gone();
}

TEST_F(SwitchboardTest, TheFarSidesEarlyMediaIsHeard) {
  arrive("1001", true);
  drain();
  say(LegRinging{started_[0], negotiation::kPcmu});
  EXPECT_THAT(drain(), ElementsAre("early caller", "caller hears device0", "device0 hears caller"));
  gone(started_[0], Result::busy);
  EXPECT_THAT(drain(), ElementsAre("end caller"));
  EXPECT_EQ(ended_[caller_].result, Result::busy);
  all_gone();
}

TEST_F(SwitchboardTest, AllDevicesRingAndTheFirstToAnswerTakesTheCall) {
  arrive("1002");
  EXPECT_THAT(drain(), ElementsAre("start device0 first opus", "start device1 first opus"));
  say(LegAnswered{started_[1], negotiation::kOpus});
  const auto said = drain();
  EXPECT_EQ(said.front(), "end device0");
  EXPECT_EQ(ended_[started_[0]].result, Result::answered_elsewhere);
  say(LegAnswered{started_[0], negotiation::kOpus});  // crossed with our end: no effect
  EXPECT_THAT(drain(), IsEmpty());
  all_gone();
  gone(caller_);
  EXPECT_THAT(drain(), ElementsAre("end device1"));
  all_gone();
}

TEST_F(SwitchboardTest, APersonsRefusalCountsMoreThanANetworks) {
  arrive("1002");
  drain();
  gone(started_[0], Result::busy);
  EXPECT_THAT(drain(), IsEmpty()) << "the other device still rings";
  gone(started_[1], Result::unreachable);
  EXPECT_THAT(drain(), ElementsAre("end caller"));
  EXPECT_EQ(ended_[caller_].result, Result::busy);
  all_gone();
}

TEST_F(SwitchboardTest, NobodyAnswersInTime) {
  arrive("1001");
  drain();
  now_ += seconds(29);
  board_.handle_timeout(now_);
  EXPECT_THAT(drain(), IsEmpty());
  now_ += seconds(1);
  board_.handle_timeout(now_);
  EXPECT_THAT(drain(), ElementsAre("end device0", "end caller"));
  EXPECT_EQ(ended_[caller_].result, Result::no_answer);
  all_gone();
}

TEST_F(SwitchboardTest, UnknownAndUnregisteredAreNotTheSame) {
  arrive("1000");
  EXPECT_THAT(drain(), ElementsAre("end caller"));
  EXPECT_EQ(ended_[caller_].result, Result::not_registered);
  all_gone();
  arrive("1999");
  drain();
  EXPECT_EQ(ended_[caller_].result, Result::unknown_number);
  all_gone();
  arrive("nobody");
  drain();
  EXPECT_EQ(ended_[caller_].result, Result::unknown_number);
  all_gone();
}

TEST_F(SwitchboardTest, AFailedStepIsFollowedByTheNext) {
  arrive("71001");
  drain();
  gone(started_[0], Result::busy);
  EXPECT_THAT(drain(), ElementsAre("answer caller first opus", "caller hears caller"));
  gone(caller_);
  drain();
}

TEST_F(SwitchboardTest, AListedCodecIsAllThatIsOffered) {
  arrive("81001");
  EXPECT_THAT(drain(), ElementsAre("start device0 first PCMU"));
  gone(caller_, Result::cancelled);
  drain();
  all_gone();
}

TEST_F(SwitchboardTest, ACallerWhoGivesUpEndsTheDevicesAsCancelledAndOneWhoHangsUpAsCompleted) {
  arrive("1001");
  drain();
  gone(caller_, Result::rejected);
  drain();
  EXPECT_EQ(ended_[started_[0]].result, Result::cancelled);
  all_gone();
  arrive("1001");
  drain();
  say(LegAnswered{started_[1], negotiation::kPcmu});
  drain();
  gone(caller_);
  drain();
  EXPECT_EQ(ended_[started_[1]].result, Result::completed);
  all_gone();
}

TEST_F(SwitchboardTest, BothHangUpAtOnce) {
  arrive("1001");
  drain();
  say(LegAnswered{started_[0], negotiation::kPcmu});
  drain();
  gone(started_[0]);
  gone(caller_);
  drain();
}

TEST_F(SwitchboardTest, APhoneThatDiedSilentlyEndsTheCall) {
  arrive("9196");
  drain();
  graph::StatsReport report{media_of(caller_), {}};
  const auto after = [&](base::Duration time) {
    now_ += time;
    board_.receive(report, now_);
    return !drain().empty();
  };
  report.stats.received.expected_since = now_;
  EXPECT_FALSE(after(seconds(59)));
  report.stats.received.last_packet = now_;
  EXPECT_FALSE(after(seconds(59)));
  report.stats.received.last_rtcp = now_;
  EXPECT_FALSE(after(seconds(59)));
  report.stats.received.expected_since.reset();
  EXPECT_FALSE(after(seconds(600))) << "on hold it may be silent for long";
  report.stats.transport.webrtc = true;
  report.stats.received.expected_since = base::TimePoint{};
  EXPECT_FALSE(after(seconds(600))) << "consent freshness watches a browser";
  report.stats.transport.webrtc = false;
  EXPECT_TRUE(after(seconds(1)));
  EXPECT_EQ(ended_[caller_].result, Result::media_failed);
  all_gone();
}

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

TEST_F(SwitchboardTest, ATransferRunsTheDialPlanForTheOtherParty) {
  bridge();
  say(LegTransfers{caller_, "1002", "default"});
  EXPECT_THAT(drain(),
              ElementsAre("transfers caller", "caller hears nothing", "device0 hears music",
                          "start device1 first PCMU", "start device2 first PCMU"))
      << "the codec that device 0 is sent comes first";
  say(LegRinging{started_[1], std::nullopt});
  EXPECT_THAT(drain(), ElementsAre("device0 hears ringback"));
  say(LegAnswered{started_[1], negotiation::kPcmu});
  EXPECT_THAT(drain(),
              ElementsAre("end device2", "end caller", "device0 hears device1",
                          "device1 hears device0", "show device0 1002", "show device1 1001"));
  EXPECT_EQ(ended_[caller_].result, Result::completed);
  all_gone();
  gone(started_[0]);
  EXPECT_THAT(drain(), ElementsAre("end device1"));
  all_gone();
}

TEST_F(SwitchboardTest, TheCalleeTransfersToo) {
  bridge();
  say(LegTransfers{started_[0], "9196", "default"});
  EXPECT_THAT(drain(), ElementsAre("transfers device0", "device0 hears nothing",
                                   "caller hears music", "end device0", "caller hears caller"));
  all_gone();
  gone(caller_);
  drain();
}

TEST_F(SwitchboardTest, AFailedTransferReturnsToWhoTransferred) {
  bridge();
  for (const char* number : {"1000", "1999", "nobody", "missing"}) {
    say(LegTransfers{caller_, number, "default"});
    EXPECT_THAT(drain(),
                ElementsAre("transfers caller", "caller hears nothing", "device0 hears music",
                            "device0 hears caller", "caller hears device0", "show device0 1009",
                            "show caller 1001"))
        << number;
  }
  say(LegTransfers{started_[0], "1002", "default"});
  drain();
  now_ += seconds(30);
  board_.handle_timeout(now_);
  EXPECT_THAT(drain(),
              ElementsAre("end device1", "end device2", "caller hears device0",
                          "device0 hears caller", "show caller 1001", "show device0 1009"));
  all_gone();
  gone(caller_);
  drain();
  all_gone();
}

TEST_F(SwitchboardTest, WhoHangsUpAfterTransferringDoesNotEndTheTransfer) {
  bridge();
  say(LegTransfers{caller_, "1002", "default"});
  drain();
  gone(caller_);
  EXPECT_THAT(drain(), IsEmpty());
  gone(started_[1], Result::unreachable);
  gone(started_[2], Result::busy);
  EXPECT_THAT(drain(), ElementsAre("device0 hears ringback")) << "nobody is left to return to";
  now_ = board_.next_timeout();
  board_.handle_timeout(now_);
  EXPECT_EQ(drain().back(), "end device0");
  EXPECT_EQ(ended_[started_[0]].result, Result::busy);
  all_gone();
}

TEST_F(SwitchboardTest, WhoIsTransferredHangsUpAndAllIsOver) {
  bridge();
  say(LegTransfers{caller_, "1002", "default"});
  drain();
  gone(started_[0]);
  EXPECT_THAT(drain(), ElementsAre("end device1", "end device2", "end caller"));
  all_gone();
}

TEST_F(SwitchboardTest, OnlyATalkIsTransferred) {
  arrive("1001");
  drain();
  say(LegTransfers{caller_, "1002", "default"});
  EXPECT_THAT(drain(), ElementsAre("refuses transfer of caller"));
  say(LegAnswered{started_[0], negotiation::kPcmu});
  drain();
  say(LegTransfers{caller_, "1002", "default"});
  drain();
  say(LegTransfers{caller_, "9196", "default"});
  EXPECT_THAT(drain(), ElementsAre("refuses transfer of caller")) << "it has transferred already";
  say(LegTransfers{started_[0], "9196", "default"});
  EXPECT_THAT(drain(), ElementsAre("refuses transfer of device0"));
  gone(started_[0]);
  drain();
  all_gone();
}

TEST_F(SwitchboardTest, HoldSurvivesATransfer) {
  bridge();
  say(LegHeld{started_[0], true});
  drain();
  say(LegTransfers{caller_, "1002", "default"});
  drain();
  say(LegAnswered{started_[1], negotiation::kPcmu});
  const auto said = drain();
  EXPECT_THAT(said, ::testing::Contains("device1 hears music"));
  EXPECT_THAT(said, ::testing::Not(::testing::Contains("device0 hears device1")));
  all_gone();
  say(LegHeld{started_[0], false});
  EXPECT_THAT(drain(), ElementsAre("device0 hears device1", "device1 hears device0"));
  gone(started_[0]);
  drain();
  all_gone();
}

TEST_F(SwitchboardTest, ARecordingGoesOnWithWhoComes) {
  arrive("61001");
  drain();
  say(LegAnswered{started_[0], negotiation::kPcmu});
  drain();
  say(LegTransfers{caller_, "1002", "default"});
  EXPECT_THAT(drain(), ::testing::Contains("record device0"));
  say(LegAnswered{started_[1], negotiation::kPcmu});
  EXPECT_THAT(drain(), ::testing::Contains("record device0 and device1"));
  all_gone();
  gone(started_[1]);
  EXPECT_THAT(drain(), ElementsAre("stop recording", "end device0"));
  all_gone();
}

// The caller's second call: leg `second`, to device 1.
class TwoCallsTest : public SwitchboardTest {
 protected:
  void consult(const char* number = "1001") {
    bridge();
    first_ = caller_;
    arrive(number);
    drain();
  }
  void joins(LegId leg, LegId other) { say(LegJoins{leg, other}); }
  LegId first_;
};

TEST_F(TwoCallsTest, AreJoined) {
  consult();
  say(LegAnswered{started_[1], negotiation::kPcmu});
  drain();
  joins(caller_, first_);
  // `caller` is the second call's leg; the first one's has no name here.
  EXPECT_THAT(drain(), ElementsAre("transfers caller", "end caller", "device1 hears device0",
                                   "device0 hears device1", "show device1 1001",
                                   "show device0 1001", "end ?"));
  all_gone();
  EXPECT_EQ(board_.counts().calls, 1u);
  gone(started_[0]);
  EXPECT_THAT(drain(), ElementsAre("end device1"));
  all_gone();
}

TEST_F(TwoCallsTest, AreJoinedWhileTheSecondStillRings) {
  consult();
  joins(caller_, first_);
  EXPECT_THAT(drain(),
              ElementsAre("transfers caller", "end ?", "device0 hears music", "end caller"));
  all_gone();
  say(LegRinging{started_[1], std::nullopt});
  EXPECT_THAT(drain(), ElementsAre("device0 hears ringback"));
  say(LegAnswered{started_[1], negotiation::kPcmu});
  EXPECT_THAT(drain(), ElementsAre("device0 hears device1", "device1 hears device0",
                                   "show device0 1001", "show device1 1001"));
  gone(started_[1]);
  drain();
  all_gone();
}

TEST_F(TwoCallsTest, WhoTalksToAnApplicationGivesItsPlaceThere) {
  consult("9196");
  joins(first_, caller_);
  EXPECT_THAT(drain(), ElementsAre("transfers ?", "end ?", "device0 hears device0", "end caller"));
  all_gone();
  gone(started_[0]);
}

TEST_F(TwoCallsTest, AreNotJoinedAcrossMediaWorkers) {
  consult();
  say(LegAnswered{started_[1], negotiation::kPcmu});
  const LegId second = caller_;
  caller_ = board_.reserve_leg();
  LegArrived elsewhere{caller_, {}, "", "9196", "default", {}, false};
  elsewhere.worker = 1;
  say(elsewhere);
  drain();
  joins(caller_, first_);
  EXPECT_THAT(drain(), ElementsAre("refuses transfer of caller"));
  gone(caller_);
  gone(second);
  gone(first_);
  drain();
  all_gone();
}

TEST_F(TwoCallsTest, WithoutABridgeThereIsNothingToJoin) {
  arrive("9196");
  first_ = caller_;
  arrive("9196");
  drain();
  joins(caller_, first_);
  EXPECT_THAT(drain(), ElementsAre("refuses transfer of caller"));
  joins(caller_, caller_);
  EXPECT_THAT(drain(), ElementsAre("refuses transfer of caller"));
  gone(caller_);
  joins(first_, caller_);
  EXPECT_THAT(drain(), ElementsAre("refuses transfer of ?"));
  gone(first_);
}

TEST_F(SwitchboardTest, WhoIsTurnedAwayLeavesARecordAndNothingElse) {
  caller_ = board_.reserve_leg();
  say(LegRefused{
      caller_, {"1009", ""}, "9196", {.result = Result::no_common_codec, .reason = "x"}});
  EXPECT_THAT(drain(), IsEmpty());
  size_t news = 0;
  while (board_.poll_news()) ++news;
  EXPECT_EQ(news, 3u);
}

TEST_F(SwitchboardTest, LostMediaEndsTheCallAndSaysSo) {
  arrive("9196");
  drain();
  say(LegMediaFailed{caller_, graph::MediaFault::consent_expired});
  drain();
  EXPECT_EQ(ended_[caller_].result, Result::media_failed);
  all_gone();
}

const base::Error kNoAddress{base::Errc::unsupported, "no address"};

TEST_F(SwitchboardTest, TwoBrowsersAreGivenEachOthersDescriptions) {
  arrive("21003", true);
  EXPECT_THAT(drain(), ElementsAre("start device0 with its offer"));
  say(LegRinging{started_[0], std::nullopt});
  EXPECT_THAT(drain(), ElementsAre("ring caller")) << "its offer is not answered by our ringback";
  say(LegAnsweredDirect{started_[0], std::string("its answer")});
  EXPECT_THAT(drain(), ElementsAre("answer caller with its answer", "show caller 1003",
                                   "show device0 1009"));
  say(LegDtmf{caller_, "5"});
  EXPECT_THAT(drain(), ElementsAre("dtmf device0 5"));
  gone(caller_);
  EXPECT_THAT(drain(), ElementsAre("end device0"));
  all_gone();
}

TEST_F(SwitchboardTest, ADirectCallIsTakenOverOnce) {
  arrive("21003");
  drain();
  say(LegAnsweredDirect{started_[0], std::string("its answer")});
  drain();
  say(LegNeedsServer{started_[0], "a page is gone"});
  EXPECT_THAT(drain(), ElementsAre("take caller first opus", "take device0 first opus",
                                   "caller hears device0", "device0 hears caller"));
  say(LegNeedsServer{caller_, "a page is gone"});
  EXPECT_THAT(drain(), IsEmpty());
  gone(started_[0]);
  say(LegNeedsServer{caller_, "a page is gone"});
  EXPECT_THAT(drain(), ElementsAre("end caller"));
  all_gone();
}

TEST_F(SwitchboardTest, WhenThePhoneOfSeveralDevicesAnswersTheServerHasTheMedia) {
  arrive("21002", true);
  EXPECT_THAT(drain(), ElementsAre("start device0 first opus", "start device1 with its offer"));
  say(LegRinging{started_[0], std::nullopt});
  EXPECT_THAT(drain(), ElementsAre("ring caller"));
  say(LegAnswered{started_[0], negotiation::kPcmu});
  EXPECT_THAT(drain(),
              ElementsAre("end device1", "answer caller first PCMU", "caller hears device0",
                          "device0 hears caller", "show caller 1002", "show device0 1009"));
  say(LegAnsweredDirect{started_[1], std::string("too late")});
  say(LegNeedsServer{caller_, "nothing to take"});
  EXPECT_THAT(drain(), IsEmpty());
  gone(caller_);
  drain();
  all_gone();
}

TEST_F(SwitchboardTest, AnAnswerThatCannotBeHandedOnIsTakenOverAtOnce) {
  arrive("21003");
  drain();
  say(LegAnsweredDirect{started_[0], kNoAddress});
  EXPECT_THAT(drain(),
              ElementsAre("answer caller first opus", "take caller first opus",
                          "take device0 first opus", "caller hears device0", "device0 hears caller",
                          "show caller 1003", "show device0 1009"));
  gone(caller_);
  drain();
  all_gone();
}

TEST_F(SwitchboardTest, WhatPreventsDirectMediaLeavesItToTheServer) {
  arrive("261003");
  EXPECT_THAT(drain(), ElementsAre("start device0 first opus")) << "it is recorded";
  gone(caller_);
  drain();
  all_gone();

  arrive("210011003", true);
  drain();
  say(LegRinging{started_[1], std::nullopt});
  EXPECT_THAT(drain(), ElementsAre("ring caller", "early caller", "caller hears ringback"));
  gone(started_[1], Result::busy);
  EXPECT_THAT(drain(), ElementsAre("start device2 first opus")) << "the caller has an answer";
  gone(caller_);
  drain();
  all_gone();

  direct_ = kNoAddress;
  arrive("21003");
  EXPECT_THAT(drain(), ElementsAre("start device3 first opus"));
  gone(caller_);
  drain();
  all_gone();
}

TEST(SwitchboardBounds, TooManyCallsAreRefusedAsCongestion) {
  const dialplan::Dialplan routes = plan();
  FakeLocator locator;
  OneClip clips;
  Switchboard board({.max_calls = 1, .max_devices = 16}, routes, locator, clips);
  LegId legs[2];
  for (LegId& leg : legs) {
    leg = board.reserve_leg();
    board.receive(LegArrived{leg, {}, "", "9196", "default", {}, false}, {});
  }
  std::optional<Termination> end;
  while (auto output = board.poll())
    if (auto* command = std::get_if<LegCommand>(&*output))
      if (auto* ended = std::get_if<EndLeg>(command)) end = ended->termination;
  ASSERT_TRUE(end);
  EXPECT_EQ(end->result, Result::congestion);
}

}  // namespace
}  // namespace viaduct::call
