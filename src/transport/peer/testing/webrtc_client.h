// A complete WebRTC audio client without sockets, as a browser looks from the server: controlling
// ICE, DTLS, SRTP. For tests, scenarios and benches.
//
//   WebRtcClient client(options, rng);
//   client.connect(server, now);
//   loop: poll() -> send; datagram -> receive(); next_timeout() -> handle_timeout()
//   client.connected(): send_rtp(packet), on_rtp / take_rtp()
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/rng.h"
#include "base/time.h"
#include "transport/dtls/engine.h"
#include "transport/ice/testing/controlling_client.h"
#include "transport/srtp/context.h"

namespace viaduct::peer::testing {

struct ClientOptions {
  std::shared_ptr<dtls::EngineFactory> dtls;  // real or fake, as the server's
  dtls::Role role = dtls::Role::client;       // a=setup:active
  ice::testing::ControllingOptions ice;
};

// What the server's description says.
struct ServerParameters {
  ice::Credentials ice;
  std::vector<base::SocketAddress> candidates;
  std::vector<dtls::Fingerprint> fingerprints;
};

struct Outgoing {
  base::SocketAddress to;
  std::vector<uint8_t> bytes;
};

struct ClientStats {
  uint64_t rtp_sent = 0, rtp_received = 0;
  uint64_t rtcp_sent = 0, rtcp_received = 0;
  uint64_t rejected = 0;  // did not pass SRTP, or came before the keys
};

class WebRtcClient {
 public:
  // The rng must outlive the client.
  WebRtcClient(ClientOptions options, base::Rng& rng);

  // For the client's own description.
  const std::string& ufrag() const { return ufrag_; }

  // The other role than the options', from the next connect() on.
  void set_role(dtls::Role role) { options_.role = role; }
  void connect(const ServerParameters& server, base::TimePoint now);
  // An ICE restart: new_ufrag() for the offer, restart_ice() with the answer. DTLS stays.
  const std::string& new_ufrag();
  void restart_ice(const ServerParameters& server, base::TimePoint now);

  void receive(std::span<const uint8_t> datagram, const base::SocketAddress& from,
               base::TimePoint now);
  void handle_timeout(base::TimePoint now);
  base::TimePoint next_timeout() const;
  // What is to be sent; until empty after each of the others.
  std::optional<Outgoing> poll();

  // A plain packet; it is protected and queued for poll(). False before connected().
  bool send_rtp(std::span<const uint8_t> packet);
  bool send_rtcp(std::span<const uint8_t> packet);
  // DTLS close_notify.
  void close();

  bool connected() const { return srtp_ && ice_.selected(); }
  bool failed() const { return failed_; }
  bool closed_by_server() const { return closed_by_server_; }
  std::optional<base::SocketAddress> selected() const { return ice_.selected(); }
  const ClientStats& stats() const { return stats_; }

  // Called with each decrypted packet, in place of keeping it for take_rtp().
  std::function<void(std::span<const uint8_t>)> on_rtp;
  std::function<void(std::span<const uint8_t>)> on_rtcp;
  std::vector<std::vector<uint8_t>> take_rtp() { return std::exchange(rtp_, {}); }
  std::vector<std::vector<uint8_t>> take_rtcp() { return std::exchange(rtcp_, {}); }

 private:
  using Protect = base::Result<size_t> (srtp::Context::*)(std::span<uint8_t>, size_t);
  bool protect_and_queue(Protect protect, std::span<const uint8_t> packet, uint64_t& counter);
  void receive_media(std::span<const uint8_t> datagram, bool is_rtcp);
  void progress(base::TimePoint now);
  void drain_dtls();

  ClientOptions options_;
  base::Rng& rng_;
  std::string ufrag_;
  ice::testing::ControllingClient ice_;
  std::unique_ptr<dtls::Engine> engine_;
  bool engine_started_ = false;
  std::optional<srtp::Context> srtp_;
  std::deque<Outgoing> outgoing_;
  std::vector<uint8_t> scratch_;
  std::vector<std::vector<uint8_t>> rtp_;
  std::vector<std::vector<uint8_t>> rtcp_;
  bool failed_ = false;
  bool closed_by_server_ = false;
  ClientStats stats_;
};

}  // namespace viaduct::peer::testing
