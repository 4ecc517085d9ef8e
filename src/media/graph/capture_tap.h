// CaptureTap: copies of one session's packets on their way from the worker to whoever writes them
// down. Bounded: what the writer does not take in time is counted, never waited for.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "base/address.h"
#include "base/spsc_queue.h"
#include "base/time.h"

namespace viaduct::graph {

struct CaptureOptions {
  bool decrypted = false;     // SRTP taken off; else datagrams as they are on the wire
  bool headers_only = false;  // RTP only, and of it header and extensions
  base::TimePoint until{};
};

struct CapturedPacket {
  static constexpr size_t kLongest = 1500;  // an Ethernet frame's worth; longer ones are cut

  base::TimePoint at{};
  base::SocketAddress from, to;
  uint16_t length = 0;  // on the wire
  uint16_t kept = 0;    // of it, in `bytes`
  std::array<uint8_t, kLongest> bytes;
};

class CaptureTap {
 public:
  // `local`: where the session's RTP is reached; RTCP that is not multiplexed is one port higher.
  CaptureTap(CaptureOptions options, base::SocketAddress local)
      : options_(options), local_(local), queue_(kCapacity) {}

  // --- the worker ---
  bool decrypted() const { return options_.decrypted; }
  bool over(base::TimePoint now) const { return now >= options_.until; }
  void received(std::span<const uint8_t> packet, const base::SocketAddress& from, bool rtcp_port,
                base::TimePoint now) {
    add(packet, from, local(rtcp_port), now);
  }
  void sent(std::span<const uint8_t> packet, const base::SocketAddress& to, bool rtcp_port,
            base::TimePoint now) {
    add(packet, local(rtcp_port), to, now);
  }
  void finish() { finished_.store(true, std::memory_order_release); }

  // --- the writer ---
  // True: what take() still gives is all there will be.
  bool finished() const { return finished_.load(std::memory_order_acquire); }
  std::optional<CapturedPacket> take() { return queue_.pop(); }
  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

 private:
  // A fifth of a second of a call, both ways with RTCP; the writer looks far more often.
  static constexpr size_t kCapacity = 64;

  base::SocketAddress local(bool rtcp_port) const {
    return {local_.ip, static_cast<uint16_t>(local_.port + (rtcp_port ? 1 : 0))};
  }
  void add(std::span<const uint8_t> packet, const base::SocketAddress& from,
           const base::SocketAddress& to, base::TimePoint now);

  const CaptureOptions options_;
  const base::SocketAddress local_;
  base::SpscQueue<CapturedPacket> queue_;
  std::atomic<uint64_t> dropped_{0};
  std::atomic<bool> finished_{false};
};

}  // namespace viaduct::graph
