// Ledger: what every call is and was, for the log, the API and captures. It only watches: news of
// the switchboard, commands and events of the media workers. A trouble is told in the log once,
// when it begins; a call is told in one line when it is over and its media has said its last.
// Control thread only.
#pragma once

#include <deque>
#include <map>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "core/call/call_record.h"
#include "core/call/news.h"
#include "media/graph/messages.h"

namespace viaduct::call {

struct LedgerOptions {
  // Calls that are over and can still be asked for: some minutes' worth of a busy office.
  size_t max_ended = 200;
  // Of one leg. More come only from one that stops and starts all the time.
  size_t max_findings = 16;
};

class Ledger {
 public:
  explicit Ledger(LedgerOptions options = {}) : options_(options) {}

  void observe(const News& news, base::TimePoint now);
  // A command on its way to a worker; `local`: where the session is reached.
  void observe(const graph::Command& command, const base::SocketAddress& local,
               base::TimePoint now);
  void observe(const graph::Event& event, base::TimePoint now);

  // Those that go on, then those that are over, the last first. Good until the next observe().
  std::vector<const CallRecord*> calls() const;
  const CallRecord* find(CallId id) const;

 private:
  void on(const CallBegan& news, base::TimePoint now);
  void on(const LegCalled& news, base::TimePoint now);
  void on(const LegTaken& news, base::TimePoint now);
  void on(const DirectMediaBegan& news, base::TimePoint now);
  void on(const DirectMediaEnded& news, base::TimePoint now);
  void on(const LegOnHold& news, base::TimePoint now);
  void on(const LegMoved& news, base::TimePoint now);
  void on(const LegLeft& news, base::TimePoint now);
  void on(const CallOver& news, base::TimePoint now);
  void on(const graph::StatsReport& event, base::TimePoint now);
  void on(const graph::MediaFailed& event, base::TimePoint now);
  void on(const graph::SessionClosed& event, base::TimePoint now);
  void on(const auto&, base::TimePoint) {}

  struct Place {
    CallRecord& call;
    LegRecord& leg;
  };
  std::optional<Place> place_of(LegId leg);
  std::optional<Place> place_of(graph::MediaId media) { return place_of(leg_of(media)); }
  void take(LegRecord& leg, const graph::SessionStats& stats, base::TimePoint now);
  // What is wrong with any of the call's legs now; the new ones are told.
  void examine(CallRecord& call, base::TimePoint now);
  void examine(CallRecord& call, LegRecord& leg, base::TimePoint now);
  void close_if_over(CallId id);

  LedgerOptions options_;
  std::map<CallId, CallRecord> live_;
  std::unordered_map<LegId, CallId> calls_of_legs_;
  std::deque<CallRecord> ended_;
};

}  // namespace viaduct::call
