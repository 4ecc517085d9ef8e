#include "transport/peer/testing/plain_pair.h"

#include <utility>

namespace viaduct::peer::testing {
namespace {

base::Secret<srtp::MasterKey> master_key(srtp::Profile profile, uint8_t seed) {
  srtp::MasterKey out;
  out.key_and_salt.resize(srtp::key_size(profile) + srtp::salt_size(profile));
  for (size_t i = 0; i < out.key_and_salt.size(); ++i)
    out.key_and_salt[i] = static_cast<uint8_t>(seed * 31 + i * 7);
  return base::Secret(std::move(out));
}

}  // namespace

SdesPair sdes_keys(srtp::Profile profile, uint8_t node_seed, uint8_t phone_seed) {
  const auto of_node = master_key(profile, node_seed), of_phone = master_key(profile, phone_seed);
  return {{profile, of_node, of_phone}, {profile, of_phone, of_node}};
}

PlainPair::Side::Side(const dtls::testing::Identity& identity, const char* rtp_address)
    : peer(PlainOptions{.dtls = {.factory = identity.factory}}),
      rtp(base::SocketAddress::parse(rtp_address).value()),
      rtcp(rtp) {
  ++rtcp.port;
}

PlainPair::PlainPair() = default;

RemotePlain PlainPair::phone_seen(const base::SocketAddress& rtp, bool rtcp_mux) const {
  RemotePlain out{.rtp = rtp, .rtcp = rtp, .rtcp_mux = rtcp_mux};
  if (!rtcp_mux) ++out.rtcp.port;
  return out;
}

void PlainPair::agree(const SdesPair& keys, bool rtcp_mux) {
  RemotePlain of_node = phone_seen(node.rtp, rtcp_mux);
  RemotePlain of_phone = phone_seen(phone.rtp, rtcp_mux);
  of_node.protection = keys.phone;
  of_phone.protection = keys.node;
  phone.peer.apply(of_node, now, phone.sink);
  node.peer.apply(of_phone, now, node.sink);
  settle();
}

void PlainPair::agree_on_dtls(bool rtcp_mux, dtls::Role node_role,
                              const base::SocketAddress* said) {
  RemotePlain of_node = phone_seen(node.rtp, rtcp_mux);
  RemotePlain of_phone = phone_seen(said ? *said : phone.rtp, rtcp_mux);
  const auto other = node_role == dtls::Role::server ? dtls::Role::client : dtls::Role::server;
  of_node.protection = RemoteDtls{{node_identity.print}, other};
  of_phone.protection = RemoteDtls{{phone_identity.print}, node_role};
  node.peer.apply(of_phone, now, node.sink);
  phone.peer.apply(of_node, now, phone.sink);
  settle();
}

bool PlainPair::carry(Side& from, Side& to) {
  bool any = false;
  for (auto& sent : std::exchange(from.sink.sent, {})) {
    any = true;
    const auto& source = sent.via == Component::rtp ? from.rtp : from.rtcp;
    std::vector<uint8_t> datagram = std::move(sent.bytes);
    if (!network(from, datagram)) continue;
    if (sent.to.remote == to.rtp) to.peer.receive(Component::rtp, datagram, source, now, to.sink);
    else if (sent.to.remote == to.rtcp)
      to.peer.receive(Component::rtcp, datagram, source, now, to.sink);
    else if (&from == &node) astray.push_back({sent.via, sent.to, std::move(datagram)});
  }
  while (auto event = from.peer.poll()) from.events.push_back(*event);
  while (auto event = to.peer.poll()) to.events.push_back(*event);
  return any;
}

void PlainPair::settle() {
  while (carry(node, phone) || carry(phone, node)) {
  }
}

void PlainPair::advance(base::Duration duration) {
  const base::TimePoint end = now + duration;
  for (;;) {
    const auto next = std::min(node.peer.next_timeout(), phone.peer.next_timeout());
    if (next > end) break;
    now = std::max(now, next);
    node.peer.handle_timeout(now, node.sink);
    phone.peer.handle_timeout(now, phone.sink);
    settle();
  }
  now = end;
}

bool PlainPair::send(Side& from, std::vector<uint8_t> packet, bool rtcp) {
  const size_t length = packet.size();
  packet.resize(length + kSrtpTrailer);
  const bool sent = rtcp ? from.peer.send_rtcp(packet, length, now, from.sink)
                         : from.peer.send_rtp(packet, length, now, from.sink);
  settle();
  return sent;
}

void PlainPair::inject(std::vector<uint8_t> datagram, const base::SocketAddress& from,
                       Component via) {
  node.peer.receive(via, datagram, from, now, node.sink);
  settle();
}

}  // namespace viaduct::peer::testing
