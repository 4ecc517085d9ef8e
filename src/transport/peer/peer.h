// One party's media transport: what arrives from its address is told apart (RFC 7983), ICE and DTLS
// are answered, SRTP is taken off and put on. What is left for the owner is plain RTP and RTCP.
//
// Two kinds with one face: WebRTC (ICE-lite, DTLS-SRTP, rtcp-mux, one shared socket) and plain, on
// a socket pair of its own: RTP as it is, SRTP with keys from the description, or keyed by DTLS on
// the same pair; always with symmetric RTP. Sans-IO, one thread. After each call that takes a Sink:
// poll() until empty, then next_timeout().
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/address.h"
#include "base/time.h"
#include "transport/dtls/engine.h"
#include "transport/ice/agent.h"
#include "transport/srtp/context.h"

namespace viaduct::peer {

// Which of a transport's sockets. WebRTC and rtcp-mux only use `rtp`.
enum class Component : uint8_t { rtp, rtcp };

// Bytes that must be free behind a packet given to send_rtp() or send_rtcp().
inline constexpr size_t kSrtpTrailer = srtp::kTrailer;

using IceCredentials = ice::Credentials;
using Path = ice::Path;

// The far side, as an agreement describes it. No candidates: a lite agent learns them from checks.
struct RemoteDtls {
  std::vector<dtls::Fingerprint> fingerprints;  // any one may match
  dtls::Role our_role = dtls::Role::server;
};
struct RemoteWebRtc {
  std::string ufrag;  // a lite agent never needs the password
  RemoteDtls dtls;
};
struct RemotePlain {
  base::SocketAddress rtp;   // port 0: unknown until learnt
  base::SocketAddress rtcp;  // unused with rtcp_mux; port 0: unknown until learnt
  bool rtcp_mux = false;
  // RTP as it is; one SRTP key for both sockets; an association for each socket in use (RFC 5764
  // §3).
  std::variant<std::monostate, srtp::Keys, RemoteDtls> protection{};
};

struct DtlsOptions {
  std::shared_ptr<dtls::EngineFactory> factory;
  // DTLS that overtakes the agreement waits for it: a ClientHello of two datagrams, and once more.
  size_t max_early_datagrams = 4;
  // SSRCs the far side may use (srtp::Context).
  size_t max_streams = srtp::Context::kDefaultMaxStreams;
};
struct WebRtcOptions {
  IceCredentials local;
  DtlsOptions dtls;
  ice::AgentOptions ice;
};
struct PlainOptions {
  DtlsOptions dtls;  // without a factory agreements on DTLS fail
  // Without ICE anybody may say hello to the socket first: so many handshakes may fail before the
  // transport does, and so long it waits for a better one.
  size_t max_handshakes = 4;
  base::Duration handshake_patience = std::chrono::seconds(20);
};

// Takes what a Peer lets out at once. Spans live during the call only. rtp() and rtcp() may send
// through any Peer, this one too (an echo); nothing else of the calling Peer may be called.
class Sink {
 public:
  virtual ~Sink() = default;
  // Over a connection of ICE-TCP a datagram is a frame.
  virtual void send(Component via, const Path& to, std::span<const uint8_t> datagram) = 0;
  // Decrypted in place: packet.data() lies in the buffer given to receive(), so what was free
  // behind the datagram is free behind the packet, and it may be rewritten and sent on from there.
  // The fixed header is sane: version 2, CSRCs and extension within the packet.
  virtual void rtp(std::span<uint8_t> packet) = 0;
  // A compound whose first header is sane.
  virtual void rtcp(std::span<uint8_t> packet) = 0;
};

// Media can flow both ways: ICE has a pair and DTLS its keys; plain: the first (authentic) packet
// has arrived, or DTLS has its keys. Again after a Failed that an agreement has healed.
struct Connected {};
enum class Fault : uint8_t {
  ice_timeout,           // no valid connectivity check in time
  dtls_failed,           // handshake failed
  fingerprint_mismatch,  // the certificate is not one the agreement named
  consent_lost,          // RFC 7675: the far side stopped asking
  closed,                // DTLS close_notify from the far side
};
// The Peer is dead for media until a new agreement revives it: after ice_timeout and consent_lost
// one that restarts ICE, after the others any.
struct Failed {
  Fault fault;
};
// A remote address passed a check of this Peer: datagrams from it are this Peer's until released.
struct AddressValidated {
  Path path;
};
struct AddressReleased {
  Path path;
};
using Event = std::variant<Connected, Failed, AddressValidated, AddressReleased>;

struct Stats {
  uint64_t rtp_sent = 0, rtcp_sent = 0;
  uint64_t rtp_received = 0, rtcp_received = 0;
  uint64_t stun_received = 0, dtls_received = 0;  // datagrams
  uint64_t dropped_foreign = 0;  // from an address that is not validated, or not the locked one
  std::optional<base::SocketAddress> foreign;  // where the last of them came from
  uint64_t dropped_early = 0;                  // media before the keys or before the agreement
  uint64_t dropped_unauthentic = 0;            // SRTP tag failed
  uint64_t dropped_replayed = 0;
  uint64_t dropped_malformed = 0;
  uint64_t dropped_unsendable = 0;  // ours: no address or keys yet, or it cannot be protected
  // WebRTC: media flows when both are done. Plain: no ICE, and DTLS where it is agreed on.
  bool ice_done = false;
  bool uses_dtls = false;
  bool dtls_done = false;
  std::optional<Fault> fault;  // the last, until it is connected again
  uint64_t checks_answered = 0;
  uint64_t checks_unauthenticated = 0;
};

class WebRtcTransport;
class PlainTransport;

class Peer {
 public:
  explicit Peer(WebRtcOptions options);
  explicit Peer(PlainOptions options);
  Peer(Peer&&) noexcept;
  Peer& operator=(Peer&&) noexcept;
  ~Peer();

