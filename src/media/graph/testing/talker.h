// Talker: one far side's audio. Speaks a tone in RTP packets and keeps what it hears on a time
// line, holes as silence, so that tests can measure both.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "media/codec/codec.h"
#include "signalling/negotiation/types.h"
#include "transport/rtp/packet.h"

namespace viaduct::graph::testing {

struct TalkerOptions {
  negotiation::Format format{0, negotiation::kPcmu, ""};
  std::optional<negotiation::Format> dtmf;  // telephone-event in both directions
  double hz = 1000;                         // 0: silent, sends nothing
  double dbov = -20;
  std::chrono::milliseconds ptime{20};
  uint32_t ssrc = 0x11223344;
  int told_loss = 0;  // per cent that its far side reports to lose: redundancy follows
};

class Talker {
 public:
  explicit Talker(TalkerOptions options);

  const TalkerOptions& options() const { return options_; }

  // The next packet of its tone.
  std::vector<uint8_t> speak();
  // Time passes without a packet: the timestamp goes on, the sequence does not.
  void pause(std::chrono::milliseconds duration);
  // A telephone-event packet: takes a sequence number.
  std::vector<uint8_t> event_packet(uint8_t event, bool end, uint16_t duration, bool first);
  // Another stream from now on: new SSRC, sequence and timestamps.
  void start_anew(uint32_t ssrc);

  void hear(std::span<const uint8_t> rtp);

  // From the first packet heard; at rate().
  std::span<const int16_t> heard() const { return heard_; }
  uint32_t rate() const { return rate_; }
  // Of all packets heard, in order of arrival.
  const std::vector<rtp::Header>& headers() const { return headers_; }
  // Payloads of telephone-events heard.
  const std::vector<std::vector<uint8_t>>& events() const { return events_; }
  std::span<const uint8_t> last_payload() const { return last_payload_; }
  // Packets whose payload was none: a relay passes on what it gets.
  size_t undecodable() const { return undecodable_; }
  void forget();  // what was heard so far

 private:
  std::vector<uint8_t> packet(uint8_t payload_type, bool marker, uint32_t timestamp,
                              std::span<const uint8_t> payload);

  TalkerOptions options_;
  uint32_t rate_;
  std::unique_ptr<codec::Encoder> encoder_;
  std::unique_ptr<codec::Decoder> decoder_;
  uint64_t spoken_ = 0;  // samples
  uint16_t sequence_ = 65500;
  uint32_t timestamp_ = 0xfffff000;
  bool marker_ = true;

  std::vector<rtp::Header> headers_;
  std::optional<uint32_t> first_heard_;
  std::vector<int16_t> heard_;
  std::vector<std::vector<uint8_t>> events_;
  std::vector<uint8_t> last_payload_;
  size_t undecodable_ = 0;
};

}  // namespace viaduct::graph::testing
