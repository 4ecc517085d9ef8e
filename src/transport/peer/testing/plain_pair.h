// The node's Peer and a phone's on their port pairs, and the network between them in virtual time.
// The phone is a Peer too: what it protects and how is judged by real phones (tests/interop).
#pragma once

#include <functional>
#include <vector>

#include "transport/dtls/testing/engine_pair.h"
#include "transport/peer/peer.h"
#include "transport/peer/testing/recording_sink.h"

namespace viaduct::peer::testing {

// The same keys from both ends; `seed` makes them differ.
struct SdesPair {
  srtp::Keys node, phone;
};
SdesPair sdes_keys(srtp::Profile profile, uint8_t node_seed = 1, uint8_t phone_seed = 2);

class PlainPair {
 public:
  struct Side {
    Side(const dtls::testing::Identity& identity, const char* rtp_address);
    Peer peer;
    base::SocketAddress rtp, rtcp;  // where it really is
    RecordingSink sink;
    std::vector<Event> events;
  };

  PlainPair();

  // Both agree on SDES, each under the address it really has.
  void agree(const SdesPair& keys, bool rtcp_mux = false);
  // Both agree on DTLS. `said`: what the phone's description says of its address.
  void agree_on_dtls(bool rtcp_mux, dtls::Role node_role = dtls::Role::server,
                     const base::SocketAddress* said = nullptr);
  RemotePlain phone_seen(const base::SocketAddress& rtp, bool rtcp_mux) const;

  // Carries datagrams until both are silent; no time passes.
  void settle();
  void advance(base::Duration duration);
  bool send(Side& from, std::vector<uint8_t> packet, bool rtcp = false);
  // To the node's sockets, from anywhere.
  void inject(std::vector<uint8_t> datagram, const base::SocketAddress& from,
              Component via = Component::rtp);

  base::TimePoint now{std::chrono::hours(1)};
  dtls::testing::Identity node_identity = dtls::testing::fake_identity("node");
  dtls::testing::Identity phone_identity = dtls::testing::fake_identity("phone");
  Side node{node_identity, "192.0.2.1:20000"};
  Side phone{phone_identity, "203.0.113.9:4000"};
  // Sees each datagram; false loses it.
  std::function<bool(const Side& from, std::vector<uint8_t>&)> network = [](auto&, auto&) {
    return true;
  };
  std::vector<RecordingSink::Sent> astray;  // of the node's, to nobody

 private:
  bool carry(Side& from, Side& to);
};

}  // namespace viaduct::peer::testing
