#include "tests/bench/capacity/flood.h"

#include <algorithm>
#include <utility>

namespace viaduct::bench {
namespace {

constexpr size_t kDifferent = 1024;  // packets, sent round and round

std::vector<uint8_t> noise(base::Rng& rng, size_t size) {
  std::vector<uint8_t> out(size);
  rng.fill(out);
  return out;
}

// RFC 8489 §5: a binding request with a USERNAME that is right and an integrity that is not.
std::vector<uint8_t> stun_request(base::Rng& rng, const std::string& ufrag) {
  auto out = noise(rng, 20);
  std::copy_n(std::initializer_list<uint8_t>{0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}.begin(), 8,
              out.begin());
  std::string name = ufrag + ":wrong";
  while (name.size() % 4 != 0) name += 'x';
  out.insert(out.end(), {0, 6, 0, static_cast<uint8_t>(name.size())});
  out.insert(out.end(), name.begin(), name.end());
  out.insert(out.end(), {0, 8, 0, 20});
  const auto integrity = noise(rng, 20);
  out.insert(out.end(), integrity.begin(), integrity.end());
  out[3] = static_cast<uint8_t>(out.size() - 20);
  return out;
}

}  // namespace

Flood::Flood(FloodOptions options) : options_(std::move(options)) {
  thread_ = std::thread([this] { run(); });
}

Flood::~Flood() {
  stopping_ = true;
  thread_.join();
}

std::vector<std::vector<uint8_t>> Flood::make_packets() {
  std::vector<std::vector<uint8_t>> out;
  for (size_t i = 0; i < kDifferent; ++i) {
    auto packet = noise(rng_, 60 + rng_.u32() % 140);
    switch (i % 5) {
      case 0: packet[0] = 0x80, packet[1] = 0; break;                        // SRTP
      case 1: packet[0] = 0x80, packet[1] = 201; break;                      // SRTCP
      case 2: packet = stun_request(rng_, options_.server_ufrag); break;     // STUN
      case 3: packet[0] = static_cast<uint8_t>(20 + rng_.u32() % 4); break;  // DTLS
      case 4: break;                                                         // anything
    }
    out.push_back(std::move(packet));
  }
  return out;
}

void Flood::run() {
  const auto packets = make_packets();
  auto stranger = net::UdpSocket::bind(*base::SocketAddress::parse("127.0.0.1:0")).value();
  stranger.set_buffers(4 << 20, 4 << 20);
  net::SendBatch out;
  for (size_t i = 0; !stopping_; ++i) {
    // Runs of one socket, so that they share system calls.
    const net::UdpSocket& from = i / 64 % 2 ? *options_.browser : stranger;
    out.add(from, options_.target, packets[i % packets.size()]);
    if (i % 64 == 63) sent_ = out.sent();
  }
  out.flush();
}

}  // namespace viaduct::bench
