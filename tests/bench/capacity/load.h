// The far ends of all calls: browsers with a socket each, phones on one socket. Every one sends 50
// packets a second, spread over the 20 ms, and takes what comes.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "io/net/clock.h"
#include "io/net/poller.h"
#include "io/net/udp_socket.h"
#include "tests/bench/capacity/plan.h"
#include "transport/dtls/testing/engine_pair.h"
#include "transport/peer/testing/webrtc_client.h"
#include "transport/srtp/context.h"

namespace viaduct::bench {

class Load {
 public:
  // Both sides have the same certificate.
  Load(const Plan& plan, dtls::testing::Identity identity);

  LoadAddresses addresses() const;
  // ICE and DTLS of all browsers; false when one did not come through. The bare loop has none.
  bool connect(const Endpoints& server);
  // Talks; with `result`, counts and measures.
  void talk(double seconds, LoadResult* result);
  // talk() under a flood, and once more when it has ended.
  void talk_under_flood(double seconds, LoadResult& result);

 private:
  struct Line {
    net::UdpSocket socket;
    std::unique_ptr<peer::testing::WebRtcClient> client;
    std::optional<srtp::Context> context;  // bare: in place of the client
    uint16_t sequence = 0;
  };
  static constexpr uint32_t kPhones = UINT32_MAX - 1;

  void send_due(size_t first, size_t last);
  void send_from_browser(Line& line, size_t call);
  void send_from_phone(size_t call);
  std::vector<uint8_t> packet(const negotiation::Format& format, size_t call, uint16_t sequence,
                              uint32_t ssrc) const;
  void flush(Line& line);
  void receive_all(base::TimePoint deadline);
  void heard(std::span<const uint8_t> packet);
  void tend(base::TimePoint now);

  const Plan plan_;
  const dtls::testing::Identity identity_;
  net::SystemRng rng_;
  net::UdpSocket phones_;
  std::vector<Line> lines_;
  std::vector<uint16_t> phone_sequences_;
  Endpoints server_;
  net::Poller poller_;
  net::ReceiveBatch in_;
  net::SendBatch out_;
  std::vector<std::vector<uint8_t>> browser_payloads_, phone_payloads_;
  bool measuring_ = false;
  uint64_t sent_ = 0, received_ = 0;
  std::vector<uint32_t> delays_;  // by microsecond
};

}  // namespace viaduct::bench
