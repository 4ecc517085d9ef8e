#include "signalling/negotiation/remote_description.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "signalling/negotiation/codec_names.h"
#include "signalling/negotiation/remote_protection.h"
#include "signalling/negotiation/remote_transport.h"

namespace viaduct::negotiation {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using std::chrono::milliseconds;

constexpr Error kNoAudio{Errc::unsupported, "no audio section we could use"};
constexpr Error kGroup{Errc::unsupported, "media to a multicast or broadcast address"};
constexpr Error kNoCodec{Errc::unsupported, kNoCommonCodec};

bool is_visible_ascii(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

Result<std::vector<Section>> sections_of(const sdp::Description& description) {
  std::vector<Section> out;
  for (const sdp::Media& media : description.media) {
    if (!is_visible_ascii(media.kind) || !is_visible_ascii(media.protocol) ||
        !is_visible_ascii(media.formats.front()))
      return Error{Errc::malformed, "m= line is not ASCII"};
    Section section{media.kind, media.protocol, media.formats.front(), {}, false};
    const std::string_view mid = sdp::value_of(media.attributes, "mid").value_or("");
    if (is_visible_ascii(mid)) {
      section.mid = mid;
      section.bundled = bundle_of(description, mid).has_value();
    }
    out.push_back(std::move(section));
  }
  return out;
}

// "20", also "20.0" and "20 ms" as some write it. 10-60 in steps of 10: no codec of ours has less.
milliseconds ptime_of(const sdp::Media& media) {
  const auto read = [&](std::string_view name) -> int64_t {
    std::string_view text = sdp::value_of(media.attributes, name).value_or("");
    text = text.substr(0, text.find_first_not_of("0123456789"));
    return base::parse_number<uint32_t>(text).value_or(0);
  };
  int64_t wanted = read("ptime");
  const int64_t most = read("maxptime");
  if (wanted == 0) wanted = 20;
  if (most != 0) wanted = std::min(wanted, most);
  return milliseconds(std::clamp<int64_t>(wanted / 10 * 10, 10, 60));
}

Direction direction_of(const sdp::Description& description, const sdp::Media& media) {
  auto name = sdp::direction_of(media.attributes);
  if (!name) name = sdp::direction_of(description.attributes);
  if (name == "sendonly") return Direction::sendonly;
  if (name == "recvonly") return Direction::recvonly;
  if (name == "inactive") return Direction::inactive;
  return Direction::sendrecv;
}

Direction without_receiving(Direction direction) {
  return sends(direction) ? Direction::sendonly : Direction::inactive;
}

void read_formats(const sdp::Media& media, RemoteAudio& audio) {
  for (const std::string& text : media.formats) {
    const auto number = base::parse_number<uint8_t>(text);
    if (!number || *number >= kPayloadTypes) continue;
    audio.payload_types.set(*number);
    const auto codec = codec_of(media, *number);
    if (!codec || std::ranges::find(audio.formats, *codec, &Format::codec) != audio.formats.end())
      continue;
    // A number listed twice keeps its first meaning.
    if (std::ranges::find(audio.formats, *number, &Format::payload_type) != audio.formats.end())
      continue;
    audio.formats.push_back({*number, *codec, std::string(sdp::fmtp_of(media, *number))});
  }
}

bool is_audio(const sdp::Media& media, const TransportView& view) {
  return base::iequals(media.kind, "audio") && view.is_alive() && view.profile() != Profile::other;
}

// All but the transport.
Result<RemoteAudio> read_audio(const sdp::Description& description, size_t index,
                               const TransportView& view) {
  const sdp::Media& media = description.media[index];
  RemoteAudio out;
  out.index = index;
  read_formats(media, out);
  const auto is_codec = [](const Format& format) {
    return format.codec.encoding != Encoding::telephone_event;
  };
  if (std::ranges::none_of(out.formats, is_codec)) return kNoCodec;
  out.direction = direction_of(description, media);
  out.ptime = ptime_of(media);
  out.rtcp_mux = view.has("rtcp-mux");
  out.setup = sdp::parse_setup(view.value("setup").value_or(""));
  return out;
}

Result<void> read_plain(const TransportView& view, Result<RemoteProtection> protection,
                        RemoteAudio& audio) {
  if (!protection) return protection.error();
  if (view.is_group_address()) return kGroup;
  audio.plain = view.plain();
  audio.plain->protection = std::move(protection->value);
  audio.crypto_tag = protection->crypto_tag;
  if (view.is_held_by_address()) audio.direction = without_receiving(audio.direction);
  return {};
}

Result<RemoteAudio> read_offered(const sdp::Description& offer, size_t index,
                                 const OfferReader& reader, const NegotiatorOptions& options) {
  const TransportView view(offer, index);
  const auto* plain = std::get_if<LocalPlain>(&reader.local);
  const auto kind = view.kind();
  // Who has ICE can do without it (RFC 8839 §4.2.5), not the other way round.
  const bool fits = plain ? kind.has_value() : kind == TransportKind::webrtc;
  if (!is_audio(offer.media[index], view) || !fits) return kNoAudio;
  auto out = read_audio(offer, index, view);
  if (!out) return out;
  if (!plain) {
    out->webrtc = view.webrtc(options);
    return out;
  }
  auto protection = offered_protection(view, *plain, reader.suites, options);
  if (const auto read = read_plain(view, std::move(protection), *out); !read) return read.error();
  return out;
}

// In which order sections are tried: phones that can do without encryption write one section with
// it and one without, in any order.
std::vector<size_t> order_of(const sdp::Description& offer, std::optional<size_t> last_index) {
  std::vector<size_t> out;
  if (last_index && *last_index < offer.media.size()) out.push_back(*last_index);
  for (const bool encrypted : {true, false})
    for (size_t i = 0; i < offer.media.size(); ++i)
      if (i != last_index && (TransportView(offer, i).profile() != Profile::avp) == encrypted)
        out.push_back(i);
  return out;
}

}  // namespace

Result<RemoteDescription> read_offer(const sdp::Description& offer, const OfferReader& reader,
                                     const NegotiatorOptions& options) {
  auto sections = sections_of(offer);
  if (!sections) return sections.error();
  Error error = kNoAudio;
  for (size_t index : order_of(offer, reader.last_index)) {
    auto audio = read_offered(offer, index, reader, options);
    if (audio) return RemoteDescription{std::move(*sections), std::move(*audio)};
    if (error.what == kNoAudio.what) error = audio.error();  // the first that says more
  }
  return error;
}

Result<RemoteDescription> read_answer(const sdp::Description& answer, const OfferMade& offer,
                                      const NegotiatorOptions& options) {
  auto sections = sections_of(answer);
  if (!sections) return sections.error();
  if (offer.index >= answer.media.size())
    return Error{Errc::malformed, "answer without our m= line"};
  const TransportView view(answer, offer.index);
  const bool webrtc = offer.kind == TransportKind::webrtc;
  if (!is_audio(answer.media[offer.index], view) ||
      (webrtc && view.kind() != TransportKind::webrtc))
    return kNoAudio;
  auto audio = read_audio(answer, offer.index, view);
  if (!audio) return audio.error();
  if (webrtc) {
    audio->webrtc = view.webrtc(options);
  } else {
    auto protection = answered_protection(view, offer.encryption, offer.suites, options);
    if (const auto read = read_plain(view, std::move(protection), *audio); !read)
      return read.error();
  }
  return RemoteDescription{std::move(*sections), std::move(*audio)};
}

Result<TransportKind> offered_transport(std::string_view offer) {
  const auto description = sdp::parse(offer);
  if (!description) return description.error();
  for (size_t i : order_of(*description, std::nullopt)) {
    const TransportView view(*description, i);
    if (!base::iequals(description->media[i].kind, "audio") || !view.is_alive()) continue;
    const auto kind = view.kind();
    if (!kind) continue;
    // Our shared port has no second component: RTCP apart needs a port pair, and goes without ICE
    // where the description says where to.
    const bool apart = !view.has("rtcp-mux") && view.plain().rtp.port != 0;
    return apart ? TransportKind::plain : *kind;
  }
  return kNoAudio;
}

}  // namespace viaduct::negotiation
