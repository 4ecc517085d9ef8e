#include "media/graph/incoming.h"

#include "media/graph/format.h"

namespace viaduct::graph {

namespace {
// An offer may list hundreds of formats; nobody uses more than a handful.
constexpr size_t kMaxFormats = 64;
}  // namespace

void Incoming::apply(const negotiation::AudioAgreement& agreement) {
  formats_ = agreement.receive;
  if (agreement.dtmf_receive) formats_.insert(formats_.begin(), *agreement.dtmf_receive);
  if (formats_.size() > kMaxFormats) formats_.resize(kMaxFormats);
  by_payload_type_.fill(kNone);
  for (size_t i = 0; i < formats_.size(); ++i)
    if (formats_[i].payload_type < by_payload_type_.size())
      by_payload_type_[formats_[i].payload_type] = static_cast<int8_t>(i);
  receives_ = negotiation::receives(agreement.direction);
  if (agreement.dtmf_receive && agreement.dtmf_receive->codec.clock_rate > 0)
    digits_.set_clock_rate(agreement.dtmf_receive->codec.clock_rate);
}

std::optional<Heard> Incoming::accept(std::span<uint8_t> bytes, base::TimePoint now) {
  auto packet = rtp::Packet::parse(bytes);
  if (!packet || by_payload_type_[packet->header.payload_type & 127] == kNone) {
    ++rejected_;
    return std::nullopt;
  }
  if (!receives_) return std::nullopt;  // on hold: the far side need not know yet
  const auto index = static_cast<size_t>(by_payload_type_[packet->header.payload_type & 127]);
  const negotiation::Codec& codec = formats_[index].codec;
  if (codec.clock_rate != clock_rate_ && codec.clock_rate > 0) {
    clock_rate_ = codec.clock_rate;
    receiver_.set_clock_rate(clock_rate_);
  }
  const rtp::Arrival arrival = receiver_.receive(*packet, now);
  if (arrival == rtp::Arrival::duplicate || arrival == rtp::Arrival::unproven) return std::nullopt;
  Heard heard{bytes, *packet, nullptr, arrival == rtp::Arrival::restarted};
  if (heard.restarted) digits_.restart();
  if (codec.encoding == negotiation::Encoding::telephone_event) receive_event(*packet, now);
  else if (kind_of(codec) && !packet->payload.empty()) heard.codec = &codec;
  return heard;
}

void Incoming::receive_event(const rtp::Packet& packet, base::TimePoint now) {
  const auto event = rtp::parse_telephone_event(packet.payload);
  if (!event) {
    ++rejected_;
    return;
  }
  digits_.receive(*event, packet.header.timestamp, now);
}

std::optional<Incoming::Digit> Incoming::poll_digit() {
  while (const auto event = digits_.poll()) {
    const auto* ended = std::get_if<rtp::EventEnded>(&*event);
    if (!ended) continue;
    if (const auto digit = rtp::digit_of_event(ended->event)) return Digit{*digit, ended->length};
  }
  return std::nullopt;
}

}  // namespace viaduct::graph
