// What SRTP costs for one 20 ms packet of G.711 (172 bytes): protecting and unprotecting it, with
// one association whose keys stay in the cache and with 400 of them in turn.
#include <benchmark/benchmark.h>

#include <array>
#include <cstring>
#include <vector>

#include "transport/srtp/context.h"

namespace {

using namespace viaduct::srtp;

constexpr size_t kPacket = 172;

struct Association {
  Context sender;
  Context receiver;
  std::array<uint8_t, kPacket + kTrailer> buffer{};
  uint16_t sequence = 0;
};

Association make_association(Profile profile, uint8_t seed) {
  std::vector<uint8_t> exported(exported_size(profile), seed);
  return {Context::create(split_exported(profile, exported, true)).value(),
          Context::create(split_exported(profile, exported, false)).value()};
}

bool carry_packet(Association& association) {
  auto& buffer = association.buffer;
  const uint16_t sequence = ++association.sequence;
  const uint8_t header[] = {0x80,
                            0,
                            static_cast<uint8_t>(sequence >> 8),
                            static_cast<uint8_t>(sequence),
                            0,
                            0,
                            0,
                            0,
                            1,
                            2,
                            3,
                            4};
  std::memcpy(buffer.data(), header, sizeof header);
  const auto size = association.sender.protect_rtp(buffer, kPacket);
  return size && association.receiver.unprotect_rtp(std::span(buffer).first(*size)).has_value();
}

void srtp_packet(benchmark::State& state, Profile profile, size_t associations) {
  std::vector<Association> all;
  for (size_t i = 0; i < associations; ++i)
    all.push_back(make_association(profile, static_cast<uint8_t>(i)));
  for (Association& one : all) carry_packet(one);  // the first packet sets up its stream
  size_t next = 0;
  for (auto _ : state) {
    if (!carry_packet(all[next])) state.SkipWithError("a packet was refused");
    if (++next == associations) next = 0;
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(srtp_packet, gcm_hot, Profile::aead_aes_128_gcm, 1);
BENCHMARK_CAPTURE(srtp_packet, gcm_400, Profile::aead_aes_128_gcm, 400);
BENCHMARK_CAPTURE(srtp_packet, cm_sha1_hot, Profile::aes128_cm_sha1_80, 1);
BENCHMARK_CAPTURE(srtp_packet, cm_sha1_400, Profile::aes128_cm_sha1_80, 400);

}  // namespace
