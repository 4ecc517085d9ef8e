// AudioEnd: one party's end of a call's audio: speaks its own tone, listens, sends digits. Plain
// RTP, or WebRTC when it was given an identity.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/rng.h"
#include "media/graph/testing/talker.h"
#include "support/direct_peer.h"
#include "support/fake_network.h"
#include "support/sdp_texts.h"
#include "transport/dtls/testing/engine_pair.h"
#include "transport/peer/testing/webrtc_client.h"
#include "transport/srtp/context.h"

namespace viaduct::support {

// What a party does wrong, or more than it must.
struct AudioHabits {
  std::optional<base::IpAddress> named_ip;  // in its description, instead of its own
  std::optional<uint8_t> payload_type;      // of its packets, whatever was agreed
  bool sends_reports = false;               // RTCP, by plain RTP
  bool wrong_ice_password = false;
  bool wrong_fingerprint = false;
  bool names_candidates = false;  // a browser that can send to another one
  bool encrypts = false;          // a phone with SDES: offers it, and takes it where it is offered
};

class AudioEnd final : public Timed, public Receiver {
 public:
  // Takes the address, and with plain RTP the next port too. `identity` makes it a browser.
  AudioEnd(FakeNetwork& network, base::Rng& rng, const base::SocketAddress& address, double hz,
           std::optional<dtls::testing::Identity> identity);
  // A browser says close_notify when it is told close() before.
  ~AudioEnd() override;
  AudioEnd(const AudioEnd&) = delete;
  AudioEnd& operator=(const AudioEnd&) = delete;

  void set_habits(const AudioHabits& habits) { habits_ = habits; }
  // For descriptions of ours.
  LocalMedia local() const;
  // Both descriptions are known.
  void agree(const RemoteMedia& remote);
  void close();

  void speak(bool on);
  // RFC 4733, one digit after the other.
  void dial(std::string_view digits);

  // Of what came since forget(): "nothing", "silence", or the strongest tone as "1100 Hz".
  std::string heard() const;
  bool hears_tone(double hz) const;
  size_t packets() const { return talker_ ? talker_->headers().size() : 0; }
  size_t digits_heard() const;
  void forget();
  bool connected() const;
  bool speaks() const { return speaking_; }

  // --- Timed, Receiver ---
  base::TimePoint next_timeout() const override;
  void handle_timeout(base::TimePoint now) override;
  void datagram(const base::SocketAddress& from, const base::SocketAddress& to,
                std::span<const uint8_t> bytes) override;

 private:
  void send(std::span<const uint8_t> rtp);
  void flush();
  void connect();
  void agree_on_keys();
  base::TimePoint now() const { return network_.time().now(); }

  FakeNetwork& network_;
  void send_report();
  base::SocketAddress address_;
  AudioHabits habits_;
  base::TimePoint next_report_ = base::kNever;
  double hz_;
  std::string password_;
  std::optional<dtls::testing::Identity> identity_;
  std::unique_ptr<peer::testing::WebRtcClient> client_;
  std::unique_ptr<DirectPeer> direct_;  // in its place when another browser called us
  std::optional<graph::testing::Talker> talker_;
  std::vector<uint8_t> key_;  // of a phone that encrypts
  std::optional<srtp::Context> srtp_;
  RemoteMedia remote_;
  bool speaking_ = false;
  base::TimePoint next_word_ = base::kNever;
  struct DigitPacket {
    uint8_t event;
    bool end;
    uint16_t duration;
    bool first;
  };
  std::deque<DigitPacket> digits_;
  base::TimePoint next_digit_ = base::kNever;
};

}  // namespace viaduct::support
