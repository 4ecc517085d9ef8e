#include "server/node/control.h"

#include <algorithm>

#include "base/log.h"
#include "core/dialplan/recording_name.h"
#include "media/graph/fault_name.h"

namespace viaduct::node {
namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

}  // namespace

Control::Control(ControlOptions options, const ControlPorts& ports, legs::MediaAddresses addresses,
                 negotiation::Fingerprint fingerprint, verto::ClockReading clock)
    : clock_(clock),
      credentials_(ports.directory),
      logins_(ports.directory),
      agent_(std::move(options.sip), ports.rng, credentials_),
      endpoint_(options.verto, logins_, ports.rng, clock),
      devices_(ports.directory, agent_),
      media_(std::move(addresses), std::move(fingerprint), ports.rtp_ports, ports.rng),
      switchboard_(std::move(options.calls), ports.dialplan, devices_, ports.clips),
      sip_legs_(agent_, switchboard_, media_, ports.directory),
      verto_legs_(endpoint_, switchboard_, media_) {}

// --- inputs --------------------------------------------------------------------------------------

void Control::sip_received(std::string_view message, const sip::Flow& flow, base::TimePoint now) {
  agent_.receive(message, flow, now, wall(now));
  drain(now);
}

void Control::socket_opened(verto::ConnId id, const base::SocketAddress& peer,
                            base::TimePoint now) {
  endpoint_.connection_opened(id, peer, now);
  drain(now);
}

void Control::frame_received(verto::ConnId id, std::string_view frame, base::TimePoint now) {
  endpoint_.receive(id, frame, now);
  drain(now);
}

void Control::socket_drained(verto::ConnId id, base::TimePoint now) {
  endpoint_.drained(id, now);
  drain(now);
}

void Control::socket_closed(verto::ConnId id, base::TimePoint now) {
  endpoint_.connection_closed(id, now);
  drain(now);
}

void Control::media_event(const graph::Event& event, base::TimePoint now) {
  ledger_.observe(event, now);
  std::visit([&](const auto& e) { on_media(e, now); }, event);
  drain(now);
}

void Control::handle_timeout(base::TimePoint now) {
  agent_.handle_timeout(now);
  endpoint_.handle_timeout(now);
  verto_legs_.handle_timeout(now);
  switchboard_.handle_timeout(now);
  drain(now);
}

base::TimePoint Control::next_timeout() const {
  return std::min({agent_.next_timeout(), endpoint_.next_timeout(), verto_legs_.next_timeout(),
                   switchboard_.next_timeout()});
}

std::optional<Control::Output> Control::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output out = std::move(outputs_.front());
  outputs_.pop_front();
  return out;
}

// --- media ---------------------------------------------------------------------------------------

void Control::on_media(const graph::MediaFailed& event, base::TimePoint now) {
  const call::LegId leg = call::leg_of(event.id);
  base::log(base::LogLevel::info, "call", "media of a leg failed",
            {{"leg", leg}, {"fault", graph::fault_name(event.fault)}});
  if (verto_legs_.owns(leg)) verto_legs_.media_failed(leg, event.fault, now);
  else switchboard_.receive(call::LegMediaFailed{leg, event.fault}, now);
}

void Control::on_media(const graph::DtmfReceived& event, base::TimePoint now) {
  switchboard_.receive(call::LegDtmf{call::leg_of(event.id), std::string(1, event.digit)}, now);
}

void Control::on_media(const graph::PlayFinished& event, base::TimePoint now) {
  switchboard_.receive(event, now);
}

void Control::on_media(const graph::StatsReport& event, base::TimePoint now) {
  switchboard_.receive(event, now);
}

void Control::on_media(const graph::SessionClosed& event, base::TimePoint now) {
  media_.closed(event.id, now);
}

void Control::on_media(const graph::RecordedAudio& event, base::TimePoint) {
  outputs_.push_back(FileCommand(AppendToFile{event.recording, event.block}));
}

void Control::on_media(const graph::RecordingEnded& event, base::TimePoint) {
  outputs_.push_back(FileCommand(CloseFile{event.recording, event.blocks_left_out}));
}

// --- between the parts ---------------------------------------------------------------------------

void Control::drain(base::TimePoint now) {
  // Each part's outputs may be another's input; the loop ends because a part only answers to input.
  while (drain_sip(now) || drain_verto(now) || drain_legs(now) || drain_calls(now)) {
  }
  flush_media(now);
}

bool Control::drain_sip(base::TimePoint now) {
  bool any = false;
  while (auto output = agent_.poll(now)) {
    any = true;
    std::visit(Overloaded{[&](dialog::Send& send) {
                            outputs_.push_back(SendSip{send.flow, std::move(send.bytes)});
                          },
                          [&](dialog::BindingAdded& added) {
                            base::log(base::LogLevel::info, "sip", "a device registered",
                                      {{"user", base::Pii(added.binding.aor)},
                                       {"contact", base::Pii(added.binding.contact)}});
                          },
                          [&](dialog::BindingRemoved& removed) {
                            base::log(base::LogLevel::info, "sip", "a device is gone",
                                      {{"user", base::Pii(removed.binding.aor)},
                                       {"expired", removed.expired}});
                          },
                          [&](auto& event) { sip_legs_.on(event, now); }},
               *output);
  }
  return any;
}

