// A Worker, the parties around it and the network between them, in virtual time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/rng.h"
#include "media/graph/testing/talker.h"
#include "media/graph/worker.h"
#include "transport/dtls/testing/engine_pair.h"
#include "transport/peer/testing/webrtc_client.h"

namespace viaduct::graph::testing {

// One far side: its own address, its audio, and the session it talks with.
struct Party {
  explicit Party(TalkerOptions options);
  ~Party();

  MediaId id;
  PlainTransport sockets;  // plain only
  base::SocketAddress address;
  SocketHandle via = kSharedSocket;  // WebRTC: where its datagrams come in
  Talker talker;
  negotiation::AudioAgreement agreement;                // the last one applied
  std::unique_ptr<peer::testing::WebRtcClient> client;  // WebRTC only
  std::unique_ptr<class SecurePhone> phone;             // SRTP on a port pair only
  bool speaking = false;
  base::TimePoint next_word{};
  size_t words = 0;
  std::vector<std::vector<uint8_t>> rtcp_heard;
  // What happens to its n-th audio packet: lost, or late by a duration.
  std::function<std::optional<base::Duration>(size_t)> network = [](size_t) {
    return std::optional<base::Duration>(base::Duration(0));
  };
  // A second copy of it, later by a duration.
  std::function<std::optional<base::Duration>(size_t)> copies = [](size_t) {
    return std::optional<base::Duration>();
  };
  // Its clock runs slow by so many parts in a million.
  double slow_ppm = 0;
};

class Rig final : public PacketSink {
 public:
  // The worker's identity: openssl_identity() for the real DTLS.
  explicit Rig(dtls::testing::Identity server = dtls::testing::fake_identity("server"),
               WorkerOptions options = {});

  // Opens a session for a phone at an own address and applies the agreement.
  Party& add_plain(TalkerOptions options);
  // The same with SRTP: under keys of the description, or by DTLS, which run() finishes.
  Party& add_sdes(TalkerOptions options);
  Party& add_dtls(TalkerOptions options, bool rtcp_mux = true,
                  dtls::testing::Identity identity = dtls::testing::fake_identity("phone"));
  // party.agreement with fresh keys for a phone of add_sdes(), at both ends.
  void renew_keys(Party& party);
  // The same for a browser; its ICE and DTLS are under way afterwards, run() finishes them.
  Party& add_webrtc(TalkerOptions options,
                    dtls::testing::Identity identity = dtls::testing::fake_identity("browser"),
                    SocketHandle via = kSharedSocket);

  void apply(Party& party);  // party.agreement as it is now
  void set_source(Party& to, Source source);
  void bridge(Party& a, Party& b);
  void command(Command command);
  // A datagram of the party's, as it is on the wire for plain parties.
  void send(Party& from, std::vector<uint8_t> datagram);
  void run(base::Duration duration);
  // Closes all sessions and lets go of the parties.
  void close_all();

  template <class E>
  std::vector<E> events() const {
    std::vector<E> out;
    for (const Event& event : all_events)
      if (const auto* one = std::get_if<E>(&event)) out.push_back(*one);
    return out;
  }

  void send(SocketHandle via, const base::SocketAddress& to,
            std::span<const uint8_t> datagram) override;

  base::SeededRng rng{11};
  base::TimePoint now{std::chrono::hours(1)};
  dtls::testing::Identity server;
  Worker worker;
  std::vector<std::unique_ptr<Party>> parties;
  std::vector<Event> all_events;
  size_t misdelivered = 0;  // datagrams to nobody's address

 private:
  struct InFlight {
    base::TimePoint at;
    Party* from;
    std::vector<uint8_t> datagram;
  };
  struct Sent {
    SocketHandle via;
    base::SocketAddress to;
    std::vector<uint8_t> datagram;
  };
  Party& add(TalkerOptions options);
  Party& add_pair(TalkerOptions options);
  void arrive(Party& from, std::span<const uint8_t> datagram);
  void arrive_on(SocketHandle via, const base::SocketAddress& from,
                 std::span<const uint8_t> datagram);
  void settle();
  bool flush(Party& party);
  void deliver(const Sent& sent);
  void speak(Party& party);
  base::TimePoint next() const;

  std::vector<InFlight> in_flight_;
  std::vector<Sent> sent_;
  uint32_t count_ = 0;
};

}  // namespace viaduct::graph::testing
