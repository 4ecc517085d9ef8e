#include "media/graph/incoming.h"

#include "media/graph/format.h"

namespace viaduct::graph {

namespace {
// An offer may list hundreds of formats; nobody uses more than a handful.
constexpr size_t kMaxFormats = 64;

// RFC 3389 §4: comfort noise is 13 by itself, and some phones send it unasked.
constexpr uint8_t kComfortNoise = 13;

// Says that silence follows: comfort noise, or the one or two bytes of an Opus DTX frame (RFC 7587
// §3.1.3).
bool announces_silence(const negotiation::Codec& codec, const rtp::Packet& packet) {
  if (codec.encoding == negotiation::Encoding::comfort_noise) return true;
  return codec.encoding == negotiation::Encoding::opus && packet.payload.size() <= 2;
}
}  // namespace

void Incoming::apply(const negotiation::AudioAgreement& agreement) {
  formats_ = agreement.receive;
  if (agreement.dtmf_receive) formats_.insert(formats_.begin(), *agreement.dtmf_receive);
  if (formats_.size() > kMaxFormats) formats_.resize(kMaxFormats);
  by_payload_type_.fill(kNone);
  for (size_t i = 0; i < formats_.size(); ++i)
    if (formats_[i].payload_type < by_payload_type_.size())
      by_payload_type_[formats_[i].payload_type] = static_cast<int8_t>(i);
  last_format_ = nullptr;
  receives_ = negotiation::receives(agreement.direction);
  expects_ = agreement.direction == negotiation::Direction::sendrecv;
  if (agreement.dtmf_receive && agreement.dtmf_receive->codec.clock_rate > 0)
    digits_.set_clock_rate(agreement.dtmf_receive->codec.clock_rate);
}

std::optional<Heard> Incoming::accept(std::span<uint8_t> bytes, base::TimePoint now) {
  auto packet = rtp::Packet::parse(bytes);
  if (!packet) {
    ++malformed_;
    return std::nullopt;
  }
  const negotiation::Format* const format = format_of(packet->header.payload_type);
  if (!format) {
    reject_payload_type(packet->header.payload_type, now);
    return std::nullopt;
  }
  if (!receives_) return std::nullopt;  // on hold: the far side need not know yet
  const negotiation::Codec& codec = format->codec;
  if (codec.clock_rate != clock_rate_ && codec.clock_rate > 0) {
    clock_rate_ = codec.clock_rate;
    receiver_.set_clock_rate(clock_rate_);
  }
  const rtp::Arrival arrival = receiver_.receive(*packet, now);
  if (arrival == rtp::Arrival::duplicate || arrival == rtp::Arrival::unproven) return std::nullopt;
  changed_ |= watch_.packet(announces_silence(codec, *packet), now);
  last_format_ = format;
  Heard heard{bytes, *packet, nullptr, arrival == rtp::Arrival::restarted};
  if (heard.restarted) {
    digits_.restart();
    changed_ = true;
  }
  if (codec.encoding == negotiation::Encoding::telephone_event) receive_event(*packet, now);
  else if (kind_of(codec) && !packet->payload.empty()) heard.codec = &codec;
  return heard;
}

const negotiation::Format* Incoming::format_of(uint8_t payload_type) const {
  const int8_t index = by_payload_type_[payload_type & 127];
  return index == kNone ? nullptr : &formats_[static_cast<size_t>(index)];
}

void Incoming::reject_payload_type(uint8_t payload_type, base::TimePoint now) {
  if (payload_type == kComfortNoise) {
    if (receives_) changed_ |= watch_.packet(true, now);
    return;
  }
  ++unknown_payload_type_;
  last_unknown_ = payload_type;
}

void Incoming::receive_event(const rtp::Packet& packet, base::TimePoint now) {
  const auto event = rtp::parse_telephone_event(packet.payload);
  if (!event) {
    ++malformed_;
    return;
  }
  digits_.receive(*event, packet.header.timestamp, now);
  changed_ = true;
}

std::optional<Incoming::Digit> Incoming::poll_digit() {
  while (const auto event = digits_.poll()) {
    const auto* ended = std::get_if<rtp::EventEnded>(&*event);
    if (!ended) continue;
    if (const auto digit = rtp::digit_of_event(ended->event)) return Digit{*digit, ended->length};
  }
  return std::nullopt;
}

ReceivedStats Incoming::stats() const {
  const rtp::ReceiverStats line = receiver_.stats();
  ReceivedStats out;
  out.expected_since = watch_.expected_since();
  out.packets = line.packets;
  out.bytes = line.bytes;
  out.lost = line.lost;
  out.late = line.late;
  out.duplicates = line.duplicates;
  out.jitter_ms = std::chrono::duration<double, std::milli>(receiver_.jitter()).count();
  if (last_format_) out.coding = Coding{last_format_->codec, last_format_->payload_type};
  out.comfort_noise = watch_.in_silence();
  out.last_packet = watch_.last_packet();
  out.rejected.unknown_payload_type = unknown_payload_type_;
  out.rejected.malformed = malformed_;
  out.unknown_payload_type = last_unknown_;
  return out;
}

}  // namespace viaduct::graph
