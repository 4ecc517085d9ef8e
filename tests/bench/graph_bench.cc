// What a packet costs in the media worker, each beside what its crypto or codec calls alone cost:
// relay_* against bare_protect and bare_unprotect, transcode_* against bare_transcode_*.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <thread>
#include <vector>

#include "tests/bench/relay_parties.h"

namespace {

using namespace viaduct;
using namespace viaduct::bench;

// Sees that something came out, and drops it.
struct CountingSink final : graph::PacketSink {
  void send(graph::SocketHandle, const base::SocketAddress&,
            std::span<const uint8_t> datagram) override {
    ++packets;
    bytes += datagram.size();
  }
  size_t packets = 0, bytes = 0;
};

// What `make` gives is used one by one; only using it is timed.
template <class Make, class Use>
void in_batches(benchmark::State& state, Make make, Use use) {
  decltype(make()) batch;
  while (state.KeepRunningBatch(kBatch)) {
    state.PauseTiming();
    batch = make();
    state.ResumeTiming();
    for (auto& one : batch) use(one);
  }
}

// One packet of the first party through the worker.
void carry(benchmark::State& state, Call call) {
  CountingSink sink;
  size_t carried = 0;
  in_batches(
      state, [&] { return spoken(call); },
      [&](Datagram& one) {
        call.receive(one.buffer, one.length, sink);
        ++carried;
      });
  if (sink.packets + 2 < carried) state.SkipWithError("packets were lost");
  state.SetItemsProcessed(static_cast<int64_t>(carried));
}

void relay_rtp_to_rtp(benchmark::State& state) { carry(state, {phone, kPcmu, phone, kPcmu}); }
void relay_rtp_to_srtp(benchmark::State& state) { carry(state, {phone, kPcmu, browser, kPcmu}); }
void relay_srtp_to_rtp(benchmark::State& state) { carry(state, {browser, kPcmu, phone, kPcmu}); }
void transcode_opus_to_pcmu(benchmark::State& state) { carry(state, {phone, kOpus, phone, kPcmu}); }
void transcode_pcmu_to_opus(benchmark::State& state) { carry(state, {phone, kPcmu, phone, kOpus}); }

// As many calls as a server has, a packet of each in turn: what it needs of every call has to come
// from beyond the nearest cache. A packet lies where the one before it lay, as a batch's do.
constexpr size_t kCalls = 400;
using Waiting = std::vector<std::vector<uint8_t>>;

class OneBuffer {
 public:
  std::span<uint8_t> take(std::span<const uint8_t> datagram) {
    std::memcpy(buffer_.data(), datagram.data(), datagram.size());
    return buffer_;
  }

 private:
  std::array<uint8_t, graph::kMaxDatagram + graph::kTailroom> buffer_;
};

struct Crowd {
  Crowd() {
    for (size_t i = 0; i < kCalls; ++i) {
      browsers.push_back(&browser(rig, kPcmu));
      phones.push_back(&phone(rig, kPcmu));
      rig.bridge(*browsers[i], *phones[i]);
    }
    rig.run(2s);
  }
  Waiting speak(const std::vector<Party*>& parties) {
    Waiting out;
    for (Party* const party : parties) {
      out.push_back(party->talker.speak());
      if (!party->client) continue;
      party->client->send_rtp(out.back());
      out.back() = party->client->poll().value().bytes;
    }
    rig.run(20ms);
    return out;
  }

  Rig rig;
  std::vector<Party*> browsers, phones;
};

void carry_in_turn(benchmark::State& state, std::vector<Party*> Crowd::*from) {
  static Crowd crowd;
  const auto& parties = crowd.*from;
  OneBuffer buffer;
  CountingSink sink;
  size_t carried = 0;
  while (state.KeepRunningBatch(kCalls)) {
    state.PauseTiming();
    const Waiting waiting = crowd.speak(parties);
    state.ResumeTiming();
    for (size_t i = 0; i < kCalls; ++i) {
      const Party& party = *parties[i];
      crowd.rig.worker.receive(party.client ? graph::kSharedSocket : party.sockets.rtp,
                               party.address, buffer.take(waiting[i]), waiting[i].size(),
                               crowd.rig.now, sink);
    }
    carried += kCalls;
  }
  if (sink.packets < carried) state.SkipWithError("packets were lost");
}
void relay_in_turn_rtp_to_srtp(benchmark::State& state) { carry_in_turn(state, &Crowd::phones); }
void relay_in_turn_srtp_to_rtp(benchmark::State& state) { carry_in_turn(state, &Crowd::browsers); }

void bare_in_turn(benchmark::State& state, bool protect) {
  std::vector<Association> all;
  for (size_t i = 0; i < kCalls; ++i) all.push_back(Association::create());
  OneBuffer buffer;
  uint16_t sequence = 0;
  while (state.KeepRunningBatch(kCalls)) {
    state.PauseTiming();
    Waiting waiting;
    ++sequence;
    for (Association& one : all) {
      auto packet = rtp_packet(sequence);
      const size_t size = protect ? kRtpPacket : one.sender.protect_rtp(packet, kRtpPacket).value();
      waiting.emplace_back(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size));
    }
    state.ResumeTiming();
    for (size_t i = 0; i < kCalls; ++i) {
      const auto bytes = buffer.take(waiting[i]);
      const size_t size = waiting[i].size();
      if (protect) benchmark::DoNotOptimize(all[i].sender.protect_rtp(bytes, size));
      else benchmark::DoNotOptimize(all[i].receiver.unprotect_rtp(bytes.first(size)));
    }
  }
}
void bare_in_turn_protect(benchmark::State& state) { bare_in_turn(state, true); }
void bare_in_turn_unprotect(benchmark::State& state) { bare_in_turn(state, false); }

