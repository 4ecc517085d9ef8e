#include "base/check.h"
#include "io/net/clock.h"
#include "tests/bench/capacity/servers.h"

namespace viaduct::bench {
namespace {

graph::MediaId browser_id(size_t call) { return {static_cast<uint32_t>(2 * call + 1), 1}; }
graph::MediaId phone_id(size_t call) { return {static_cast<uint32_t>(2 * call + 2), 1}; }

negotiation::AudioAgreement agreement(const negotiation::Format& format) {
  negotiation::AudioAgreement out;
  out.send = format;
  out.receive = {format};
  return out;
}

class MediaThreads final : public Server {
 public:
  MediaThreads(const Plan& plan, BoundSockets sockets, const dtls::testing::Identity& identity)
      : plan_(plan), phones_(std::move(sockets.phones)), print_(identity.print) {
    graph::WorkerOptions options;
    options.max_sessions = 2 * plan.calls;
    options.epoch = net::steady_now();
    options.wall_epoch = net::wall_now();
    for (size_t i = 0; i < plan.workers; ++i)
      threads_.push_back(std::make_unique<node::MediaThread>(options, std::move(sockets.shared[i]),
                                                             std::move(sockets.listeners[i]),
                                                             identity.factory));
  }

  void open_calls(const LoadAddresses& load) override {
    for (size_t call = 0; call < plan_.calls; ++call) {
      auto& inbox = threads_[worker_of(call, plan_)]->inbox();
      open_browser(inbox, call, load.ufrags[call]);
      open_phone(inbox, call, load.phones);
      inbox.send(graph::SetSource{browser_id(call), graph::FromSession{phone_id(call)}});
      inbox.send(graph::SetSource{phone_id(call), graph::FromSession{browser_id(call)}});
    }
    for (auto& thread : threads_) VIADUCT_CHECK(thread->inbox().all_sent());
  }

 private:
  using Inbox = node::Mailbox<node::ToWorker>;

  void open_browser(Inbox& inbox, size_t call, const std::string& ufrag) {
    const ice::Credentials ours = server_ice(call);
    auto agreed = agreement(browser_format(plan_.kind));
    agreed.rtcp_mux = true;
    negotiation::WebRtcRemote remote;
    remote.ice.ufrag = ufrag;
    remote.fingerprints.push_back({print_.algorithm, print_.digest});
    agreed.webrtc = remote;
    inbox.send(graph::OpenSession{browser_id(call),
                                  graph::WebRtcTransport{{ours.ufrag, ours.password}}, "browser"});
    inbox.send(graph::ApplyAgreement{browser_id(call), agreed});
  }

  void open_phone(Inbox& inbox, size_t call, const base::SocketAddress& far) {
    const auto handle = static_cast<graph::SocketHandle>(2 * call + 1);
    net::RtpPair& pair = phones_[call];
    inbox.send(node::AddPair{handle, std::move(pair.rtp), handle + 1, std::move(pair.rtcp)});
    auto agreed = agreement(kPhoneFormat);
    agreed.rtcp_mux = true;  // the load has no sockets for reports
    agreed.plain = negotiation::PlainRemote{far, far};
    inbox.send(
        graph::OpenSession{phone_id(call), graph::PlainTransport{handle, handle + 1}, "phone"});
    inbox.send(graph::ApplyAgreement{phone_id(call), agreed});
  }

  const Plan plan_;
  std::vector<net::RtpPair> phones_;
  const dtls::Fingerprint print_;  // of the browsers
  std::vector<std::unique_ptr<node::MediaThread>> threads_;
};

}  // namespace

std::unique_ptr<Server> make_media_threads(const Plan& plan, BoundSockets sockets,
                                           const dtls::testing::Identity& identity) {
  return std::make_unique<MediaThreads>(plan, std::move(sockets), identity);
}

}  // namespace viaduct::bench
