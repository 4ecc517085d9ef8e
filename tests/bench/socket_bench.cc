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

// Rounds of a batch each: `fill` gives the packets, `carry` takes each as it was received, with the
// room behind it. Only receiving, carrying and sending are timed.
template <class Fill, class Carry>
void rounds(benchmark::State& state, Wire& wire, Fill fill, Carry carry) {
  while (state.KeepRunningBatch(kPackets)) {
    state.PauseTiming();
    fill();
    wire.filling.flush();
    state.ResumeTiming();
    const size_t n = wire.received.receive(wire.in);
    for (size_t i = 0; i < n; ++i) {
      const auto packet = wire.received.packet(i);
      carry(std::span(packet.data(), packet.size() + net::ReceiveBatch::kTrailingRoom),
            packet.size());
    }
    wire.sending.flush();
    state.PauseTiming();
    wire.empty();
    state.ResumeTiming();
  }
  if (wire.carried < static_cast<size_t>(state.iterations()))
    state.SkipWithError("packets were lost");
}

void relay(benchmark::State& state, Call call) {
  Wire wire;
  std::vector<Datagram> waiting;
  const auto fill = [&] {
    while (waiting.size() < kPackets)
      for (Datagram& one : spoken(call)) waiting.push_back(one);
    for (size_t i = 0; i < kPackets; ++i)
      wire.fill(std::span(waiting[i].buffer).first(waiting[i].length));
    waiting.erase(waiting.begin(), waiting.begin() + kPackets);
  };
  rounds(state, wire, fill,
         [&](std::span<uint8_t> buffer, size_t length) { call.receive(buffer, length, wire); });
}

void socket_relay_rtp_to_srtp(benchmark::State& state) {
  relay(state, {phone, kPcmu, browser, kPcmu});
}
void socket_relay_srtp_to_rtp(benchmark::State& state) {
  relay(state, {browser, kPcmu, phone, kPcmu});
}

// `decrypt`: what arrives is SRTP and leaves as RTP; else the other way round.
void bare(benchmark::State& state, bool decrypt) {
  Wire wire;
  auto association = Association::create();
  uint16_t sequence = 0;
  const auto fill = [&] {
    for (size_t i = 0; i < kPackets; ++i) {
      auto packet = rtp_packet(++sequence);
      const size_t size =
          decrypt ? association.sender.protect_rtp(packet, kRtpPacket).value() : kRtpPacket;
      wire.fill(std::span(packet).first(size));
    }
  };
  rounds(state, wire, fill, [&](std::span<uint8_t> buffer, size_t length) {
    const size_t size = decrypt ? association.receiver.unprotect_rtp(buffer.first(length)).value()
                                : association.sender.protect_rtp(buffer, length).value();
    wire.sending.add(wire.out, wire.to_listener, buffer.first(size));
  });
}

void socket_bare_rtp_to_srtp(benchmark::State& state) { bare(state, false); }
void socket_bare_srtp_to_rtp(benchmark::State& state) { bare(state, true); }

}  // namespace

BENCHMARK(socket_bare_rtp_to_srtp);
BENCHMARK(socket_relay_rtp_to_srtp);
BENCHMARK(socket_bare_srtp_to_rtp);
BENCHMARK(socket_relay_srtp_to_rtp);