// Workers share nothing: two carry twice what one does. Real time of all together, per packet. Each
// thread makes its packets itself, so that they lie in the cache of the core that carries them.
struct Place {
  void speak(int batches) {
    batch.clear();
    for (int i = 0; i < batches; ++i)
      for (Datagram& one : spoken(call)) batch.push_back(std::move(one));
  }
  void carry() {
    for (Datagram& one : batch) call.receive(one.buffer, one.length, sink);
  }

  Call call{phone, kPcmu, browser, kPcmu};
  std::vector<Datagram> batch;
  CountingSink sink;
};

void relay_on_workers(benchmark::State& state) {
  using Clock = std::chrono::steady_clock;
  const auto workers = static_cast<size_t>(state.range(0));
  constexpr int kRounds = 50, kBatches = 20;
  std::vector<std::unique_ptr<Place>> places;
  for (size_t i = 0; i < workers; ++i) places.push_back(std::make_unique<Place>());
  for (auto _ : state) {
    std::atomic<size_t> arrived = 0;
    std::vector<Clock::duration> took(workers);
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < workers; ++i)
      threads.emplace_back([&, i] {
        for (size_t round = 1; round <= kRounds; ++round) {
          places[i]->speak(kBatches);
          // Together, and nobody sleeps: waking a thread takes as long as the work.
          ++arrived;
          while (arrived < workers * round) continue;
          const auto began = Clock::now();
          places[i]->carry();
          took[i] += Clock::now() - began;
        }
      });
    threads.clear();
    const std::chrono::duration<double> longest = std::ranges::max(took);
    state.SetIterationTime(longest.count() /
                           static_cast<double>(kRounds * kBatches * kBatch * workers));
  }
}

void bare_protect(benchmark::State& state) {
  auto association = Association::create();
  uint16_t sequence = 0;
  in_batches(
      state,
      [&] {
        std::vector<decltype(rtp_packet(0))> batch;
        for (int i = 0; i < kBatch; ++i) batch.push_back(rtp_packet(++sequence));
        return batch;
      },
      [&](auto& one) {
        benchmark::DoNotOptimize(association.sender.protect_rtp(one, kRtpPacket));
      });
}

void bare_unprotect(benchmark::State& state) {
  auto association = Association::create();
  uint16_t sequence = 0;
  size_t size = 0;
  in_batches(
      state,
      [&] {
        std::vector<decltype(rtp_packet(0))> batch;
        for (int i = 0; i < kBatch; ++i) {
          batch.push_back(rtp_packet(++sequence));
          size = association.sender.protect_rtp(batch.back(), kRtpPacket).value();
        }
        return batch;
      },
      [&](auto& one) {
        benchmark::DoNotOptimize(association.receiver.unprotect_rtp(std::span(one).first(size)));
      });
}

// The codec calls that carrying one of the talker's packets needs, and nothing else.
void bare_transcode(benchmark::State& state, negotiation::Format from, codec::Kind decoder_kind,
                    codec::Kind encoder_kind) {
  graph::testing::Talker talker(speaking(from));
  const auto decoder = codec::make_decoder(decoder_kind, 8000).value();
  const auto encoder = codec::make_encoder(encoder_kind, 8000).value();
  std::array<int16_t, codec::kMaxFrameSamples> samples;
  std::array<uint8_t, 1500> out;
  in_batches(
      state,
      [&] {
        std::vector<std::vector<uint8_t>> batch;
        for (int i = 0; i < kBatch; ++i) batch.push_back(talker.speak());
        return batch;
      },
      [&](const auto& one) {
        const auto payload = std::span(one).subspan(rtp::kFixedHeaderSize);
        const size_t count = decoder->decode(payload, samples).value();
        benchmark::DoNotOptimize(encoder->encode(std::span(samples).first(count), out));
      });
}
void bare_transcode_opus_to_pcmu(benchmark::State& state) {
  bare_transcode(state, kOpus, codec::Kind::opus, codec::Kind::pcmu);
}
void bare_transcode_pcmu_to_opus(benchmark::State& state) {
  bare_transcode(state, kPcmu, codec::Kind::pcmu, codec::Kind::opus);
}

}  // namespace

BENCHMARK(bare_protect);
BENCHMARK(relay_rtp_to_srtp);
BENCHMARK(bare_unprotect);
BENCHMARK(relay_srtp_to_rtp);
BENCHMARK(relay_rtp_to_rtp);
BENCHMARK(bare_in_turn_protect);
BENCHMARK(relay_in_turn_rtp_to_srtp);
BENCHMARK(bare_in_turn_unprotect);
BENCHMARK(relay_in_turn_srtp_to_rtp);
BENCHMARK(bare_transcode_opus_to_pcmu);
BENCHMARK(transcode_opus_to_pcmu);
BENCHMARK(bare_transcode_pcmu_to_opus);
BENCHMARK(transcode_pcmu_to_opus);
// By count: the library would repeat until the times per packet, told by hand, add up.
BENCHMARK(relay_on_workers)->Arg(1)->Arg(2)->Iterations(2)->UseManualTime();
