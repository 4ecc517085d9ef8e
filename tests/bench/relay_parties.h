// What the benches of carrying packets share: parties that speak when asked to, and an SRTP
// association of their own for the bare loops.
#pragma once

#include <array>
#include <cstring>
#include <vector>

#include "media/graph/testing/rig.h"
#include "transport/srtp/context.h"

namespace viaduct::bench {

using namespace std::chrono_literals;
using graph::testing::Party;
using graph::testing::Rig;
using graph::testing::TalkerOptions;

inline const negotiation::Format kPcmu{0, negotiation::kPcmu, ""};
inline const negotiation::Format kOpus{111, negotiation::kOpus, ""};

inline TalkerOptions speaking(const negotiation::Format& format) {
  TalkerOptions options;
  options.format = format;
  options.hz = 600;
  return options;
}

// Parties that speak when the bench asks them to, not by the rig's clock.
inline Party& phone(Rig& rig, const negotiation::Format& format) {
  Party& party = rig.add_plain(speaking(format));
  party.speaking = false;
  return party;
}
inline Party& browser(Rig& rig, const negotiation::Format& format) {
  Party& party = rig.add_webrtc(speaking(format));
  party.speaking = false;
  return party;
}

// Two parties in a call; the first one's packets go to the worker when the bench says so.
struct Call {
  using Make = Party& (*)(Rig&, const negotiation::Format&);
  Rig rig;
  Party& from;
  Party& to;

  Call(Make make_from, const negotiation::Format& from_format, Make make_to,
       const negotiation::Format& to_format)
      : from(make_from(rig, from_format)), to(make_to(rig, to_format)) {
    rig.run(2s);
    rig.bridge(from, to);
  }
  void receive(std::span<uint8_t> buffer, size_t length, graph::PacketSink& sink) {
    rig.now += 20ms;
    rig.worker.receive(from.client ? graph::kSharedSocket : from.sockets.rtp, from.address, buffer,
                       length, rig.now, sink);
  }
};

struct Datagram {
  std::array<uint8_t, graph::kMaxDatagram + graph::kTailroom> buffer;
  size_t length = 0;
  explicit Datagram(std::span<const uint8_t> bytes) : length(bytes.size()) {
    std::memcpy(buffer.data(), bytes.data(), bytes.size());
  }
};

// Two seconds of the first party's packets. Each goes through once: SRTP takes none twice.
inline constexpr int kBatch = 100;
inline std::vector<Datagram> spoken(Call& call) {
  std::vector<Datagram> out;
  for (int i = 0; i < kBatch; ++i) {
    const auto packet = call.from.talker.speak();
    if (!call.from.client) {
      out.emplace_back(packet);
      continue;
    }
    call.from.client->send_rtp(packet);
    while (const auto protected_packet = call.from.client->poll())
      out.emplace_back(protected_packet->bytes);
  }
  call.rig.run(0ms);
  return out;
}

inline constexpr size_t kRtpPacket = 172;

struct Association {
  srtp::Context sender, receiver;
  static Association create() {
    constexpr auto kProfile = srtp::Profile::aead_aes_128_gcm;
    const std::vector<uint8_t> exported(srtp::exported_size(kProfile), 5);
    return {srtp::Context::create(srtp::split_exported(kProfile, exported, true)).value(),
            srtp::Context::create(srtp::split_exported(kProfile, exported, false)).value()};
  }
};

inline std::array<uint8_t, kRtpPacket + srtp::kTrailer> rtp_packet(uint16_t sequence) {
  std::array<uint8_t, kRtpPacket + srtp::kTrailer> out{};
  const auto header = rtp::encode(rtp::Header{false, 0, sequence, {sequence * 160u}, 99});
  std::memcpy(out.data(), header.data(), header.size());
  return out;
}

}  // namespace viaduct::bench
