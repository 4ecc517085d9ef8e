#include "transport/peer/testing/webrtc_rig.h"

#include <algorithm>
#include <utility>

namespace viaduct::peer::testing {
namespace {

ice::Credentials server_credentials() {
  return {"SRVR", base::Secret<std::string>("passwordOfTheServer1234")};
}

}  // namespace

WebRtcRig::WebRtcRig(RigOptions rig_options)
    : options(std::move(rig_options)),
      server{server_credentials(), {server_address}, {options.server.print}},
      peer([this] {
        WebRtcOptions made;
        made.local = server_credentials();
        made.dtls.factory = options.server.factory;
        return made;
      }()),
      client(
          [this] {
            ClientOptions made;
            made.dtls = options.client.factory;
            made.role =
                options.server_role == dtls::Role::server ? dtls::Role::client : dtls::Role::server;
            return made;
          }(),
          rng) {}

void WebRtcRig::apply() {
  peer.apply(RemoteWebRtc{client.ufrag(), {{options.client.print}, options.server_role}}, now,
             sink);
}

void WebRtcRig::connect_client() { client.connect(server, now); }

bool WebRtcRig::carry() {
  bool moved = false;
  while (auto event = peer.poll()) events.push_back(std::move(*event));
  while (auto out = client.poll()) {
    moved = true;
    if (out->to == server_address && toward_server(out->bytes))
      peer.receive(Component::rtp, out->bytes, client_address, now, sink);
  }
  for (auto& sent : std::exchange(sink.sent, {})) {
    moved = true;
    if (sent.to == client_address && toward_client(sent.bytes))
      client.receive(sent.bytes, server_address, now);
  }
  while (auto event = peer.poll()) events.push_back(std::move(*event));
  return moved;
}

void WebRtcRig::settle() {
  while (carry()) {
  }
}

void WebRtcRig::advance(base::Duration duration) {
  const base::TimePoint end = now + duration;
  settle();
  while (true) {
    const base::TimePoint next = std::min(peer.next_timeout(), client.next_timeout());
    if (next > end) break;
    now = std::max(now, next);
    if (peer.next_timeout() <= now) peer.handle_timeout(now, sink);
    if (client.next_timeout() <= now) client.handle_timeout(now);
    settle();
  }
  now = end;
}

void WebRtcRig::establish() {
  apply();
  connect_client();
  advance(std::chrono::seconds(1));
}

std::optional<Fault> WebRtcRig::fault() const {
  std::optional<Fault> latest;
  for (const Event& event : events)
    if (const auto* failed = std::get_if<Failed>(&event)) latest = failed->fault;
  return latest;
}

void WebRtcRig::inject(std::vector<uint8_t> datagram, const base::SocketAddress& from) {
  peer.receive(Component::rtp, datagram, from, now, sink);
  while (auto event = peer.poll()) events.push_back(std::move(*event));
}

bool WebRtcRig::peer_sends(const std::vector<uint8_t>& rtp) {
  std::vector<uint8_t> buffer = rtp;
  buffer.resize(rtp.size() + kSrtpTrailer);
  return peer.send_rtp(buffer, rtp.size(), now, sink);
}

}  // namespace viaduct::peer::testing
