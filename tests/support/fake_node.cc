#include "support/fake_node.h"

#include <algorithm>

#include "media/audio/clip.h"
#include "media/audio/testing/tone_measure.h"
#include "transport/dtls/testing/engine_pair.h"

namespace viaduct::support {
namespace {

constexpr std::string_view kNodeIp = "198.51.100.1";
constexpr uint16_t kFirstRtpPort = 20000;
constexpr base::WallTime kWallStart{std::chrono::seconds(1'767'225'600)};  // 2026-01-01

base::SocketAddress on_node(uint16_t port) { return {*base::IpAddress::parse(kNodeIp), port}; }

directory::Directory users() {
  directory::Directory out{std::string(kDomain)};
  for (int i = 1000; i < 1010; ++i) {
    directory::User user;
    user.name = std::to_string(i);
    user.domain = kDomain;
    user.password = base::Secret(std::string(kPassword));
    user.caller_name = "User " + user.name;
    user.caller_number = user.name;
    if (i == 1009) user.media_encryption = negotiation::Encryption::sdes;
    out.add(std::move(user));
  }
  return out;
}

// The built-in plan and some numbers for what it has not: 8xxxx a trunk that takes G.711 only,
// 7xxxx a device that is given five seconds before the echo answers, 6xxxx the same recorded and
// without echo, 5xxxx media between the parties where that can be, 9186 always busy.
dialplan::Dialplan routes() {
  dialplan::DialUser dial;
  dial.user = "\\0";
  dialplan::DialUser trunk;
  trunk.user = "\\1";
  trunk.codecs = {dialplan::CodecPolicy::Mode::listed, {negotiation::kPcmu}};
  dialplan::DialUser brief;
  brief.user = "\\1";
  brief.timeout = std::chrono::seconds(5);
  dialplan::Dialplan out;
  out.add({"echo", "", "9196", {dialplan::Echo{}}});
  out.add({"busy", "", "9186", {dialplan::Reject{17}}});
  out.add({"trunk", "", "8(\\d{4})", {trunk}});
  dialplan::DialUser direct;
  direct.user = "\\1";
  direct.direct = true;
  out.add({"direct", "", "5(\\d{4})", {direct}});
  out.add({"then echo", "", "7(\\d{4})", {brief, dialplan::Echo{}}});
  out.add({"recorded", "", "6(\\d{4})", {dialplan::Record{.file = "{date}/{dialled}"}, brief}});
  out.add({"users", "", "10\\d\\d", {dial}});
  return out;
}

node::ControlOptions control_options() {
  node::ControlOptions out;
  out.sip.realm = kDomain;
  out.sip.digest.realm = kDomain;
  return out;
}

}  // namespace

FakeNode::Clips::Clips()
    : music_(std::make_shared<const audio::Clip>(audio::testing::sine(kMusicHz, -15, 8000, 8000),
                                                 8000)) {}

FakeNode::FakeNode(FakeNetwork& network, uint64_t seed)
    : network_(network),
      rng_(seed),
      directory_(users()),
      dialplan_(routes()),
      sip_(on_node(5060)),
      webrtc_(on_node(10000)) {
  const auto identity = dtls::testing::fake_identity("node");
  graph::WorkerOptions worker;
  worker.epoch = now();
  worker.wall_epoch = kWallStart;
  worker_ = std::make_unique<graph::Worker>(worker, rng_, identity.factory);
  control_ = std::make_unique<node::Control>(
      control_options(),
      node::ControlPorts{.directory = directory_,
                         .dialplan = dialplan_,
                         .clips = clips_,
                         .rtp_ports = *this,
                         .rng = rng_},
      legs::MediaAddresses{.webrtc = {{webrtc_}}, .rtp = sip_.ip},
      negotiation::Fingerprint{identity.print.algorithm, identity.print.digest},
      verto::ClockReading{now(), kWallStart});
  control_->set_sip_listener(
      {.id = 1, .transport = sip::Transport::udp, .host = sip_.ip.str(), .port = sip_.port});
  network_.bind({sip_.ip, 0}, *this);
  network_.name(sip_.ip, "node");
  network_.time().add(*this);
}

FakeNode::~FakeNode() {
  network_.time().remove(*this);
  network_.unbind({sip_.ip, 0});
}

// --- inputs --------------------------------------------------------------------------------------

verto::ConnId FakeNode::open_socket(SocketPeer& peer, const base::SocketAddress& from) {
  const verto::ConnId id{++last_socket_, 1};
  sockets_[id] = &peer;
  network_.time().after(network_.latency, [this, id, from] {
    control_->socket_opened(id, from, now());
    settle();
  });
  return id;
}

void FakeNode::send_frame(verto::ConnId id, std::string text) {
  network_.time().after(network_.latency, [this, id, text = std::move(text)] {
    control_->frame_received(id, text, now());
    settle();
  });
}

void FakeNode::close_socket(verto::ConnId id) {
  sockets_.erase(id);
  network_.time().after(network_.latency, [this, id] {
    control_->socket_closed(id, now());
    settle();
  });
}

base::TimePoint FakeNode::next_timeout() const {
  return std::min(control_->next_timeout(), worker_->next_timeout());
}

void FakeNode::handle_timeout(base::TimePoint at) {
  if (worker_->next_timeout() <= at) worker_->handle_timeout(at, *this);
  if (control_->next_timeout() <= at) control_->handle_timeout(at);
  settle();
}

void FakeNode::datagram(const base::SocketAddress& from, const base::SocketAddress& to,
                        std::span<const uint8_t> bytes) {
  if (to == sip_) {
    control_->sip_received(
        {reinterpret_cast<const char*>(bytes.data()), bytes.size()},
        sip::Flow{.transport = sip::Transport::udp, .listener = 1, .remote = from}, now());
  } else {
    graph::SocketHandle via = graph::kSharedSocket;
    if (to != webrtc_) {
      const auto leased = handles_.find(to.port);
      if (leased == handles_.end()) return;
      via = leased->second;
    }
    std::vector<uint8_t> buffer(bytes.begin(), bytes.end());
    buffer.resize(bytes.size() + graph::kTailroom);
    worker_->receive(via, from, buffer, bytes.size(), now(), *this);
  }
  settle();
}

// --- outputs -------------------------------------------------------------------------------------

void FakeNode::settle() {
  for (bool more = true; more;) {
    more = false;
    while (auto output = control_->poll()) {
      more = true;
      std::visit([this](auto& o) { execute(o); }, *output);
    }
    while (auto event = worker_->poll()) {
      more = true;
      control_->media_event(*event, now());
    }
  }
}

void FakeNode::execute(const node::SendSip& output) {
  network_.send(sip_, output.flow.remote,
                {reinterpret_cast<const uint8_t*>(output.bytes.data()), output.bytes.size()});
}

void FakeNode::execute(const node::SendFrame& output) {
  network_.time().after(network_.latency, [this, output] {
    const auto it = sockets_.find(output.connection);
    if (it != sockets_.end()) it->second->frame(output.text);
  });
}

void FakeNode::execute(const node::CloseSocket& output) {
  network_.time().after(network_.latency, [this, output] {
    const auto it = sockets_.find(output.connection);
    if (it == sockets_.end()) return;
    SocketPeer* const peer = it->second;
    sockets_.erase(it);
    peer->closed(output.code);
  });
}

void FakeNode::execute(node::MediaCommand& output) {
  worker_->command(std::move(output.command), now(), *this);
}

void FakeNode::execute(const node::FileCommand& output) {
  std::visit([this](const auto& command) { store(command); }, output);
}

void FakeNode::store(const node::OpenFile& command) {
  recordings_.push_back({command.id, command.name, command.rate, command.channels, {}, false});
}

void FakeNode::store(const node::AppendToFile& command) {
  auto& samples = recordings_.back().samples;  // scenarios record one call at a time
  samples.insert(samples.end(), command.block->samples.begin(), command.block->samples.end());
}

void FakeNode::store(const node::CloseFile&) { recordings_.back().closed = true; }

void FakeNode::send(graph::SocketHandle via, const base::SocketAddress& to,
                    std::span<const uint8_t> bytes) {
  if (via == graph::kSharedSocket) network_.send(webrtc_, to, bytes);
  else if (const auto it = ports_.find(via); it != ports_.end())
    network_.send(on_node(it->second), to, bytes);
}

// --- RTP ports -----------------------------------------------------------------------------------

base::Result<legs::RtpLease> FakeNode::acquire(size_t, base::TimePoint) {
  if (ports_.size() / 2 >= port_pairs_)
    return base::Error{base::Errc::exhausted, "no RTP port is free"};
  // Never the same port twice in one scenario: stale media finds nobody.
  const legs::RtpLease lease{.rtp = last_handle_ + 1,
                             .rtcp = last_handle_ + 2,
                             .port = static_cast<uint16_t>(kFirstRtpPort + last_handle_)};
  last_handle_ += 2;
  for (uint16_t i = 0; i < 2; ++i) {
    const auto port = static_cast<uint16_t>(lease.port + i);
    ports_[lease.rtp + i] = port;
    handles_[port] = lease.rtp + i;
  }
  return lease;
}

void FakeNode::release(size_t, const legs::RtpLease& lease, base::TimePoint) {
  for (uint16_t i = 0; i < 2; ++i) {
    handles_.erase(static_cast<uint16_t>(lease.port + i));
    ports_.erase(lease.rtp + i);
  }
}

// --- looking in ----------------------------------------------------------------------------------

std::string FakeNode::leftovers() const {
  std::string out;
  if (const auto counts = control_->counts(); counts.total() != 0)
    out += "control: " + counts.str() + "\n";
  const graph::WorkerCounts worker = worker_->counts();
  const std::pair<const char*, size_t> figures[] = {
      {"media sessions", worker.sessions},   {"media timers", worker.timers},
      {"media addresses", worker.addresses}, {"ICE ufrags", worker.ufrags},
      {"media sockets", worker.sockets},     {"recordings", worker.recordings},
      {"leased RTP sockets", ports_.size()}};
  for (const auto& [name, n] : figures)
    if (n != 0) out += std::string(name) + ": " + std::to_string(n) + "\n";
  return out;
}

}  // namespace viaduct::support
