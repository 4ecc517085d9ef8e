#include "server/node/node.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "base/encoding.h"
#include "base/log.h"
#include "io/net/clock.h"
#include "io/net/os_address.h"
#include "io/net/static_files.h"
#include "server/node/media_thread.h"
#include "server/node/reachability.h"
#include "server/node/store_thread.h"
#include "server/node/worker_ports.h"
#include "transport/dtls/certificate.h"
#include "transport/dtls/openssl_engine.h"

namespace viaduct::node {
namespace {

verto::ConnId to_verto(net::WebSocketId id) { return {id.index, id.generation}; }
net::WebSocketId to_web(verto::ConnId id) { return {id.index, id.generation}; }

StartFault port_fault(const char* what, const base::SocketAddress& address,
                      const base::Error& error) {
  std::string text = std::string("cannot listen for ") + what + " on " + address.str() + ": " +
                     (error.os_error ? std::strerror(error.os_error) : error.what);
  if (error.os_error == EADDRINUSE) text += " (another program, or another Viaduct, has this port)";
  return {std::move(text)};
}

bool is_api(std::string_view target) { return target == "/api" || target.starts_with("/api/"); }

// The addresses under which a socket bound to `bound` is reached: of its family, of both when it is
// bound to all of IPv6.
std::vector<base::IpAddress> reachable(const base::IpAddress& bound,
                                       const std::vector<base::IpAddress>& advertised) {
  const auto serves = [&](const base::IpAddress& ip) {
    return ip.is_v6() == bound.is_v6() || (bound.is_v6() && bound.is_unspecified());
  };
  std::vector<base::IpAddress> out;
  std::ranges::copy_if(advertised, std::back_inserter(out), serves);
  if (!out.empty()) return out;
  if (!bound.is_unspecified()) return {bound};
  for (const base::IpAddress& ip : net::local_addresses())
    if (!ip.is_loopback() && serves(ip)) out.push_back(ip);
  // A machine without a network still serves itself.
  if (out.empty()) out.push_back(*base::IpAddress::parse(bound.is_v6() ? "::1" : "127.0.0.1"));
  return out;
}

// Long enough for a router to lead a packet back, short enough for a start.
constexpr auto kReachPatience = std::chrono::milliseconds(500);

void report_reach(std::span<const MediaPort> ports, std::span<const base::IpAddress> advertised,
                  base::Rng& rng) {
  const auto reached = try_to_reach(ports, advertised, kReachPatience, rng);
  const auto first = ports.front().udp.local().port, last = ports.back().udp.local().port;
  const std::string range =
      std::to_string(first) + (first == last ? "" : "-" + std::to_string(last));
  for (const Finding& finding : findings_of(reached))
    base::log(finding.level, "media", finding.text,
              {{"address", finding.address}, {"ports", range}});
}

}  // namespace

class Node::Shell final : public net::WebHandler, private ApiView {
 public:
  Shell(NodeOptions options, const directory::Directory& directory,
        const dialplan::Dialplan& dialplan, const call::ClipLibrary& clips, ApiPort& api)
      : options_(std::move(options)),
        directory_(directory),
        dialplan_(dialplan),
        clips_(clips),
        api_(api),
        captures_(options_.captures),
        ports_({.address = options_.rtp_address,
                .first = options_.rtp_first,
                .last = options_.rtp_last},
               rng_),
        store_(options_.recordings) {}

  boost::system::result<NodeAddresses, StartFault> start();
  void run() { loop_.run(); }
  void stop() { loop_.stop(); }

  // --- net::WebHandler ---
  net::HttpResponse request(const net::HttpRequest& request) override {
    if (!is_api(request.target)) return files_.respond(request);
    net::HttpResponse response = api_.respond(request, *this);
    settle();
    return response;
  }
  // --- ApiView ---
  const call::Ledger& calls() const override { return control_->ledger(); }
  base::TimePoint now() const override { return net::steady_now(); }
  base::WallTime wall(base::TimePoint at) const override { return control_->wall(at); }
  base::Result<std::string> start_capture(call::CallId call,
                                          const CaptureRequest& request) override;

  net::HttpResponse upgrade(const net::WebSocketRequest& request) override {
    if (request.subprotocol == "sip")
      return {.status = 501, .body = "SIP over WebSocket is not served here.\n", .headers = {}};
    return {.status = 101, .body = {}, .headers = {}};
  }
  void opened(net::WebSocketId id, const net::WebSocketRequest& request) override {
    control_->socket_opened(to_verto(id), request.peer, net::steady_now());
    settle();
  }
  size_t message_limit(net::WebSocketId id) override { return control_->frame_limit(to_verto(id)); }
  void message(net::WebSocketId id, std::string_view text) override {
    control_->frame_received(to_verto(id), text, net::steady_now());
    settle();
  }
  void drained(net::WebSocketId id) override {
    control_->socket_drained(to_verto(id), net::steady_now());
    settle();
  }
  void closed(net::WebSocketId id) override {
    control_->socket_closed(to_verto(id), net::steady_now());
    settle();
  }