  // The first agreement or a later one; only what differs is renewed. New ICE credentials are a
  // restart that keeps the DTLS association, unless role or fingerprints change with them. A
  // changed plain address is learnt anew; an SRTP key that stays keeps its rollover counters. The
  // kind must be the Peer's own.
  void apply(const RemoteWebRtc& remote, base::TimePoint now, Sink& sink);
  void apply(const RemotePlain& remote, base::TimePoint now, Sink& sink);

  // WebRTC: our half of an ICE restart, before apply() brings the far side's. Media goes on over
  // the old pair until one is nominated under the new credentials.
  void restart_ice(IceCredentials local);

  // A datagram that arrived on `via`. Decrypted in place; never allocates for media. False: there
  // is nothing to poll() for and no deadline has come nearer, as after all media but the first.
  bool receive(Component via, std::span<uint8_t> datagram, const Path& from, base::TimePoint now,
               Sink& sink);
  // WebRTC: that connection has closed.
  void path_lost(const Path& path, base::TimePoint now, Sink& sink);

  // Sends the RTP packet in the first `length` bytes of `buffer`, which must go on for kSrtpTrailer
  // bytes behind it; protects in place. False (and counted) when nothing could be sent.
  bool send_rtp(std::span<uint8_t> buffer, size_t length, base::TimePoint now, Sink& sink);
  bool send_rtcp(std::span<uint8_t> buffer, size_t length, base::TimePoint now, Sink& sink);

  void handle_timeout(base::TimePoint now, Sink& sink);
  base::TimePoint next_timeout() const;
  std::optional<Event> poll();

  // Says goodbye (DTLS close_notify) where there is somebody to say it to.
  void close(base::TimePoint now, Sink& sink);

  // True for addresses between AddressValidated and AddressReleased; plain: the locked one.
  bool owns(const Path& path) const;
  bool connected() const;
  // Whether a packet given to send_rtp() goes anywhere: a plain far side is reached where its
  // description says, before anything came from there.
  bool can_send() const;
  // Where media is sent; port 0 while unknown.
  base::SocketAddress remote() const;
  Stats stats() const;

 private:
  std::unique_ptr<WebRtcTransport> webrtc_;  // exactly one of the two
  std::unique_ptr<PlainTransport> plain_;
};

}  // namespace viaduct::peer
