#include "io/net/clock.h"
#include "io/net/poller.h"
#include "tests/bench/capacity/servers.h"

namespace viaduct::bench {
namespace {

using namespace std::chrono_literals;

class BareLoop final : public Server {
 public:
  BareLoop(const Plan& plan, BoundSockets sockets) : sockets_(std::move(sockets)) {
    for (size_t call = 0; call < plan.calls; ++call)
      keys_.push_back(srtp::Context::create(bare_keys(call, false)).value());
  }
  ~BareLoop() override {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }

  void open_calls(const LoadAddresses& load) override {
    load_ = load;
    for (size_t call = 0; call < load_.browsers.size(); ++call)
      by_browser_[load_.browsers[call]] = call;
    thread_ = std::thread([this] { run(); });
  }

 private:
  static constexpr uint32_t kShared = UINT32_MAX - 1;

  void run() {
    net::UdpSocket& shared = sockets_.shared.front();
    shared.set_buffers(4 << 20, 4 << 20);
    poller_.add(shared.fd(), kShared);
    for (size_t call = 0; call < sockets_.phones.size(); ++call)
      poller_.add(sockets_.phones[call].rtp.fd(), static_cast<uint32_t>(call));
    while (!stopping_) {
      for (const uint32_t key : poller_.wait(net::steady_now() + 10ms)) {
        if (key == kShared) from_browsers();
        else from_phone(key);
      }
      out_.flush();
    }
  }

  void from_browsers() {
    const size_t n = in_.receive(sockets_.shared.front());
    for (size_t i = 0; i < n; ++i) {
      const auto call = by_browser_.find(in_.from(i));
      if (call == by_browser_.end()) continue;
      const auto packet = in_.packet(i);
      if (const auto size = keys_[call->second].unprotect_rtp(packet))
        out_.add(sockets_.phones[call->second].rtp, load_.phones, packet.first(*size));
    }
  }

  void from_phone(size_t call) {
    const size_t n = in_.receive(sockets_.phones[call].rtp, 1);
    for (size_t i = 0; i < n; ++i) {
      const auto packet = in_.packet(i);
      const std::span<uint8_t> buffer(packet.data(),
                                      packet.size() + net::ReceiveBatch::kTrailingRoom);
      if (const auto size = keys_[call].protect_rtp(buffer, packet.size()))
        out_.add(sockets_.shared.front(), load_.browsers[call], buffer.first(*size));
    }
  }

  BoundSockets sockets_;
  LoadAddresses load_;
  std::vector<srtp::Context> keys_;
  std::unordered_map<base::SocketAddress, size_t> by_browser_;
  net::Poller poller_;
  net::ReceiveBatch in_;
  net::SendBatch out_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Server> make_bare_loop(const Plan& plan, BoundSockets sockets) {
  return std::make_unique<BareLoop>(plan, std::move(sockets));
}

}  // namespace viaduct::bench
