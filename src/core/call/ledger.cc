#include "core/call/ledger.h"

#include <algorithm>

#include "base/log.h"
#include "core/call/causes.h"
#include "core/call/diagnosis.h"

namespace viaduct::call {
namespace {

std::string_view codec_of(const LegRecord* leg) {
  if (!leg || !leg->agreement) return "none";
  return negotiation::encoding_name(leg->agreement->send.codec.encoding);
}
double mos_of(const LegRecord* leg) { return leg ? leg->stats.received.mos.value_or(0) : 0; }
uint64_t lost_of(const LegRecord* leg) { return leg ? leg->stats.received.lost : 0; }

std::string_view media_path(const CallRecord& call) {
  if (call.direct) return "direct";
  return call.taken_over ? "direct, then server" : "server";
}

bool is_silence(Trouble trouble) {
  return trouble == Trouble::one_way || trouble == Trouble::silent;
}

void log_record(const CallRecord& call) {
  const LegRecord* const caller = call.caller_leg();
  const LegRecord* const callee = call.callee_leg();
  const base::Duration talk =
      call.answered && call.ended ? *call.ended - *call.answered : base::Duration(0);
  std::string troubles;
  for (const LegRecord& leg : call.legs)
    for (const Finding& finding : leg.findings)
      troubles += (troubles.empty() ? "" : " ") + std::string(trouble_name(finding.trouble));
  base::log(base::LogLevel::info, "call", "call record",
            {{"call", call.id},
             {"caller", base::Pii(call.caller.number)},
             {"dialled", base::Pii(call.dialled)},
             {"callee", base::Pii(callee ? callee->party.number : std::string())},
             {"seconds", std::chrono::duration_cast<std::chrono::seconds>(talk).count()},
             {"result", result_name(call.termination.result)},
             {"cause", to_q850(call.termination)},
             {"media", media_path(call)},
             {"caller_codec", codec_of(caller)},
             {"callee_codec", codec_of(callee)},
             {"caller_mos", mos_of(caller)},
             {"callee_mos", mos_of(callee)},
             {"caller_lost", lost_of(caller)},
             {"callee_lost", lost_of(callee)},
             {"troubles", troubles}});
}

}  // namespace

const LegRecord* CallRecord::caller_leg() const { return legs.empty() ? nullptr : &legs.front(); }

const LegRecord* CallRecord::callee_leg() const {
  const auto it = std::ranges::find_if(
      legs, [](const LegRecord& leg) { return !leg.is_caller && leg.answered; });
  return it == legs.end() ? nullptr : &*it;
}

const LegRecord* CallRecord::other_than(const LegRecord& leg) const {
  const LegRecord* found = nullptr;
  for (const LegRecord& one : legs)
    if (&one != &leg && one.answered && (!found || found->left || !one.left)) found = &one;
  return found;
}

// --- what happens --------------------------------------------------------------------------------

void Ledger::observe(const News& news, base::TimePoint now) {
  std::visit([&](const auto& one) { on(one, now); }, news);
}

void Ledger::observe(const graph::Event& event, base::TimePoint now) {
  std::visit([&](const auto& one) { on(one, now); }, event);
}

void Ledger::observe(const graph::Command& command, const base::SocketAddress& local,
                     base::TimePoint) {
  if (const auto* open = std::get_if<graph::OpenSession>(&command)) {
    const auto place = place_of(open->id);
    if (!place) return;
    place->leg.media_open = true;
    place->leg.stats.transport.local = local;
  } else if (const auto* apply = std::get_if<graph::ApplyAgreement>(&command)) {
    if (const auto place = place_of(apply->id)) place->leg.agreement = apply->agreement;
  }
}

void Ledger::on(const CallBegan& news, base::TimePoint now) {
  CallRecord& call = live_[news.call];
  call.id = news.call;
  call.caller = news.caller;
  call.dialled = news.dialled;
  call.began = now;
  LegRecord& leg = call.legs.emplace_back();
  leg.leg = news.leg;
  leg.is_caller = true;
  leg.party = news.caller;
  calls_of_legs_[news.leg] = news.call;
}

void Ledger::on(const LegCalled& news, base::TimePoint) {
  const auto it = live_.find(news.call);
  if (it == live_.end()) return;
  LegRecord& leg = it->second.legs.emplace_back();
  leg.leg = news.leg;
  leg.party = news.callee;
  leg.offered = news.offered;
  calls_of_legs_[news.leg] = news.call;
}

void Ledger::on(const LegTaken& news, base::TimePoint now) {
  const auto place = place_of(news.leg);
  if (!place) return;
  place->leg.answered = now;
  // Somebody who was moved here may have been answered long ago.
  const bool talks = place->leg.is_caller || place->call.other_than(place->leg);
  if (talks && !place->call.answered) place->call.answered = now;
}

void Ledger::on(const DirectMediaBegan& news, base::TimePoint) {
  if (const auto it = live_.find(news.call); it != live_.end()) it->second.direct = true;
}

void Ledger::on(const DirectMediaEnded& news, base::TimePoint now) {
  const auto it = live_.find(news.call);
  if (it == live_.end()) return;
  it->second.direct = false;
  it->second.taken_over = now;
}

void Ledger::on(const LegOnHold& news, base::TimePoint) {
  if (const auto place = place_of(news.leg)) place->leg.held = news.held;
}

void Ledger::on(const LegMoved& news, base::TimePoint) {
  const auto place = place_of(news.leg);
  const auto to = live_.find(news.to);
  if (!place || to == live_.end()) return;
  LegRecord& moved = to->second.legs.emplace_back(place->leg);
  moved.is_caller = false;
  calls_of_legs_[news.leg] = news.to;
  place->leg.left = Termination{.result = Result::completed, .reason = "transferred"};
  place->leg.media_open = false;
}

void Ledger::on(const LegLeft& news, base::TimePoint now) {
  const auto place = place_of(news.leg);
  if (!place) return;
  place->leg.left = news.termination;
  examine(place->call, now);
  close_if_over(place->call.id);
}

void Ledger::on(const CallOver& news, base::TimePoint now) {
  const auto it = live_.find(news.call);
  if (it == live_.end()) return;
  it->second.ended = now;
  it->second.termination = news.termination;
  close_if_over(news.call);
}

void Ledger::on(const graph::StatsReport& event, base::TimePoint now) {
  const auto place = place_of(event.id);
  if (!place) return;
  take(place->leg, event.stats, now);
  examine(place->call, now);
}

void Ledger::on(const graph::MediaFailed& event, base::TimePoint now) {
  const auto place = place_of(event.id);
  if (!place) return;
  place->leg.fault = event.fault;
  examine(place->call, now);
}

void Ledger::on(const graph::SessionClosed& event, base::TimePoint now) {
  const auto place = place_of(event.id);
  if (!place) return;
  take(place->leg, event.stats, now);
  place->leg.media_open = false;
  close_if_over(place->call.id);
}

// --- records -------------------------------------------------------------------------------------

std::optional<Ledger::Place> Ledger::place_of(LegId leg) {
  const auto call = calls_of_legs_.find(leg);
  if (call == calls_of_legs_.end()) return std::nullopt;
  CallRecord& record = live_.at(call->second);
  return Place{record, *std::ranges::find(record.legs, leg, &LegRecord::leg)};
}

// A worker does not know where its sockets are reached; that was noted when they were opened.
void Ledger::take(LegRecord& leg, const graph::SessionStats& stats, base::TimePoint now) {
  leg.stats_at = now;
  const base::SocketAddress local = leg.stats.transport.local;
  leg.stats = stats;
  leg.stats.transport.local = local;
}

void Ledger::examine(CallRecord& call, base::TimePoint now) {
  for (LegRecord& leg : call.legs) examine(call, leg, now);
}

void Ledger::examine(CallRecord& call, LegRecord& leg, base::TimePoint now) {
  // What a device that lost the race or hung up sends no more is no trouble.
  if (call.ended && !leg.left) return;
  const LegRecord* const other = call.other_than(leg);
  std::vector<Finding> found = diagnose(leg, other, now);
  std::vector<Trouble> present;
  for (Finding& finding : found) {
    present.push_back(finding.trouble);
    const bool told = std::ranges::find(leg.present, finding.trouble) != leg.present.end();
    if (told || leg.findings.size() >= options_.max_findings) continue;
    const bool works = finding.trouble == Trouble::other_address;
    base::log(works ? base::LogLevel::info : base::LogLevel::warning, "call", "diagnosis",
              {{"call", call.id},
               {"leg", leg.leg},
               {"trouble", trouble_name(finding.trouble)},
               {"sentence", base::pii_revealed_in_logs() ? finding.sentence : finding.anonymous}});
    leg.findings.push_back(std::move(finding));
  }
  // Who is silent stays so while the other side speaks and listens by turns.
  const bool silent = std::ranges::any_of(present, is_silence);
  for (const Trouble trouble : leg.present)
    if (silent && is_silence(trouble)) present.push_back(trouble);
  std::ranges::sort(present);
  present.erase(std::unique(present.begin(), present.end()), present.end());
  leg.present = std::move(present);
}

void Ledger::close_if_over(CallId id) {
  const auto it = live_.find(id);
  if (it == live_.end() || !it->second.ended) return;
  const auto done = [](const LegRecord& leg) { return leg.left && !leg.media_open; };
  if (!std::ranges::all_of(it->second.legs, done)) return;
  log_record(it->second);
  for (const LegRecord& leg : it->second.legs)
    if (const auto of = calls_of_legs_.find(leg.leg);
        of != calls_of_legs_.end() && of->second == id)
      calls_of_legs_.erase(of);
  ended_.push_front(std::move(it->second));
  live_.erase(it);
  if (ended_.size() > options_.max_ended) ended_.pop_back();
}

// --- looking in ----------------------------------------------------------------------------------

std::vector<const CallRecord*> Ledger::calls() const {
  std::vector<const CallRecord*> out;
  for (const auto& [id, call] : live_) out.push_back(&call);
  for (const CallRecord& call : ended_) out.push_back(&call);
  return out;
}

const CallRecord* Ledger::find(CallId id) const {
  if (const auto it = live_.find(id); it != live_.end()) return &it->second;
  const auto it = std::ranges::find(ended_, id, &CallRecord::id);
  return it == ended_.end() ? nullptr : &*it;
}

}  // namespace viaduct::call
