// Plays both adapters: a switchboard whose wishes are told in words, and legs that say what they
// do.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/call/switchboard.h"

namespace viaduct::call {

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

inline dialplan::Dialplan plan() {
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

}  // namespace viaduct::call
