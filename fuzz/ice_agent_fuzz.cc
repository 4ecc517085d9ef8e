// The lite agent under a script of checks good and bad, restarts and time. The input's bytes choose
// the steps; what a peer without the password sends may never change where media goes.
#include <array>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "transport/ice/agent.h"
#include "transport/stun/builder.h"

namespace {

using namespace viaduct;
using base::SocketAddress;
using base::TimePoint;

constexpr size_t kAddresses = 12;
constexpr size_t kMostPairs = 4;

SocketAddress address(uint8_t which) {
  return {base::IpAddress::v4(0xc0000200u + which % kAddresses), 4000};
}

struct LastReply : ice::Sink {
  void send(const ice::Path&, std::span<const uint8_t> packet) override {
    ++count;
    size = packet.size();
    VIADUCT_CHECK(stun::Message::parse(packet).has_value());
  }
  int count = 0;
  size_t size = 0;
};

class Script {
 public:
  explicit Script(std::span<const uint8_t> input) : in_(input) {}

  void run() {
    while (in_.remaining() != 0) {
      switch (in_.u8() % 7) {
        case 0:
        case 1: good_check(); break;
        case 2: raw_packet(); break;
        case 3: now_ += std::chrono::milliseconds(in_.u16()); break;
        case 4: restart(); break;
        case 6: lose_path(); break;
        case 5: agent_.set_remote("remote" + std::to_string(in_.u8() % 3), now_); break;
      }
      if (now_ >= agent_.next_timeout()) agent_.handle_timeout(now_);
      VIADUCT_CHECK(agent_.next_timeout() > now_);
      check_state();
    }
  }

 private:
  ice::Credentials credentials(int generation) const {
    return {"local" + std::to_string(generation),
            base::Secret<std::string>("password" + std::to_string(generation))};
  }
  void good_check() {
    const uint8_t flags = in_.u8();
    const auto local = credentials(flags & 1 ? generation_ : std::max(0, generation_ - 1));
    std::array<uint8_t, 300> buffer;
    stun::MessageBuilder builder(buffer, stun::Class::request, stun::kBinding, {});
    builder.username(local.ufrag + ":remote" + std::to_string(flags >> 1 & 1));
    if (flags & 4) builder.use_candidate();
    if (flags & 8) builder.priority(in_.u8());
    if (flags & 16) builder.ice_controlled(1);
    if (flags & 32) builder.attribute(0x7000, {});
    builder.integrity(local.password.reveal());
    LastReply reply;
    agent_.receive(builder.finish().value(), address(in_.u8()), now_, reply);
    VIADUCT_CHECK(reply.count == 1 || (reply.count == 0 && agent_.failed()));
  }
  void raw_packet() {
    const SocketAddress from = address(in_.u8());
    const size_t length = std::min<size_t>(in_.u8(), in_.remaining());
    const auto packet = in_.bytes(length);
    const auto before = agent_.send_path();
    const bool validated = agent_.is_validated(from);
    LastReply reply;
    agent_.receive(packet, from, now_, reply);
    VIADUCT_CHECK(reply.count <= 1 && reply.size <= packet.size());
    VIADUCT_CHECK(agent_.send_path() == before && agent_.is_validated(from) == validated);
  }
  void lose_path() {
    const SocketAddress which = address(in_.u8());
    agent_.path_lost(which);
    VIADUCT_CHECK(!agent_.is_validated(which));
  }
  void restart() {
    // Names are never used again, as a real owner's random ones are not.
    agent_.restart(credentials(++generation_));
    VIADUCT_CHECK(agent_.accepts_ufrag("local" + std::to_string(generation_)));
  }
  void check_state() {
    while (agent_.poll()) {
    }
    size_t validated = 0;
    for (uint8_t i = 0; i < kAddresses; ++i) validated += agent_.is_validated(address(i));
    VIADUCT_CHECK(validated <= kMostPairs);
    const auto to = agent_.send_path();
    VIADUCT_CHECK(to.has_value() == (validated != 0));
    VIADUCT_CHECK(!to || agent_.is_validated(*to));
    VIADUCT_CHECK(!agent_.selected() || agent_.selected() == to);
    VIADUCT_CHECK(!agent_.failed() || validated == 0);
    agent_.dump();
  }

  base::ByteReader in_;
  TimePoint now_{std::chrono::seconds(1)};
  int generation_ = 0;
  ice::LiteAgent agent_{credentials(0), {.max_pairs = kMostPairs}};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Script({data, size}).run();
  return 0;
}
