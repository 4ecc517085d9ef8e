// The switchboard against legs that do anything in any order: it must not crash, must answer every
// leg's start with an end sooner or later, and must hold nothing once all legs have ended.
#include <cstdlib>
#include <map>
#include <set>

#include "core/call/switchboard.h"

namespace {

using namespace viaduct;
using namespace viaduct::call;

class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), left_(size) {}
  bool empty() const { return left_ == 0; }
  uint8_t next() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }

 private:
  const uint8_t* data_;
  size_t left_;
};

class World final : public Locator, public ClipLibrary {
 public:
  explicit World(Bytes bytes) : bytes_(bytes) {
    dialplan::DialUser dial;
    dial.user = "\\1";
    dial.timeout = std::chrono::seconds(20);
    plan_.add({"d", "", "u(.)", {dial}});
    dial.direct = true;
    plan_.add({"de", "", "v(.)", {dial, dialplan::Echo{}}});
    plan_.add({"e", "", "e", {dialplan::Echo{}}});
    plan_.add({"p", "", "p", {dialplan::PlayClip{"none", false}, dialplan::Echo{}}});
    plan_.add({"r", "", "r", {dialplan::Reject{17}}});
  }

  void run() {
    while (!bytes_.empty()) step(bytes_.next());
    // Everybody hangs up; then nothing may be left.
    for (int round = 0; round < 4 && !alive_.empty(); ++round)
      for (LegId leg : std::set<LegId>(alive_)) end(leg, Result::completed);
    const auto counts = board_.counts();
    if (counts.calls + counts.legs + counts.timers != 0) std::abort();
  }

  bool user_exists(std::string_view user) const override { return user != "0"; }
  std::vector<Target> devices(std::string_view user) const override {
    return std::vector<Target>(static_cast<size_t>(user[0]) % 4, VertoTarget{"s"});
  }
  Identity identity(std::string_view user) const override { return {std::string(user), ""}; }
  std::shared_ptr<const audio::Clip> find(std::string_view) const override { return nullptr; }

 private:
  void step(uint8_t what) {
    static constexpr const char* kNumbers[] = {"u0", "u1", "u2", "u3", "v1",
                                               "v3", "e",  "p",  "r",  "x"};
    const LegId leg = pick();
    switch (what % 12) {
      case 0: {
        const LegId caller = board_.reserve_leg();
        alive_.insert(caller);
        say(LegArrived{caller,
                       {},
                       "",
                       kNumbers[bytes_.next() % 10],
                       "",
                       {},
                       bytes_.next() % 2 == 0,
                       std::string("offer")});
        break;
      }
      case 1: say(LegRinging{leg, std::nullopt}); break;
      case 2: say(LegRinging{leg, negotiation::kPcmu}); break;
      case 3: answer(leg, what); break;
      case 4:
        if (what < 128) say(LegDtmf{leg, "1"});
        else say(LegNeedsServer{leg, "no reason"});
        break;
      case 5: end(leg, static_cast<Result>(bytes_.next() % 15)); break;
      case 6: say(LegMediaFailed{leg, graph::MediaFault::ice_timeout}); break;
      case 7:
        now_ += std::chrono::seconds(bytes_.next());
        board_.handle_timeout(now_);
        drain();
        break;
      case 8: say(LegHeld{leg, bytes_.next() % 2 == 0}); break;
      case 9: say(LegAway{leg, bytes_.next() % 2 == 0}); break;
      case 10: say(LegTransfers{leg, kNumbers[bytes_.next() % 10], ""}); break;
      case 11: say(LegJoins{leg, pick()}); break;
    }
  }
  void answer(LegId leg, uint8_t how) {
    if (how < 128) say(LegAnswered{leg, negotiation::kOpus});
    else if (how < 192) say(LegAnsweredDirect{leg, std::string("answer")});
    else say(LegAnsweredDirect{leg, base::Error{base::Errc::unsupported, "useless"}});
  }
  LegId pick() {
    if (alive_.empty()) return {};
    auto it = alive_.begin();
    std::advance(it, bytes_.next() % alive_.size());
    return *it;
  }
  void say(const LegEvent& event) {
    board_.receive(event, now_);
    drain();
  }
  void end(LegId leg, Result result) {
    if (alive_.erase(leg) != 0) say(LegEnded{leg, {result, "", 0}});
  }
  void drain() {
    while (auto output = board_.poll())
      if (auto* command = std::get_if<LegCommand>(&*output))
        if (auto* start = std::get_if<StartLeg>(command))
          if (!alive_.insert(start->leg).second) std::abort();  // a leg started twice
  }

  Bytes bytes_;
  dialplan::Dialplan plan_;
  Switchboard board_{{.max_calls = 20, .max_devices = 2}, plan_, *this, *this};
  base::TimePoint now_{};
  std::set<LegId> alive_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  World(Bytes(data, size)).run();
  return 0;
}
