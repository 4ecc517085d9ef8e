// FakeNode: a whole node without sockets, threads and clocks: the control engine and one media
// worker, driven as the shells of server/node drive them, but by a FakeNetwork in virtual time.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "core/call/ports.h"
#include "core/dialplan/dialplan.h"
#include "core/directory/directory.h"
#include "media/graph/worker.h"
#include "server/node/control.h"
#include "support/fake_network.h"

namespace viaduct::support {

inline constexpr std::string_view kDomain = "example.net";
inline constexpr std::string_view kPassword = "right";  // of the users 1000-1009
inline constexpr double kMusicHz = 620;                 // on hold; nobody's voice

// The far end of a WebSocket.
class SocketPeer {
 public:
  virtual ~SocketPeer() = default;
  virtual void frame(std::string_view text) = 0;
  virtual void closed(uint16_t code) = 0;
};

class FakeNode final : public Timed,
                       public Receiver,
                       private graph::PacketSink,
                       private legs::RtpPortSource {
 public:
  FakeNode(FakeNetwork& network, uint64_t seed);
  ~FakeNode() override;

  // --- WebSockets; frames and the end arrive when the network has carried them ---
  // The peer must stay until it has closed or was told that it is.
  verto::ConnId open_socket(SocketPeer& peer, const base::SocketAddress& from);
  void send_frame(verto::ConnId id, std::string text);
  // The peer hears nothing more at once; the node notices later.
  void close_socket(verto::ConnId id);
  // The peer hears nothing more, and the node is not told: a network that went away.
  void abandon_socket(verto::ConnId id) { sockets_.erase(id); }

  const base::SocketAddress& sip_address() const { return sip_; }

  // How many RTP port pairs there are; for scenarios in which they run out.
  void set_port_pairs(size_t pairs) { port_pairs_ = pairs; }

  // Recordings so far, in the order of their files.
  struct Recording {
    graph::RecordingId id;
    std::string name;
    uint32_t rate = 0;
    size_t channels = 1;
    std::vector<int16_t> samples;  // of all channels in turn
    bool closed = false;
  };
  const std::vector<Recording>& recordings() const { return recordings_; }

  node::Control& control() { return *control_; }
  // What is still there and should not be, in words; empty when nothing is.
  std::string leftovers() const;
  std::string dump() { return control_->dump(); }

  // --- Timed, Receiver ---
  base::TimePoint next_timeout() const override;
  void handle_timeout(base::TimePoint now) override;
  void datagram(const base::SocketAddress& from, const base::SocketAddress& to,
                std::span<const uint8_t> bytes) override;

 private:
  class Clips final : public call::ClipLibrary {
   public:
    Clips();
    // Only "music".
    std::shared_ptr<const audio::Clip> find(std::string_view name) const override {
      return name == "music" ? music_ : nullptr;
    }

   private:
    std::shared_ptr<const audio::Clip> music_;
  };

  void send(graph::SocketHandle via, const base::SocketAddress& to,
            std::span<const uint8_t> bytes) override;
  base::Result<legs::RtpLease> acquire(size_t worker, base::TimePoint now) override;
  void release(size_t worker, const legs::RtpLease& lease, base::TimePoint now) override;

  // What came out goes where it belongs, until nothing comes out any more.
  void settle();
  void execute(const node::SendSip& output);
  void execute(const node::SendFrame& output);
  void execute(const node::CloseSocket& output);
  void execute(node::MediaCommand& output);
  void execute(const node::FileCommand& output);
  void store(const node::OpenFile& command);
  void store(const node::AppendToFile& command);
  void store(const node::CloseFile& command);
  base::TimePoint now() const { return network_.time().now(); }

  FakeNetwork& network_;
  base::SeededRng rng_;
  directory::Directory directory_;
  dialplan::Dialplan dialplan_;
  Clips clips_;
  const base::SocketAddress sip_;
  const base::SocketAddress webrtc_;
  std::unique_ptr<graph::Worker> worker_;
  std::unique_ptr<node::Control> control_;
  std::map<verto::ConnId, SocketPeer*> sockets_;
  uint32_t last_socket_ = 0;
  std::map<graph::SocketHandle, uint16_t> ports_;  // of leased pairs
  std::map<uint16_t, graph::SocketHandle> handles_;
  graph::SocketHandle last_handle_ = 0;
  size_t port_pairs_ = 1000;
  std::vector<Recording> recordings_;
};

}  // namespace viaduct::support
