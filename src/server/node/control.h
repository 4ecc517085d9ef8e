// Control: everything a node decides, as one engine without sockets, threads and clocks: the SIP
// user agent, the Verto endpoint, the legs of both and the calls over them. The shell in node.h
// runs it on the control thread; the scenario tests run it on a fake network in virtual time.
//
//   SIP datagrams ----> UserAgent --> SipLegs --\                      /--> datagrams, frames
//   WebSocket frames -> Endpoint ---> VertoLegs --> Switchboard -> legs
//   media events ------------------------------/                      \--> commands to workers
//
// One input, then poll() until empty, then re-arm one timer for next_timeout().
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/call/ledger.h"
#include "core/call/switchboard.h"
#include "media/graph/capture_tap.h"
#include "server/legs/directory_ports.h"
#include "server/legs/media_services.h"
#include "server/legs/sip_legs.h"
#include "server/legs/verto_legs.h"
#include "server/node/recordings.h"

namespace viaduct::node {

struct ControlOptions {
  dialog::UserAgentOptions sip;
  verto::Options verto;
  call::SwitchboardOptions calls;
};

// What the control engine asks of the rest; all must outlive it.
struct ControlPorts {
  const directory::Directory& directory;
  const dialplan::Dialplan& dialplan;
  const call::ClipLibrary& clips;
  legs::RtpPortSource& rtp_ports;
  base::Rng& rng;
};

struct SendSip {
  sip::Flow flow;
  std::string bytes;
};
using SendFrame = verto::Send;
using CloseSocket = verto::CloseConnection;
using legs::MediaCommand;

class Control {
 public:
  using Output = std::variant<SendSip, SendFrame, CloseSocket, MediaCommand, FileCommand>;

  Control(ControlOptions options, const ControlPorts& ports, legs::MediaAddresses addresses,
          negotiation::Fingerprint fingerprint, verto::ClockReading clock);

  // --- inputs ---
  void set_sip_listener(sip::Listener listener) { agent_.set_listener(std::move(listener)); }
  void sip_received(std::string_view message, const sip::Flow& flow, base::TimePoint now);
  void socket_opened(verto::ConnId id, const base::SocketAddress& peer, base::TimePoint now);
  void frame_received(verto::ConnId id, std::string_view frame, base::TimePoint now);
  void socket_drained(verto::ConnId id, base::TimePoint now);
  void socket_closed(verto::ConnId id, base::TimePoint now);
  size_t frame_limit(verto::ConnId id) const { return endpoint_.message_limit(id); }
  void media_event(const graph::Event& event, base::TimePoint now);
  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const;

  std::optional<Output> poll();

  // Everything that belongs to calls; all zero when none is going on and the wire is quiet.
  struct Counts {
    size_t calls = 0, legs = 0, call_timers = 0;
    size_t sip_sessions = 0, sip_dialogs = 0, sip_transactions = 0, sip_timers = 0;
    size_t verto_calls = 0;
    size_t media_sessions = 0, rtp_leases = 0;
    size_t total() const {
      return calls + legs + call_timers + sip_sessions + sip_dialogs + sip_transactions +
             sip_timers + verto_calls + media_sessions + rtp_leases;
    }
    std::string str() const;
  };
  Counts counts() const;
  // Copies of the packets of each of the call's legs, from now on. Errors: not_found (no such call,
  // or none of its legs has media).
  using Taps = std::vector<std::shared_ptr<graph::CaptureTap>>;
  base::Result<Taps> start_capture(call::CallId call, const graph::CaptureOptions& options,
                                   base::TimePoint now);
  // Every call as it is and the last ones as they were.
  const call::Ledger& ledger() const { return ledger_; }
  base::WallTime wall(base::TimePoint now) const { return clock_.wall + (now - clock_.steady); }
  size_t sip_bindings() const { return agent_.counts().bindings; }
  size_t verto_sessions() const { return endpoint_.session_count(); }
  std::string dump();

 private:
  // Passes on what each part has for the others until nobody has anything.
  void drain(base::TimePoint now);
  bool drain_sip(base::TimePoint now);
  bool drain_verto(base::TimePoint now);
  bool drain_legs(base::TimePoint now);
  bool drain_calls(base::TimePoint now);
  void open_file(const call::OpenRecording& recording, base::TimePoint now);
  void send_media(graph::Command command);
  void deliver(const call::LegCommand& command, base::TimePoint now);
  void flush_media(base::TimePoint now);

  // Only for the records.
  void on_media(const graph::MediaConnected&, base::TimePoint) {}
  void on_media(const graph::MediaStalled&, base::TimePoint) {}
  void on_media(const graph::MediaResumed&, base::TimePoint) {}
  void on_media(const graph::StatsReport& event, base::TimePoint now);
  void on_media(const graph::MediaFailed& event, base::TimePoint now);
  void on_media(const graph::DtmfReceived& event, base::TimePoint now);
  void on_media(const graph::PlayFinished& event, base::TimePoint now);
  void on_media(const graph::RecordedAudio& event, base::TimePoint now);
  void on_media(const graph::RecordingEnded& event, base::TimePoint now);
  void on_media(const graph::SessionClosed& event, base::TimePoint now);

  verto::ClockReading clock_;
  legs::SipCredentials credentials_;
  legs::VertoLogins logins_;
  dialog::UserAgent agent_;
  verto::Endpoint endpoint_;
  legs::Devices devices_;
  legs::MediaServices media_;
  call::Switchboard switchboard_;
  call::Ledger ledger_;
  legs::SipLegs sip_legs_;
  legs::VertoLegs verto_legs_;
  std::deque<Output> outputs_;
};

}  // namespace viaduct::node
