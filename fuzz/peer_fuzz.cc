// An established WebRTC transport, a plain one and two encrypted ones on a port pair get datagrams
// from their far side and from a stranger, with time and agreements in between. The stranger must
// have no effect: nothing but STUN goes to him and nothing of his is delivered.
#include <algorithm>
#include <vector>

#include "base/check.h"
#include "transport/peer/testing/plain_pair.h"
#include "transport/peer/testing/webrtc_rig.h"
#include "transport/stun/demux.h"

namespace {

using namespace viaduct;
using peer::Component;
using peer::testing::PlainPair;
using peer::testing::RecordingSink;
using peer::testing::WebRtcRig;

enum class Step : uint8_t { from_peer, from_stranger, time, agree, send, goodbye, count };

const base::SocketAddress kStranger = base::SocketAddress::parse("198.51.100.66:7000").value();

void check_sent(RecordingSink& sink) {
  for (const auto& sent : std::exchange(sink.sent, {}))
    if (sent.to == kStranger) VIADUCT_CHECK(stun::classify(sent.bytes) == stun::PacketKind::stun);
}

void drive_webrtc(WebRtcRig& rig, Step step, std::span<const uint8_t> bytes) {
  std::vector<uint8_t> datagram(bytes.begin(), bytes.end());
  const size_t delivered = rig.sink.rtp_packets.size() + rig.sink.rtcp_packets.size();
  switch (step) {
    case Step::from_peer: rig.inject(std::move(datagram), rig.client_address); break;
    case Step::from_stranger:
      rig.inject(std::move(datagram), kStranger);
      VIADUCT_CHECK(delivered == rig.sink.rtp_packets.size() + rig.sink.rtcp_packets.size());
      VIADUCT_CHECK(!rig.peer.owns(kStranger));
      break;
    case Step::time: rig.advance(std::chrono::milliseconds(100 * (1 + bytes.size()))); break;
    case Step::agree:
      if (bytes.size() % 2) rig.options.client.print.digest.assign(bytes.begin(), bytes.end());
      rig.apply();
      break;
    case Step::send: rig.peer_sends(datagram); break;
    case Step::goodbye: rig.client.close(); break;
    case Step::count: break;
  }
  check_sent(rig.sink);
  VIADUCT_CHECK(rig.peer.next_timeout() > rig.now || step != Step::time);
}

void drive_plain(peer::Peer& plain, RecordingSink& sink, Step step, std::span<const uint8_t> bytes,
                 base::TimePoint now) {
  std::vector<uint8_t> datagram(bytes.begin(), bytes.end());
  const Component via = bytes.size() % 2 ? Component::rtcp : Component::rtp;
  const base::SocketAddress locked = plain.remote();
  const bool was_connected = plain.connected();
  if (step == Step::from_peer || step == Step::from_stranger)
    plain.receive(via, datagram,
                  step == Step::from_stranger
                      ? kStranger
                      : base::SocketAddress::parse("203.0.113.9:50000").value(),
                  now, sink);
  if (was_connected) VIADUCT_CHECK(plain.remote() == locked);
  while (plain.poll()) {
  }
}

// Whatever comes unauthenticated, from whomever, neither is delivered nor moves anything.
void drive_secure(PlainPair& pair, Step step, std::span<const uint8_t> bytes) {
  const base::SocketAddress remote = pair.node.peer.remote();
  const Component via = bytes.size() % 2 ? Component::rtcp : Component::rtp;
  switch (step) {
    case Step::from_peer: pair.inject({bytes.begin(), bytes.end()}, pair.phone.rtp, via); break;
    case Step::from_stranger: pair.inject({bytes.begin(), bytes.end()}, kStranger, via); break;
    case Step::time: pair.advance(std::chrono::milliseconds(100 * (1 + bytes.size()))); break;
    case Step::send: (void)pair.send(pair.node, {bytes.begin(), bytes.end()}); break;
    case Step::agree:
    case Step::goodbye:
    case Step::count: break;
  }
  VIADUCT_CHECK(pair.node.sink.rtp_packets.empty() && pair.node.sink.rtcp_packets.empty());
  VIADUCT_CHECK(pair.node.peer.remote() == remote && !pair.node.peer.owns(kStranger));
  VIADUCT_CHECK(pair.astray.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::span<const uint8_t> input(data, size);
  WebRtcRig rig;
  rig.establish();
  VIADUCT_CHECK(rig.peer.connected());
  RecordingSink sink;
  peer::Peer plain{peer::PlainOptions{}};
  plain.apply(peer::RemotePlain{base::SocketAddress::parse("192.0.2.10:4000").value(), {}, true},
              rig.now, sink);
  PlainPair sdes, dtls;
  sdes.agree(peer::testing::sdes_keys(srtp::Profile::aead_aes_128_gcm));
  dtls.agree_on_dtls(false);
  for (int i = 0; i < 64 && input.size() >= 2; ++i) {
    const Step step = static_cast<Step>(input[0] % static_cast<uint8_t>(Step::count));
    const size_t length = std::min<size_t>(input[1], input.size() - 2);
    const auto bytes = input.subspan(2, length);
    input = input.subspan(2 + length);
    drive_webrtc(rig, step, bytes);
    drive_plain(plain, sink, step, bytes, rig.now);
    drive_secure(sdes, step, bytes);
    drive_secure(dtls, step, bytes);
  }
  return 0;
}
