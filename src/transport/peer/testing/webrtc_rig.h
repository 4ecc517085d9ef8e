// A server Peer, a client and the network between them in virtual time.
#pragma once

#include <functional>
#include <vector>

#include "base/rng.h"
#include "transport/dtls/testing/engine_pair.h"
#include "transport/peer/peer.h"
#include "transport/peer/testing/recording_sink.h"
#include "transport/peer/testing/webrtc_client.h"

namespace viaduct::peer::testing {

struct RigOptions {
  dtls::testing::Identity server = dtls::testing::fake_identity("server");
  dtls::testing::Identity client = dtls::testing::fake_identity("client");
  dtls::Role server_role = dtls::Role::server;
};

class WebRtcRig {
 public:
  explicit WebRtcRig(RigOptions options = {});

  void apply();           // the client's description reaches the Peer
  void connect_client();  // the server's description reaches the client
  // Carries datagrams until both are silent; no time passes.
  void settle();
  // Lets time pass, timer by timer.
  void advance(base::Duration duration);
  // Both sides of the above, to the point where media flows.
  void establish();

  // From anywhere, as it is.
  void inject(std::vector<uint8_t> datagram, const base::SocketAddress& from);
  bool peer_sends(const std::vector<uint8_t>& rtp);
  template <class E>
  size_t count() const {
    size_t n = 0;
    for (const Event& event : events) n += std::holds_alternative<E>(event);
    return n;
  }
  // The latest Failed's.
  std::optional<Fault> fault() const;

  RigOptions options;
  base::SeededRng rng{7};
  base::TimePoint now{std::chrono::hours(1)};
  base::SocketAddress server_address = base::SocketAddress::parse("192.0.2.1:10000").value();
  base::SocketAddress client_address = base::SocketAddress::parse("203.0.113.9:50000").value();
  ServerParameters server;
  Peer peer;
  WebRtcClient client;
  RecordingSink sink;
  std::vector<Event> events;
  // Sees each datagram toward the server; false loses it.
  std::function<bool(std::vector<uint8_t>&)> toward_server = [](auto&) { return true; };
  std::function<bool(std::vector<uint8_t>&)> toward_client = [](auto&) { return true; };

 private:
  bool carry();
};

}  // namespace viaduct::peer::testing
