#include "support/audio_end.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "base/encoding.h"
#include "media/audio/level.h"
#include "media/audio/testing/tone_measure.h"
#include "signalling/sdp/attributes.h"
#include "transport/rtp/rtcp.h"
#include "transport/stun/demux.h"

namespace viaduct::support {
namespace {

constexpr auto kReportInterval = std::chrono::seconds(5);
constexpr auto kWord = std::chrono::milliseconds(20);
constexpr std::string_view kDigits = "0123456789*#ABCD";  // in the order of the event codes

}  // namespace

AudioEnd::AudioEnd(FakeNetwork& network, base::Rng& rng, const base::SocketAddress& address,
                   double hz, std::optional<dtls::testing::Identity> identity)
    : network_(network),
      address_(address),
      hz_(hz),
      password_(rng.token(24)),
      identity_(std::move(identity)),
      key_(30, static_cast<uint8_t>(hz)) {
  if (identity_) {
    peer::testing::ClientOptions options;
    options.dtls = identity_->factory;
    client_ = std::make_unique<peer::testing::WebRtcClient>(options, rng);
    client_->on_rtp = [this](std::span<const uint8_t> packet) {
      if (talker_) talker_->hear(packet);
    };
    client_->on_rtcp = [](std::span<const uint8_t>) {};
  }
  network_.bind(address_, *this);
  network_.time().add(*this);
}

AudioEnd::~AudioEnd() {
  network_.time().remove(*this);
  network_.unbind(address_);
}

LocalMedia AudioEnd::local() const {
  LocalMedia out;
  out.address = {habits_.named_ip.value_or(address_.ip), address_.port};
  if (habits_.encrypts && (srtp_ || !talker_))
    out.crypto = std::to_string(srtp_ ? std::max(1u, remote_.crypto_tag) : 1) +
                 " AES_CM_128_HMAC_SHA1_80 inline:" + base::base64_encode(key_);
  if (!identity_) return out;
  out.ufrag = client_->ufrag();
  out.password = password_;
  out.names_candidates = habits_.names_candidates;
  sdp::Fingerprint print{identity_->print.algorithm, identity_->print.digest};
  if (habits_.wrong_fingerprint) print.digest[0] ^= 1;
  out.fingerprint = sdp::print(print);
  return out;
}

void AudioEnd::agree(const RemoteMedia& remote) {
  const bool first = !talker_;
  if (habits_.sends_reports && first) next_report_ = now() + kReportInterval;
  remote_ = remote;
  agree_on_keys();
  const Format* const audio = remote.audio();
  if (!audio) return;
  if (first || talker_->options().format != *audio) {
    graph::testing::TalkerOptions options;
    options.format = *audio;
    options.hz = hz_;
    options.ssrc = 0x1000 + address_.port + static_cast<uint32_t>(hz_);
    if (const Format* const events = remote.events()) options.dtmf = *events;
    talker_.emplace(options);
  }
  if (client_ && first) connect();
}

// With the node, and with a browser that takes our call, we look for the way (RFC 8445 §6.1.1); a
// browser that calls us does it itself.
void AudioEnd::connect() {
  const std::vector<dtls::Fingerprint> prints{
      {remote_.fingerprint.algorithm, remote_.fingerprint.digest}};
  if (!remote_.ice_lite && remote_.is_offer) {
    direct_ = std::make_unique<DirectPeer>(
        ice::Credentials{client_->ufrag(), base::Secret(password_)}, identity_->factory,
        peer::RemoteWebRtc{remote_.ufrag, {prints, dtls::Role::client}}, now());
    direct_->on_send = [this](const base::SocketAddress& to, std::span<const uint8_t> bytes) {
      network_.send(address_, to, bytes);
    };
    direct_->on_rtp = [this](std::span<const uint8_t> packet) { talker_->hear(packet); };
    return;
  }
  if (!remote_.ice_lite) client_->set_role(dtls::Role::server);
  const std::string password = habits_.wrong_ice_password ? password_ : remote_.password;
  client_->connect({{remote_.ufrag, base::Secret(password)}, remote_.candidates, prints}, now());
  flush();
}

bool AudioEnd::connected() const {
  if (direct_) return direct_->connected();
  return !client_ || client_->connected();
}

void AudioEnd::agree_on_keys() {
  if (!habits_.encrypts || remote_.crypto_key.empty() || srtp_) return;
  auto made =
      srtp::Context::create({srtp::Profile::aes128_cm_sha1_80, base::Secret(srtp::MasterKey{key_}),
                             base::Secret(srtp::MasterKey{remote_.crypto_key})});
  if (made) srtp_ = std::move(*made);
}

void AudioEnd::send_report() {
  if (!talker_ || remote_.address.port == 0) return;
  std::array<uint8_t, 8> buffer;
  base::ByteWriter out(buffer);
  rtp::write_receiver_report(out, talker_->options().ssrc, {});
  const auto port = [](uint16_t rtp) { return static_cast<uint16_t>(rtp + 1); };
  network_.send({address_.ip, port(address_.port)},
                {remote_.address.ip, port(remote_.address.port)}, out.written());
}

void AudioEnd::close() {
  if (direct_) return direct_->close(now());
  if (!client_) return;
  client_->close();
  flush();
}

void AudioEnd::speak(bool on) {
  speaking_ = on;
  next_word_ = on ? now() : base::kNever;
}

void AudioEnd::dial(std::string_view digits) {
  for (const char digit : digits) {
    const auto event = static_cast<uint8_t>(kDigits.find(digit));
    for (uint16_t i = 1; i <= 5; ++i)
      digits_.push_back({event, false, static_cast<uint16_t>(i * 160), i == 1});
    for (int i = 0; i < 3; ++i) digits_.push_back({event, true, 5 * 160, false});
  }
  next_digit_ = now();
}

size_t AudioEnd::digits_heard() const {
  // Each digit's end comes three times; a new one begins where the event or its time changes.
  if (!talker_) return 0;
  size_t ends = 0;
  for (const auto& event : talker_->events()) ends += event.size() == 4 && (event[1] & 0x80) != 0;
  return (ends + 2) / 3;
}

void AudioEnd::forget() {
  if (talker_) talker_->forget();
}

bool AudioEnd::hears_tone(double hz) const {
  if (!talker_ || talker_->heard().size() < talker_->rate() / 10) return false;
  const auto tone = audio::testing::strongest_tone(talker_->heard(), talker_->rate());
  return tone.dbov > -35 && std::abs(tone.hz - hz) < 5;
}

std::string AudioEnd::heard() const {
  if (!talker_ || talker_->heard().empty()) return "nothing";
  const auto tone = audio::testing::strongest_tone(talker_->heard(), talker_->rate());
  if (tone.dbov < -60) return "silence";
  return std::to_string(std::lround(tone.hz)) + " Hz";
}

base::TimePoint AudioEnd::next_timeout() const {
  base::TimePoint next = std::min({next_word_, next_digit_, next_report_});
  if (direct_) next = std::min(next, direct_->next_timeout());
  if (client_) next = std::min(next, client_->next_timeout());
  return next;
}

void AudioEnd::handle_timeout(base::TimePoint at) {
  if (direct_ && direct_->next_timeout() <= at) direct_->handle_timeout(at);
  if (client_ && client_->next_timeout() <= at) {
    client_->handle_timeout(at);
    flush();
  }
  if (next_word_ <= at) {
    next_word_ += kWord;
    // Voice pauses during digits, as their time is that of their beginning (RFC 4733 §2.5.1.2).
    if (talker_ && connected() && digits_.empty()) {
      auto packet = talker_->speak();
      if (habits_.payload_type)
        packet[1] = static_cast<uint8_t>((packet[1] & 0x80) | *habits_.payload_type);
      send(packet);
    }
  }
  if (next_report_ <= at) {
    next_report_ += kReportInterval;
    send_report();
  }
  if (next_digit_ <= at) {
    next_digit_ = base::kNever;
    if (talker_ && talker_->options().dtmf && !digits_.empty()) {
      const DigitPacket packet = digits_.front();
      digits_.pop_front();
      send(talker_->event_packet(packet.event, packet.end, packet.duration, packet.first));
      // The clock goes on between two digits, or they would be one.
      if (packet.end && (digits_.empty() || digits_.front().first)) talker_->pause(kWord * 10);
    }
    if (!digits_.empty()) next_digit_ = at + kWord;
  }
}

void AudioEnd::datagram(const base::SocketAddress& from, const base::SocketAddress&,
                        std::span<const uint8_t> bytes) {
  if (direct_) {
    direct_->receive(bytes, from, now());
  } else if (client_) {
    client_->receive(bytes, from, now());
    flush();
  } else if (talker_ && stun::classify(bytes) == stun::PacketKind::rtp) {
    std::vector<uint8_t> packet(bytes.begin(), bytes.end());
    const auto length = srtp_ ? srtp_->unprotect_rtp(packet) : packet.size();
    if (length) talker_->hear(std::span(packet).first(*length));
  }
}

void AudioEnd::send(std::span<const uint8_t> rtp) {
  if (direct_) {
    direct_->send_rtp(rtp, now());
  } else if (client_) {
    client_->send_rtp(rtp);
    flush();
  } else if (remote_.address.port != 0) {
    std::vector<uint8_t> packet(rtp.begin(), rtp.end());
    packet.resize(rtp.size() + srtp::kTrailer);
    const auto length = srtp_ ? srtp_->protect_rtp(packet, rtp.size()) : rtp.size();
    if (length) network_.send(address_, remote_.address, std::span(packet).first(*length));
  }
}

void AudioEnd::flush() {
  while (auto out = client_->poll()) network_.send(address_, out->to, out->bytes);
}

}  // namespace viaduct::support
