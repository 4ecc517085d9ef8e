#include "core/call/switchboard_fixture.h"

namespace viaduct::call {
namespace {

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

TEST_F(SwitchboardTest, TransferringADirectCallBringsItsMediaHereFirst) {
  arrive("21003");
  drain();
  say(LegAnsweredDirect{started_[0], std::string("its answer")});
  drain();
  say(LegTransfers{caller_, "9196", "default"});
  EXPECT_THAT(drain(),
              ElementsAre("transfers caller", "take caller first opus", "take device0 first opus",
                          "caller hears device0", "device0 hears caller", "caller hears nothing",
                          "device0 hears music", "end caller", "device0 hears device0"));
  all_gone();
  gone(started_[0]);
  drain();
}

}  // namespace
}  // namespace viaduct::call
