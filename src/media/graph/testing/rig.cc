#include "media/graph/testing/rig.h"

#include <algorithm>
#include <utility>

#include "transport/stun/demux.h"

namespace viaduct::graph::testing {

namespace {

const base::SocketAddress kServer = base::SocketAddress::parse("192.0.2.1:10000").value();

WorkerOptions with_epoch(WorkerOptions options, base::TimePoint now) {
  options.epoch = now;
  options.wall_epoch = base::WallTime(std::chrono::seconds(1'700'000'000));
  return options;
}

}  // namespace

// A phone's end of SRTP on a port pair: a Peer of its own, and a way out of it.
class SecurePhone final : public peer::Sink {
 public:
  SecurePhone(Party& party, std::shared_ptr<dtls::EngineFactory> dtls)
      : party_(party), peer(peer::PlainOptions{.dtls = {.factory = std::move(dtls)}}) {}

  void send(peer::Component via, const peer::Path&, std::span<const uint8_t> datagram) override {
    sent.push_back({via, {datagram.begin(), datagram.end()}});
  }
  void rtp(std::span<uint8_t> packet) override { party_.talker.hear(packet); }
  void rtcp(std::span<uint8_t> packet) override {
    party_.rtcp_heard.emplace_back(packet.begin(), packet.end());
  }
  void say(std::span<const uint8_t> packet, base::TimePoint now) {
    std::vector<uint8_t> buffer(packet.begin(), packet.end());
    buffer.resize(packet.size() + peer::kSrtpTrailer);
    if (stun::classify(packet) == stun::PacketKind::rtcp)
      peer.send_rtcp(buffer, packet.size(), now, *this);
    else peer.send_rtp(buffer, packet.size(), now, *this);
  }

 private:
  Party& party_;

 public:
  struct Datagram {
    peer::Component via;
    std::vector<uint8_t> bytes;
  };
  peer::Peer peer;
  std::vector<Datagram> sent;
};

Party::Party(TalkerOptions options) : talker(std::move(options)) {}
Party::~Party() = default;

Rig::Rig(dtls::testing::Identity identity, WorkerOptions options)
    : server(std::move(identity)), worker(with_epoch(options, now), rng, server.factory) {}

Party& Rig::add(TalkerOptions options) {
  ++count_;
  if (options.ssrc == TalkerOptions{}.ssrc) options.ssrc = 0x10000000 + count_;
  auto& party = *parties.emplace_back(std::make_unique<Party>(std::move(options)));
  party.id = {count_, 1};
  party.address = {base::IpAddress::v4(0xcb007100 + count_), 40000};
  const TalkerOptions& talker = party.talker.options();
  party.agreement.send = talker.format;
  party.agreement.receive = {talker.format};
  party.agreement.dtmf_send = party.agreement.dtmf_receive = talker.dtmf;
  party.agreement.ptime = talker.ptime;
  party.speaking = talker.hz > 0;
  party.next_word = now;
  return party;
}

Party& Rig::add_pair(TalkerOptions options) {
  Party& party = add(std::move(options));
  party.sockets = {100 + 2 * count_, 101 + 2 * count_};
  base::SocketAddress rtcp = party.address;
  ++rtcp.port;
  party.agreement.plain = negotiation::PlainRemote{party.address, rtcp};
  command(OpenSession{party.id, party.sockets, "party"});
  return party;
}

Party& Rig::add_plain(TalkerOptions options) {
  Party& party = add_pair(std::move(options));
  apply(party);
  return party;
}

Party& Rig::add_sdes(TalkerOptions options) {
  Party& party = add_pair(std::move(options));
  party.phone = std::make_unique<SecurePhone>(party, nullptr);
  renew_keys(party);
  return party;
}

void Rig::renew_keys(Party& party) {
  std::vector<uint8_t> ours(28), theirs(28);
  rng.fill(ours);
  rng.fill(theirs);
  party.agreement.plain->protection =
      negotiation::SdesKeys{negotiation::SrtpSuite::aead_aes_128_gcm,
                            negotiation::SrtpKey(ours),
                            negotiation::SrtpKey(theirs),
                            {}};
  peer::RemotePlain node{.rtp = kServer, .rtcp = kServer};
  node.protection =
      srtp::Keys{srtp::Profile::aead_aes_128_gcm, base::Secret(srtp::MasterKey{theirs}),
                 base::Secret(srtp::MasterKey{ours})};
  party.phone->peer.apply(node, now, *party.phone);
  apply(party);
}

Party& Rig::add_dtls(TalkerOptions options, bool rtcp_mux, dtls::testing::Identity identity) {
  Party& party = add_pair(std::move(options));
  party.phone = std::make_unique<SecurePhone>(party, identity.factory);
  party.agreement.rtcp_mux = rtcp_mux;
  if (rtcp_mux) party.agreement.plain->rtcp = party.address;
  party.agreement.plain->protection = negotiation::DtlsRemote{
      {{identity.print.algorithm, identity.print.digest}}, negotiation::DtlsRole::server};
  apply(party);
  peer::RemotePlain node{.rtp = kServer, .rtcp = kServer, .rtcp_mux = rtcp_mux};
  node.protection = peer::RemoteDtls{{server.print}, dtls::Role::client};
  party.phone->peer.apply(node, now, *party.phone);
  settle();
  return party;
}

Party& Rig::add_webrtc(TalkerOptions options, dtls::testing::Identity identity, SocketHandle via) {
  Party& party = add(std::move(options));
  party.via = via;
  const ice::Credentials local{"ufrag" + std::to_string(count_),
                               base::Secret<std::string>("passwordOfTheServer1234")};
  peer::testing::ClientOptions client;
  client.dtls = identity.factory;
  party.client = std::make_unique<peer::testing::WebRtcClient>(client, rng);
  party.client->on_rtp = [&](std::span<const uint8_t> packet) { party.talker.hear(packet); };
  party.client->on_rtcp = [&](std::span<const uint8_t> packet) {
    party.rtcp_heard.emplace_back(packet.begin(), packet.end());
  };
  negotiation::WebRtcRemote remote;
  remote.ice.ufrag = party.client->ufrag();
  remote.fingerprints.push_back({identity.print.algorithm, identity.print.digest});
  party.agreement.webrtc = remote;
  party.agreement.rtcp_mux = true;
  command(OpenSession{party.id, WebRtcTransport{{local.ufrag, local.password}}, "browser"});
  apply(party);
  party.client->connect({local, {kServer}, {server.print}}, now);
  settle();
  return party;
}

void Rig::apply(Party& party) { command(ApplyAgreement{party.id, party.agreement}); }

void Rig::set_source(Party& to, Source source) { command(SetSource{to.id, std::move(source)}); }

void Rig::bridge(Party& a, Party& b) {
  set_source(a, FromSession{b.id});
  set_source(b, FromSession{a.id});
}

void Rig::command(Command command) {
  worker.command(std::move(command), now, *this);
  settle();
}

void Rig::send(SocketHandle via, const base::SocketAddress& to, std::span<const uint8_t> datagram) {
  sent_.push_back({via, to, {datagram.begin(), datagram.end()}});
}

void Rig::send(Party& from, std::vector<uint8_t> datagram) {
  arrive(from, datagram);
  settle();
}

void Rig::arrive(Party& from, std::span<const uint8_t> datagram) {
  if (from.client) {
    from.client->send_rtp(datagram);
    return;
  }
  if (from.phone) {
    from.phone->say(datagram, now);
    return;
  }
  const bool rtcp = stun::classify(datagram) == stun::PacketKind::rtcp;
  base::SocketAddress address = from.address;
  if (rtcp) ++address.port;
  arrive_on(rtcp ? from.sockets.rtcp : from.sockets.rtp, address, datagram);
}

void Rig::arrive_on(SocketHandle via, const base::SocketAddress& from,
                    std::span<const uint8_t> datagram) {
  // Exactly the room that the contract asks for, so that sanitizers see any step beyond it.
  std::vector<uint8_t> buffer(datagram.begin(), datagram.end());
  buffer.resize(datagram.size() + kTailroom);
  worker.receive(via, from, buffer, datagram.size(), now, *this);
}

void Rig::settle() {
  for (bool moved = true; moved;) {
    moved = false;
    for (const Sent& one : std::exchange(sent_, {})) {
      moved = true;
      deliver(one);
    }
    for (const auto& party : parties) moved = flush(*party) || moved;
    while (auto event = worker.poll()) all_events.push_back(std::move(*event));
  }
}

// What the party's own engine has to send.
bool Rig::flush(Party& party) {
  bool moved = false;
  while (auto out = party.client ? party.client->poll() : std::nullopt) {
    moved = true;
    arrive_on(party.via, party.address, out->bytes);
  }
  if (!party.phone) return moved;
  for (const auto& out : std::exchange(party.phone->sent, {})) {
    moved = true;
    const bool rtp = out.via == peer::Component::rtp;
    base::SocketAddress from = party.address;
    if (!rtp) ++from.port;
    arrive_on(rtp ? party.sockets.rtp : party.sockets.rtcp, from, out.bytes);
  }
  while (party.phone->peer.poll()) {
  }
  return moved;
}

void Rig::deliver(const Sent& sent) {
  for (const auto& party : parties) {
    if (party->client && sent.via == party->via && sent.to == party->address)
      return party->client->receive(sent.datagram, kServer, now);
    if (party->client || sent.to.ip != party->address.ip) continue;
    const bool rtp = sent.via == party->sockets.rtp && sent.to.port == party->address.port;
    const bool rtcp = sent.via == party->sockets.rtcp && sent.to.port == party->address.port + 1;
    if (party->phone && (rtp || rtcp)) {
      std::vector<uint8_t> bytes = sent.datagram;
      party->phone->peer.receive(rtp ? peer::Component::rtp : peer::Component::rtcp, bytes, kServer,
                                 now, *party->phone);
      return;
    }
    if (rtp) return party->talker.hear(sent.datagram);
    if (rtcp) return void(party->rtcp_heard.push_back(sent.datagram));
  }
  ++misdelivered;
}

void Rig::speak(Party& party) {
  const auto fate = party.network(party.words), copy = party.copies(party.words);
  ++party.words;
  auto packet = party.talker.speak();
  const base::Duration ptime = party.talker.options().ptime;
  party.next_word += std::chrono::duration_cast<base::Duration>(ptime * (1 + party.slow_ppm / 1e6));
  if (copy) in_flight_.push_back({now + *copy, &party, packet});
  if (fate) in_flight_.push_back({now + *fate, &party, std::move(packet)});
}

base::TimePoint Rig::next() const {
  base::TimePoint next = worker.next_timeout();
  for (const auto& party : parties) {
    if (party->speaking) next = std::min(next, party->next_word);
    if (party->client) next = std::min(next, party->client->next_timeout());
    if (party->phone) next = std::min(next, party->phone->peer.next_timeout());
  }
  for (const InFlight& one : in_flight_) next = std::min(next, one.at);
  return next;
}

void Rig::run(base::Duration duration) {
  const base::TimePoint end = now + duration;
  settle();
  while (next() <= end) {
    now = std::max(now, next());
    if (worker.next_timeout() <= now) worker.handle_timeout(now, *this);
    for (const auto& party : parties) {
      if (party->speaking && party->next_word < now) party->next_word = now;
      if (party->speaking && party->next_word <= now) speak(*party);
      if (party->client && party->client->next_timeout() <= now) party->client->handle_timeout(now);
      if (party->phone && party->phone->peer.next_timeout() <= now)
        party->phone->peer.handle_timeout(now, *party->phone);
    }
    for (size_t i = 0; i < in_flight_.size();) {
      if (in_flight_[i].at > now) {
        ++i;
        continue;
      }
      const InFlight one = std::move(in_flight_[i]);
      in_flight_.erase(in_flight_.begin() + static_cast<ptrdiff_t>(i));
      arrive(*one.from, one.datagram);
    }
    settle();
  }
  now = end;
}

void Rig::close_all() {
  for (const auto& party : parties) command(CloseSession{party->id});
  in_flight_.clear();
  parties.clear();
}

}  // namespace viaduct::graph::testing
