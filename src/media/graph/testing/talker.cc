#include "media/graph/testing/talker.h"

#include <algorithm>
#include <array>

#include "media/audio/testing/tone_measure.h"
#include "media/graph/format.h"

namespace viaduct::graph::testing {

Talker::Talker(TalkerOptions options)
    : options_(std::move(options)),
      rate_(natural_rate(options_.format.codec)),
      encoder_(codec::make_encoder(*kind_of(options_.format.codec), rate_).value()),
      decoder_(codec::make_decoder(*kind_of(options_.format.codec), rate_).value()) {
  encoder_->expect_loss(options_.told_loss);
}

std::vector<uint8_t> Talker::packet(uint8_t payload_type, bool marker, uint32_t timestamp,
                                    std::span<const uint8_t> payload) {
  const auto header =
      rtp::encode(rtp::Header{marker, payload_type, sequence_++, {timestamp}, options_.ssrc});
  std::vector<uint8_t> out(header.size() + payload.size());
  std::copy(header.begin(), header.end(), out.begin());
  std::copy(payload.begin(), payload.end(), out.begin() + header.size());
  return out;
}

std::vector<uint8_t> Talker::speak() {
  const size_t samples = rate_ * static_cast<size_t>(options_.ptime.count()) / 1000;
  const auto sound = audio::testing::sine(options_.hz, options_.dbov, rate_, samples,
                                          static_cast<size_t>(spoken_));
  spoken_ += samples;
  std::array<uint8_t, 1500> payload;
  const size_t size = encoder_->encode(sound, payload).value();
  auto out = packet(options_.format.payload_type, std::exchange(marker_, false), timestamp_,
                    std::span(payload).first(size));
  timestamp_ += static_cast<uint32_t>(samples * options_.format.codec.clock_rate / rate_);
  return out;
}

void Talker::pause(std::chrono::milliseconds duration) {
  timestamp_ += options_.format.codec.clock_rate / 1000 * static_cast<uint32_t>(duration.count());
  spoken_ += rate_ / 1000 * static_cast<uint64_t>(duration.count());
  marker_ = true;
}

std::vector<uint8_t> Talker::event_packet(uint8_t event, bool end, uint16_t duration, bool first) {
  const uint8_t payload[] = {event, static_cast<uint8_t>((end ? 0x80 : 0) | 10),
                             static_cast<uint8_t>(duration >> 8), static_cast<uint8_t>(duration)};
  return packet(options_.dtmf->payload_type, first, timestamp_, payload);
}

void Talker::start_anew(uint32_t ssrc) {
  options_.ssrc = ssrc;
  sequence_ = 777;
  timestamp_ = 123456789;
  marker_ = true;
}

void Talker::hear(std::span<const uint8_t> bytes) {
  const auto packet = rtp::Packet::parse(bytes).value();
  headers_.push_back(packet.header);
  last_payload_.assign(packet.payload.begin(), packet.payload.end());
  if (options_.dtmf && packet.header.payload_type == options_.dtmf->payload_type) {
    events_.push_back(last_payload_);
    return;
  }
  if (packet.header.payload_type != options_.format.payload_type) return;
  std::array<int16_t, codec::kMaxFrameSamples> samples;
  const auto decoded = decoder_->decode(packet.payload, samples);
  if (!decoded) {
    ++undecodable_;
    return;
  }
  const size_t count = *decoded;
  if (!first_heard_) first_heard_ = packet.header.timestamp.value;
  const uint32_t ticks = packet.header.timestamp.value - *first_heard_;
  const uint64_t at = uint64_t{ticks} * rate_ / options_.format.codec.clock_rate;
  if (at > uint64_t{rate_} * 600) return;  // a time line of ten minutes is enough for any test
  heard_.resize(std::max<size_t>(heard_.size(), at + count));
  std::copy_n(samples.begin(), count, heard_.begin() + static_cast<ptrdiff_t>(at));
}

void Talker::forget() {
  headers_.clear();
  heard_.clear();
  events_.clear();
  first_heard_.reset();
}

}  // namespace viaduct::graph::testing