bool Control::drain_verto(base::TimePoint now) {
  bool any = false;
  while (auto output = endpoint_.poll()) {
    any = true;
    std::visit(
        Overloaded{[&](verto::Send& send) { outputs_.push_back(std::move(send)); },
                   [&](verto::CloseConnection& close) { outputs_.push_back(std::move(close)); },
                   [&](verto::SessionUp& up) { devices_.verto_session_up(up.user, up.session_id); },
                   [&](verto::SessionDown& down) {
                     devices_.verto_session_down(down.user, down.session_id);
                   },
                   [&](auto& event) { verto_legs_.on(event, now); }},
        *output);
  }
  return any;
}

bool Control::drain_legs(base::TimePoint now) {
  bool any = false;
  while (auto event = sip_legs_.poll()) {
    any = true;
    switchboard_.receive(*event, now);
  }
  while (auto event = verto_legs_.poll()) {
    any = true;
    switchboard_.receive(*event, now);
  }
  return any;
}

bool Control::drain_calls(base::TimePoint now) {
  bool any = false;
  while (const auto news = switchboard_.poll_news()) ledger_.observe(*news, now);
  while (auto output = switchboard_.poll()) {
    any = true;
    std::visit(Overloaded{[&](call::LegCommand& command) { deliver(command, now); },
                          [&](graph::Command& command) { send_media(std::move(command)); },
                          [&](call::OpenRecording& recording) { open_file(recording, now); }},
               *output);
  }
  return any;
}

void Control::send_media(graph::Command command) {
  const graph::MediaId id = std::visit([](const auto& c) { return c.id; }, command);
  std::optional<graph::RecordingId> starts;
  if (const auto* start = std::get_if<graph::StartRecording>(&command)) starts = start->recording;
  const bool sent = media_.emit(id, std::move(command));
  if (!sent && starts) outputs_.push_back(FileCommand(CloseFile{*starts}));
}

void Control::open_file(const call::OpenRecording& recording, base::TimePoint now) {
  using Format = dialplan::Record::Format;
  const Format format = recording.how.format;
  outputs_.push_back(FileCommand(
      OpenFile{.id = recording.id,
               .name = dialplan::recording_name(recording.how.file, {.call = recording.id.str(),
                                                                     .caller = recording.caller,
                                                                     .dialled = recording.dialled,
                                                                     .begin = wall(now)}),
               .format = format == Format::wav    ? audio::FileFormat::wav
                         : format == Format::flac ? audio::FileFormat::flac
                                                  : audio::FileFormat::opus,
               .rate = recording.rate,
               .channels = static_cast<uint8_t>(recording.how.stereo ? 2 : 1)}));
}

void Control::deliver(const call::LegCommand& command, base::TimePoint now) {
  if (const auto* start = std::get_if<call::StartLeg>(&command)) {
    if (std::holds_alternative<call::VertoTarget>(start->target)) verto_legs_.command(command, now);
    else sip_legs_.command(command, now);
    return;
  }
  const call::LegId leg = std::visit([](const auto& c) { return c.leg; }, command);
  if (sip_legs_.owns(leg)) sip_legs_.command(command, now);
  else if (verto_legs_.owns(leg)) verto_legs_.command(command, now);
  // Otherwise the leg ended by itself meanwhile; its LegEnded is on the way.
}

void Control::flush_media(base::TimePoint now) {
  auto& commands = media_.commands();
  while (!commands.empty()) {
    const graph::Command& command = commands.front().command;
    const graph::MediaId id = std::visit([](const auto& c) { return c.id; }, command);
    ledger_.observe(command, media_.local(id), now);
    outputs_.push_back(std::move(commands.front()));
    commands.pop_front();
  }
}

base::Result<Control::Taps> Control::start_capture(call::CallId call,
                                                   const graph::CaptureOptions& options,
                                                   base::TimePoint now) {
  Taps taps;
  if (const call::CallRecord* record = ledger_.find(call); record && !record->direct) {
    for (const call::LegRecord& leg : record->legs) {
      if (!leg.media_open) continue;
      const graph::MediaId id = call::media_of(leg.leg);
      taps.push_back(std::make_shared<graph::CaptureTap>(options, leg.stats.transport.local));
      media_.emit(id, graph::StartCapture{id, taps.back()});
    }
  }
  if (taps.empty()) return base::Error{base::Errc::not_found, "the call has no media here now"};
  drain(now);
  return taps;
}

// --- looking in ----------------------------------------------------------------------------------

Control::Counts Control::counts() const {
  const auto calls = switchboard_.counts();
  const auto sip = agent_.counts();
  return {.calls = calls.calls,
          .legs = calls.legs,
          .call_timers = calls.timers + verto_legs_.timers(),
          .sip_sessions = sip.sessions,
          .sip_dialogs = sip.dialogs,
          .sip_transactions = sip.transactions.clients + sip.transactions.servers,
          .sip_timers = sip.timers,
          .verto_calls = endpoint_.call_count(),
          .media_sessions = media_.sessions(),
          .rtp_leases = media_.leases()};
}

std::string Control::Counts::str() const {
  std::string out;
  const auto add = [&](const char* name, size_t n) {
    if (n != 0) out += std::string(out.empty() ? "" : " ") + name + "=" + std::to_string(n);
  };
  add("calls", calls);
  add("legs", legs);
  add("call_timers", call_timers);
  add("sip_sessions", sip_sessions);
  add("sip_dialogs", sip_dialogs);
  add("sip_transactions", sip_transactions);
  add("sip_timers", sip_timers);
  add("verto_calls", verto_calls);
  add("media_sessions", media_sessions);
  add("rtp_leases", rtp_leases);
  return out.empty() ? "nothing" : out;
}

std::string Control::dump() {
  return counts().str() + "\n" + switchboard_.dump() + agent_.dump() + endpoint_.dump();
}

}  // namespace viaduct::node
