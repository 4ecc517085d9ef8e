// A relayed packet with its system calls: socket_relay_* receives a batch from a real loopback
// socket, carries it through the worker and sends it out; socket_bare_* does the same receiving,
// crypto and sending and nothing else. Filling and emptying the sockets is not timed.
#include <benchmark/benchmark.h>

#include <vector>

#include "io/net/udp_socket.h"
#include "tests/bench/relay_parties.h"

namespace {

using namespace viaduct;
using namespace viaduct::bench;

constexpr size_t kPackets = net::ReceiveBatch::kPackets;

net::UdpSocket loopback() {
  auto socket = net::UdpSocket::bind(*base::SocketAddress::parse("127.0.0.1:0"));
  socket->set_buffers(1 << 20, 1 << 20);
  return std::move(*socket);
}

// The worker's two sockets and, beyond them, the far ends'.
struct Wire final : graph::PacketSink {
  net::UdpSocket talker = loopback(), in = loopback(), out = loopback(), listener = loopback();
  base::SocketAddress to_in = in.local(), to_listener = listener.local();
  net::SendBatch filling, sending;
  net::ReceiveBatch received, heard;
  size_t carried = 0;

  void send(graph::SocketHandle, const base::SocketAddress&,
            std::span<const uint8_t> datagram) override {
    sending.add(out, to_listener, datagram);
  }
  void fill(std::span<const uint8_t> packet) { filling.add(talker, to_in, packet); }
  // False when the packets did not all come through.
  bool empty() {
    size_t count = 0;
    for (size_t n = 1; n != 0 && count < kPackets; count += n) n = heard.receive(listener);
    carried += count;
    return count == kPackets;
  }
};

void relay(benchmark::State& state, Rig& rig, Party& from) {
  Wire wire;
  std::vector<Datagram> waiting;
  while (state.KeepRunningBatch(kPackets)) {
    state.PauseTiming();
    while (waiting.size() < kPackets)
      for (Datagram& one : spoken(rig, from)) waiting.push_back(one);
    for (size_t i = 0; i < kPackets; ++i)
      wire.fill(std::span(waiting[i].buffer).first(waiting[i].length));
    waiting.erase(waiting.begin(), waiting.begin() + kPackets);
    wire.filling.flush();
    state.ResumeTiming();
    const size_t n = wire.received.receive(wire.in);
    for (size_t i = 0; i < n; ++i) {
      const auto packet = wire.received.packet(i);
      rig.now += 20ms;
      rig.worker.receive(from.client ? graph::kSharedSocket : from.sockets.rtp, from.address,
                         {packet.data(), packet.size() + net::ReceiveBatch::kTrailingRoom},
                         packet.size(), rig.now, wire);
    }
    wire.sending.flush();
    state.PauseTiming();
    wire.empty();
    state.ResumeTiming();
  }
  if (wire.carried < static_cast<size_t>(state.iterations()))
    state.SkipWithError("packets were lost");
}

void socket_relay_rtp_to_srtp(benchmark::State& state) {
  Rig rig;
  Party& a = phone(rig, kPcmu);
  Party& b = browser(rig, kPcmu);
  rig.run(2s);
  rig.bridge(a, b);
  relay(state, rig, a);
}
void socket_relay_srtp_to_rtp(benchmark::State& state) {
  Rig rig;
  Party& a = browser(rig, kPcmu);
  Party& b = phone(rig, kPcmu);
  rig.run(2s);
  rig.bridge(a, b);
  relay(state, rig, a);
}

// `decrypt`: what arrives is SRTP and leaves as RTP; else the other way round.
void bare(benchmark::State& state, bool decrypt) {
  Wire wire;
  auto association = Association::create();
  uint16_t sequence = 0;
  while (state.KeepRunningBatch(kPackets)) {
    state.PauseTiming();
    for (size_t i = 0; i < kPackets; ++i) {
      auto packet = rtp_packet(++sequence);
      const size_t size =
          decrypt ? association.sender.protect_rtp(packet, kRtpPacket).value() : kRtpPacket;
      wire.fill(std::span(packet).first(size));
    }
    wire.filling.flush();
    state.ResumeTiming();
    const size_t n = wire.received.receive(wire.in);
    for (size_t i = 0; i < n; ++i) {
      const auto packet = wire.received.packet(i);
      const std::span<uint8_t> buffer(packet.data(),
                                      packet.size() + net::ReceiveBatch::kTrailingRoom);
      const size_t size = decrypt ? association.receiver.unprotect_rtp(packet).value()
                                  : association.sender.protect_rtp(buffer, packet.size()).value();
      wire.sending.add(wire.out, wire.to_listener, buffer.first(size));
    }
    wire.sending.flush();
    state.PauseTiming();
    wire.empty();
    state.ResumeTiming();
  }
  if (wire.carried < static_cast<size_t>(state.iterations()))
    state.SkipWithError("packets were lost");
}

void socket_bare_rtp_to_srtp(benchmark::State& state) { bare(state, false); }
void socket_bare_srtp_to_rtp(benchmark::State& state) { bare(state, true); }

}  // namespace

BENCHMARK(socket_bare_rtp_to_srtp);
BENCHMARK(socket_relay_rtp_to_srtp);
BENCHMARK(socket_bare_srtp_to_rtp);
BENCHMARK(socket_relay_srtp_to_rtp);