 private:
  std::optional<StartFault> start_media(legs::MediaAddresses& addresses, NodeAddresses& bound);
  std::optional<StartFault> start_sip(NodeAddresses& bound);
  std::optional<StartFault> start_web(NodeAddresses& bound);
  void receive_sip();
  void receive_events(size_t worker);
  // After each input: what came out goes where it belongs, and the timer is set anew.
  void settle();
  void execute(SendSip& output);
  void execute(SendFrame& output) { web_->send(to_web(output.connection), std::move(output.text)); }
  void execute(CloseSocket& output) {
    web_->close(to_web(output.connection), output.code, output.reason);
  }
  void execute(MediaCommand& output) {
    workers_[output.worker]->inbox().send(std::move(output.command));
  }
  void execute(FileCommand& output) { store_.inbox().send(std::move(output)); }

  const NodeOptions options_;
  const directory::Directory& directory_;
  const dialplan::Dialplan& dialplan_;
  const call::ClipLibrary& clips_;
  ApiPort& api_;
  CaptureWriter captures_;
  net::SystemRng rng_;
  net::Loop loop_;
  net::StaticFiles files_;
  WorkerPorts ports_;
  std::shared_ptr<const dtls::Certificate> certificate_;
  StoreThread store_;
  std::vector<std::unique_ptr<MediaThread>> workers_;
  net::UdpSocket sip_;
  net::ReceiveBatch sip_in_{16, net::ReceiveBatch::kLongestDatagram};
  std::unique_ptr<Control> control_;
  std::unique_ptr<net::WebServer> web_;
};

boost::system::result<NodeAddresses, StartFault> Node::Shell::start() {
  NodeAddresses bound;
  legs::MediaAddresses addresses;
  if (!options_.web_root.empty()) {
    auto files = net::StaticFiles::load(options_.web_root);
    if (!files) return StartFault{std::string(files.error().what) + ": " + options_.web_root};
    files_ = std::move(*files);
  } else if (!options_.web.empty()) {
    base::log(base::LogLevel::warning, "web",
              "there are no pages to serve: scripts/build_web makes them, web.root names them", {});
  }
  if (auto fault = start_media(addresses, bound)) return std::move(*fault);
  const dtls::Fingerprint& fingerprint = certificate_->fingerprint();
  control_ = std::make_unique<Control>(
      options_.control,
      ControlPorts{.directory = directory_,
                   .dialplan = dialplan_,
                   .clips = clips_,
                   .rtp_ports = ports_,
                   .rng = rng_},
      std::move(addresses), negotiation::Fingerprint{fingerprint.algorithm, fingerprint.digest},
      verto::ClockReading{net::steady_now(), net::wall_now()});
  if (auto fault = start_sip(bound)) return std::move(*fault);
  if (auto fault = start_web(bound)) return std::move(*fault);
  for (size_t i = 0; i < workers_.size(); ++i)
    loop_.watch(workers_[i]->outbox().wake_fd(), [this, i] { receive_events(i); });
  loop_.on_stop_signal([this] { loop_.stop(); });
  return bound;
}

std::optional<StartFault> Node::Shell::start_media(legs::MediaAddresses& addresses,
                                                   NodeAddresses& bound) {
  certificate_ = dtls::Certificate::create(net::wall_now());
  const auto factory = dtls::make_openssl_factory(certificate_);
  graph::WorkerOptions worker_options = options_.media_worker;
  worker_options.epoch = net::steady_now();
  worker_options.wall_epoch = net::wall_now();
  std::vector<MediaPort> ports;
  for (size_t i = 0; i < options_.workers; ++i) {
    base::SocketAddress address = options_.media;
    if (address.port != 0) address.port = static_cast<uint16_t>(address.port + i);
    auto port = MediaPort::bind(address);
    if (!port) return port_fault("WebRTC media (UDP and TCP)", address, port.error());
    bound.media.push_back(port->udp.local());
    ports.push_back(std::move(*port));
  }
  const auto advertised = reachable(bound.media.front().ip, options_.advertised);
  report_reach(ports, advertised, rng_);
  for (size_t i = 0; i < ports.size(); ++i) {
    auto& candidates = addresses.webrtc.emplace_back();
    for (const base::IpAddress& ip : advertised) candidates.push_back({ip, bound.media[i].port});
    workers_.push_back(std::make_unique<MediaThread>(worker_options, std::move(ports[i].udp),
                                                     std::move(ports[i].tcp), factory));
    ports_.add_worker(workers_.back()->inbox());
  }
  addresses.rtp = reachable(options_.rtp_address, options_.advertised).front();
  return std::nullopt;
}

std::optional<StartFault> Node::Shell::start_sip(NodeAddresses& bound) {
  if (!options_.sip_udp) return std::nullopt;
  auto socket = net::UdpSocket::bind(*options_.sip_udp);
  if (!socket) return port_fault("SIP", *options_.sip_udp, socket.error());
  sip_ = std::move(*socket);
  sip_.set_buffers(1 << 20, 1 << 20);
  bound.sip_udp = sip_.local();
  const std::string host = !options_.sip_host.empty()
                               ? options_.sip_host
                               : reachable(options_.sip_udp->ip, options_.advertised).front().str();
  control_->set_sip_listener(
      {.id = 1, .transport = sip::Transport::udp, .host = host, .port = bound.sip_udp->port});
  loop_.watch(sip_.fd(), [this] { receive_sip(); });
  return std::nullopt;
}

std::optional<StartFault> Node::Shell::start_web(NodeAddresses& bound) {
  web_ = std::make_unique<net::WebServer>(loop_, options_.web_server, *this);
  for (const WebListen& listen : options_.web) {
    std::shared_ptr<net::TlsContext> tls;
    if (!listen.certificate_file.empty()) {
      auto loaded = net::TlsContext::load(listen.certificate_file, listen.key_file);
      if (!loaded) return StartFault{loaded.error().text};
      tls = std::move(*loaded);
    }
    const auto address = web_->listen(listen.address, std::move(tls));
    if (!address) return port_fault("the web", listen.address, address.error());
    bound.web.push_back(*address);
  }
  return std::nullopt;
}

base::Result<std::string> Node::Shell::start_capture(call::CallId call,
                                                     const CaptureRequest& request) {
  const auto taps = control_->start_capture(call,
                                            {.decrypted = request.decrypted,
                                             .headers_only = request.headers_only,
                                             .until = now() + request.length},
                                            now());
  if (!taps) return taps.error();
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(wall(now()).time_since_epoch());
  return captures_.start(
      "call-" + call.str() + "-" + std::to_string(seconds.count()) + "-" + rng_.token(4) + ".pcap",
      *taps);
}

void Node::Shell::receive_sip() {
  while (const size_t n = sip_in_.receive(sip_)) {
    const base::TimePoint now = net::steady_now();
    for (size_t i = 0; i < n; ++i) {
      const auto packet = sip_in_.packet(i);
      control_->sip_received(
          {reinterpret_cast<const char*>(packet.data()), packet.size()},
          sip::Flow{.transport = sip::Transport::udp, .listener = 1, .remote = sip_in_.from(i)},
          now);
    }
    settle();
  }
}

void Node::Shell::receive_events(size_t worker) {
  auto& outbox = workers_[worker]->outbox();
  outbox.clear_wake();
  while (auto event = outbox.receive()) control_->media_event(*event, net::steady_now());
  settle();
}

void Node::Shell::execute(SendSip& output) {
  // What the kernel cannot take is as good as lost on the way: SIP repeats it.
  (void)sip_.send(output.flow.remote, base::as_bytes(output.bytes));
}

void Node::Shell::settle() {
  // Sending on a socket may close it, which is an input again: only the outermost call drains.
  while (auto output = control_->poll()) std::visit([&](auto& o) { execute(o); }, *output);
  base::TimePoint deadline = control_->next_timeout();
  for (auto& worker : workers_)
    if (!worker->inbox().flush())
      deadline = std::min(deadline, net::steady_now() + Mailbox<ToWorker>::kRetry);
  if (!store_.inbox().flush())
    deadline = std::min(deadline, net::steady_now() + Mailbox<FileCommand>::kRetry);
  loop_.set_timer(deadline, [this] {
    control_->handle_timeout(net::steady_now());
    settle();
  });
}

Node::Node(NodeOptions options, const directory::Directory& directory,
           const dialplan::Dialplan& dialplan, const call::ClipLibrary& clips, ApiPort& api)
    : shell_(std::make_unique<Shell>(std::move(options), directory, dialplan, clips, api)) {}
Node::~Node() = default;
boost::system::result<NodeAddresses, StartFault> Node::start() { return shell_->start(); }
void Node::run() { shell_->run(); }
void Node::stop() { shell_->stop(); }

}  // namespace viaduct::node
