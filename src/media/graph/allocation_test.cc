// The relay's promise: a packet carried allocates nothing. Counts every use of the heap in this
// program.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "media/graph/testing/rig.h"

namespace {
std::atomic<size_t> allocations{0};
}

// Not inlined: GCC 12 would see malloc and delete, or new and free, and warn of a mismatch.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace viaduct::graph {
namespace {

using namespace std::chrono_literals;
using testing::Party;
using testing::Rig;
using testing::TalkerOptions;

struct NullSink final : PacketSink {
  void send(SocketHandle, const base::SocketAddress&, std::span<const uint8_t>) override {
    ++packets;
  }
  size_t packets = 0;
};

// Heap uses while 200 packets of `from` go through, after as many that may set things up.
size_t allocations_for(Rig& rig, Party& from) {
  NullSink sink;
  size_t counted = 0;
  for (int i = 0; i < 400; ++i) {
    auto packet = from.talker.speak();
    if (from.client) {
      from.client->send_rtp(packet);
      packet = from.client->poll().value().bytes;
    }
    const size_t length = packet.size();
    packet.resize(length + kTailroom);
    if (i == 200) counted = 0;
    const size_t start = allocations;
    rig.worker.receive(from.client ? kSharedSocket : from.sockets.rtp, from.address, packet, length,
                       rig.now, sink);
    counted += allocations - start;
    rig.now += 1ms;
  }
  EXPECT_EQ(sink.packets, 400u);
  return counted;
}

TEST(Allocation, NoneForARelayedPacket) {
  Rig rig;
  TalkerOptions options;
  Party& browser = rig.add_webrtc(options);
  Party& phone = rig.add_plain(options);
  rig.bridge(browser, phone);
  rig.run(1s);
  EXPECT_GT(allocations, 0u);  // the count works
  EXPECT_EQ(allocations_for(rig, phone), 0u);
  EXPECT_EQ(allocations_for(rig, browser), 0u);
}

TEST(Allocation, NoneForATranscodedPacket) {
  Rig rig;
  TalkerOptions options;
  Party& phone = rig.add_plain(options);
  options.format = {111, negotiation::kOpus, ""};
  Party& other = rig.add_plain(options);
  rig.bridge(phone, other);
  rig.run(1s);
  EXPECT_EQ(allocations_for(rig, phone), 0u);
  EXPECT_EQ(allocations_for(rig, other), 0u);
}

}  // namespace
}  // namespace viaduct::graph
