#include "server/node/media_thread.h"

#include <thread>
#include <unordered_map>
#include <vector>

#include "io/net/clock.h"
#include "io/net/poller.h"
#include "media/graph/worker.h"
#include "server/node/ice_tcp.h"

namespace viaduct::node {
namespace {

// Commands and events of a worker come with calls, a few for each; this is a second's worth of the
// highest call rate aimed at.
constexpr size_t kMailboxSize = 16 * 1024;
constexpr uint32_t kWakeKey = UINT32_MAX;
// Rounds of the shared socket before the others are looked at again.
constexpr int kRoundsPerSocket = 4;
static_assert(net::ReceiveBatch::kTrailingRoom >= graph::kTailroom);

}  // namespace

class MediaThread::Body final : public graph::PacketSink {
 public:
  Body(graph::WorkerOptions options, net::UdpSocket shared, net::TcpListener listener,
       std::shared_ptr<dtls::EngineFactory> dtls)
      : worker_(std::move(options), rng_, std::move(dtls)),
        tcp_(IceTcpOptions{}, std::move(listener), poller_, worker_, *this) {
    // A burst of 500 calls' packets is 100 kB; the kernel's default holds two of them.
    shared.set_buffers(4 << 20, 4 << 20);
    static_assert(graph::is_connection(IceTcp::kListenerKey) && IceTcp::kListenerKey != kWakeKey);
    poller_.add(inbox_.wake_fd(), kWakeKey);
    add_socket(graph::kSharedSocket, std::move(shared));
    thread_ = std::thread([this] { run(); });
  }

  ~Body() override {
    inbox_.close();
    thread_.join();
  }

  void send(graph::SocketHandle via, const base::SocketAddress& to,
            std::span<const uint8_t> datagram) override {
    if (graph::is_connection(via)) return tcp_.send(via, datagram);
    if (const net::UdpSocket* const socket = find(via)) out_.add(*socket, to, datagram);
  }

  Mailbox<ToWorker> inbox_{kMailboxSize};
  Mailbox<FromWorker> outbox_{kMailboxSize};

 private:
  struct Pair {
    graph::SocketHandle rtp, rtcp;
  };

  void run() {
    while (!inbox_.closed()) {
      base::TimePoint deadline = std::min(worker_.next_timeout(), tcp_.next_timeout());
      if (!outbox_.flush()) deadline = std::min(deadline, net::steady_now() + outbox_.kRetry);
      const auto ready = poller_.wait(deadline);
      base::TimePoint now = net::steady_now();
      if (worker_.next_timeout() <= now) worker_.handle_timeout(now, *this);
      if (tcp_.next_timeout() <= now) tcp_.handle_timeout(now);
      for (uint32_t key : ready) {
        if (key == kWakeKey) take_commands(now);
        else if (graph::is_connection(key)) tcp_.ready(key, now);
        else receive(key, now);
      }
      tcp_.flush(now);
      report();
      out_.flush();
    }
  }

  void receive(graph::SocketHandle handle, base::TimePoint now) {
    // A phone's packets come one by one: asking a port for more only costs the answer that there
    // are none, and where there are, the poller says so again.
    const bool shared = handle == graph::kSharedSocket;
    const int rounds = shared ? kRoundsPerSocket : 1;
    const size_t most = shared ? net::ReceiveBatch::kPackets : 1;
    for (int round = 0; round < rounds; ++round) {
      const net::UdpSocket* const socket = find(handle);
      if (!socket) return;
      const size_t n = in_.receive(*socket, most);
      for (size_t i = 0; i < n; ++i) {
        const auto packet = in_.packet(i);
        const std::span<uint8_t> buffer(packet.data(),
                                        packet.size() + net::ReceiveBatch::kTrailingRoom);
        worker_.receive(handle, in_.from(i), buffer, packet.size(), now, *this);
      }
      if (n < most) return;
    }
  }

  void take_commands(base::TimePoint now) {
    inbox_.clear_wake();
    while (auto message = inbox_.receive()) {
      if (auto* pair = std::get_if<AddPair>(&*message)) {
        add_socket(pair->rtp_handle, std::move(pair->rtp));
        add_socket(pair->rtcp_handle, std::move(pair->rtcp));
      } else {
        auto& command = std::get<graph::Command>(*message);
        remember_sockets(command);
        worker_.command(std::move(command), now, *this);
      }
    }
  }

  void remember_sockets(const graph::Command& command) {
    const auto* open = std::get_if<graph::OpenSession>(&command);
    if (!open) return;
    if (const auto* plain = std::get_if<graph::PlainTransport>(&open->transport))
      pairs_[open->id] = {plain->rtp, plain->rtcp};
  }

  void report() {
    while (auto event = worker_.poll()) {
      if (const auto* closed = std::get_if<graph::SessionClosed>(&*event)) {
        out_.flush();  // its last packets (RTCP BYE) go before its sockets
        const auto it = pairs_.find(closed->id);
        if (it != pairs_.end()) {
          remove_socket(it->second.rtp);
          remove_socket(it->second.rtcp);
          pairs_.erase(it);
        }
      }
      outbox_.send(std::move(*event));
    }
  }

  const net::UdpSocket* find(graph::SocketHandle handle) const {
    return handle < sockets_.size() && sockets_[handle].fd() >= 0 ? &sockets_[handle] : nullptr;
  }
  void add_socket(graph::SocketHandle handle, net::UdpSocket socket) {
    poller_.add(socket.fd(), handle);
    if (handle >= sockets_.size()) sockets_.resize(handle + 1);
    sockets_[handle] = std::move(socket);
  }
  void remove_socket(graph::SocketHandle handle) {
    const net::UdpSocket* const socket = find(handle);
    if (!socket) return;
    poller_.remove(socket->fd());
    sockets_[handle] = net::UdpSocket();
  }

  net::SystemRng rng_;
  graph::Worker worker_;
  net::Poller poller_;
  net::ReceiveBatch in_;
  net::SendBatch out_;
  IceTcp tcp_;
  std::vector<net::UdpSocket> sockets_;  // by handle
  std::unordered_map<graph::MediaId, Pair> pairs_;
  std::thread thread_;
};

MediaThread::MediaThread(graph::WorkerOptions options, net::UdpSocket shared,
                         net::TcpListener listener, std::shared_ptr<dtls::EngineFactory> dtls)
    : body_(std::make_unique<Body>(std::move(options), std::move(shared), std::move(listener),
                                   std::move(dtls))) {}
MediaThread::~MediaThread() = default;
Mailbox<ToWorker>& MediaThread::inbox() { return body_->inbox_; }
Mailbox<FromWorker>& MediaThread::outbox() { return body_->outbox_; }

}  // namespace viaduct::node
