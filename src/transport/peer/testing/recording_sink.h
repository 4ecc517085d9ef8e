// A Sink that keeps what it gets.
#pragma once

#include <utility>
#include <vector>

#include "transport/peer/peer.h"

namespace viaduct::peer::testing {

struct RecordingSink final : Sink {
  struct Sent {
    Component via;
    Path to;
    std::vector<uint8_t> bytes;
  };
  void send(Component via, const Path& to, std::span<const uint8_t> datagram) override {
    sent.push_back({via, to, {datagram.begin(), datagram.end()}});
  }
  void rtp(std::span<uint8_t> packet) override {
    rtp_packets.emplace_back(packet.begin(), packet.end());
  }
  void rtcp(std::span<uint8_t> packet) override {
    rtcp_packets.emplace_back(packet.begin(), packet.end());
  }

  std::vector<Sent> sent;
  std::vector<std::vector<uint8_t>> rtp_packets;
  std::vector<std::vector<uint8_t>> rtcp_packets;
};

}  // namespace viaduct::peer::testing
