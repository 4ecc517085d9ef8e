// Session: one party's media toward us, from OpenSession to CloseSession: its transport, the two
// halves of its RTP, and its RTCP. Knows no other session; the worker carries packets between them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/rng.h"
#include "base/time.h"
#include "media/graph/capture_tap.h"
#include "media/graph/digit_filter.h"
#include "media/graph/inband_digits.h"
#include "media/graph/incoming.h"
#include "media/graph/messages.h"
#include "media/graph/outgoing.h"
#include "media/graph/playout.h"
#include "media/graph/rates.h"
#include "media/graph/worker_options.h"
#include "transport/dtls/engine.h"
#include "transport/peer/peer.h"
#include "transport/rtp/rtcp_schedule.h"

namespace viaduct::graph {

// Where a worker's datagrams go. Spans live during the call.
class PacketSink {
 public:
  virtual ~PacketSink() = default;
  virtual void send(SocketHandle via, const base::SocketAddress& to,
                    std::span<const uint8_t> datagram) = 0;
};

class Session {
 public:
  // `options` and `rng` must outlive it.
  Session(OpenSession open, const WorkerOptions& options, base::Rng& rng,
          std::shared_ptr<dtls::EngineFactory> dtls);
  ~Session() { start_capture(nullptr); }

  MediaId id() const { return id_; }
  // WebRTC: our ICE credentials in force, the newest last; during a restart the ones before it too.
  const std::vector<std::string>& local_ufrags() const { return local_ufrags_; }
  // Nothing unless plain.
  const std::optional<PlainTransport>& plain() const { return plain_; }

  // False: the agreement is for the other kind of transport and was ignored.
  bool apply(const ApplyAgreement& command, base::TimePoint now, PacketSink& out);
  void set_source(Source source, base::TimePoint now) {
    outgoing_.set_source(std::move(source), now);
  }
  const Source& source() const { return outgoing_.source(); }
  // Copies go there until it is over, another one comes or the session ends.
  void start_capture(std::shared_ptr<CaptureTap> tap);
  // How many of the digits were dropped.
  size_t send_dtmf(const SendDtmf& command, base::TimePoint now);
  void listen_for_tones(bool on);
  // RTCP BYE and DTLS close_notify, where somebody can hear them.
  void close(base::TimePoint now, PacketSink& out);

  struct Received {
    std::optional<Heard> heard;  // the audio packet, for those who listen; lies in the datagram
    bool settled = false;        // there is nothing to poll and no deadline has come nearer
  };
  // A datagram from this session's far side, decrypted in place.
  Received receive(peer::Component via, std::span<uint8_t> datagram, const peer::Path& from,
                   base::TimePoint now, PacketSink& out);
  // That connection of its has closed.
  void path_lost(const peer::Path& path, base::TimePoint now, PacketSink& out);
  // Another session's audio.
  void forward(const Heard& heard, bool in_place, base::TimePoint now, PacketSink& out);

  void handle_timeout(base::TimePoint now, PacketSink& out);
  base::TimePoint next_timeout() const;

  // After each of the above, until empty. Transport events first take effect on the session itself.
  std::optional<peer::Event> poll_transport(base::TimePoint now);
  // Digits, the end of a clip, audio that stopped or came back, and how it all goes.
  std::optional<Event> poll_media();
  // Whether the two above would find nothing and change nothing: for checks.
  bool is_settled(base::TimePoint now);

  SessionStats stats() const;

  // Those whose source is this session; kept by the worker.
  std::vector<Session*> listeners;
  // Recordings that hear it; kept by the worker.
  std::vector<Playout*> taps;
  // The deadline the worker has set for it.
  base::TimePoint armed = base::kNever;

 private:
  class SinkAdaptor;
  void apply_webrtc(const ApplyAgreement& command, base::TimePoint now, peer::Sink& sink);
  void capture_plain(const SinkAdaptor& sink, const base::SocketAddress& from, bool rtcp_port,
                     base::TimePoint now);
  void expect_media(base::TimePoint now);
  TransportStats transport_stats(const peer::Stats& transport) const;
  void receive_rtcp(std::span<const uint8_t> compound, base::TimePoint now);
  void receive_block(const rtp::ReportBlock& block, base::TimePoint now);
  void send_report(bool bye, base::TimePoint now, peer::Sink& sink);
  void collect_digits(base::TimePoint now);
  base::WallTime wall(base::TimePoint now) const {
    return options_.wall_epoch + (now - options_.epoch);
  }

  const MediaId id_;
  const WorkerOptions& options_;
  base::Rng& rng_;
  const std::string cname_;
  std::vector<std::string> local_ufrags_;
  std::optional<PlainTransport> plain_;
  peer::Peer peer_;
  Incoming incoming_;
  Outgoing outgoing_;
  std::unique_ptr<InbandDigits> tones_;  // when asked to listen
  DigitFilter digits_;
  rtp::RtcpSchedule rtcp_;
  std::optional<base::Duration> round_trip_;
  std::optional<FarReport> far_report_;
  std::optional<base::TimePoint> last_rtcp_;
  uint64_t malformed_rtcp_ = 0;
  Rates rates_;
  bool stats_due_ = false;
  std::shared_ptr<CaptureTap> tap_;               // nullptr: nobody captures
  std::optional<ReceptionWatch::Change> change_;  // to be told behind the stats
};

}  // namespace viaduct::graph
