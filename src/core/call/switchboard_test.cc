#include "core/call/switchboard_fixture.h"

namespace viaduct::call {
namespace {

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
