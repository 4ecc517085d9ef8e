#include "signalling/negotiation/remote_description.h"

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "signalling/negotiation/codec_names.h"
#include "signalling/negotiation/remote_transport.h"

namespace viaduct::negotiation {
namespace {

using base::Errc;
using base::Error;
using base::Result;
using std::chrono::milliseconds;

constexpr Error kNoAudio{Errc::unsupported, "no audio section we could use"};
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

Result<RemoteAudio> read_audio(const sdp::Description& description, size_t index,
                               TransportKind transport, const NegotiatorOptions& options) {
  const sdp::Media& media = description.media[index];
  const TransportView view(description, index);
  if (!base::iequals(media.kind, "audio") || !view.is_alive() || view.kind() != transport)
    return kNoAudio;
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
  if (transport == TransportKind::webrtc) {
    out.setup = sdp::parse_setup(view.value("setup").value_or(""));
    out.webrtc = view.webrtc(options);
  } else {
    out.plain = view.plain();
    if (view.is_held_by_address()) out.direction = without_receiving(out.direction);
  }
  return out;
}

}  // namespace

Result<RemoteDescription> read_offer(const sdp::Description& offer, TransportKind transport,
                                     size_t last_index, const NegotiatorOptions& options) {
  auto sections = sections_of(offer);
  if (!sections) return sections.error();
  std::vector<size_t> order;
  if (last_index < offer.media.size()) order.push_back(last_index);
  for (size_t i = 0; i < offer.media.size(); ++i)
    if (i != last_index) order.push_back(i);
  Error error = kNoAudio;
  for (size_t index : order) {
    auto audio = read_audio(offer, index, transport, options);
    if (audio) return RemoteDescription{std::move(*sections), std::move(*audio)};
    if (error == kNoAudio && audio.error().what == kNoCodec.what) error = kNoCodec;
  }
  return error;
}

Result<RemoteDescription> read_answer(const sdp::Description& answer, TransportKind transport,
                                      size_t index, const NegotiatorOptions& options) {
  auto sections = sections_of(answer);
  if (!sections) return sections.error();
  if (index >= answer.media.size()) return Error{Errc::malformed, "answer without our m= line"};
  auto audio = read_audio(answer, index, transport, options);
  if (!audio) return audio.error();
  return RemoteDescription{std::move(*sections), std::move(*audio)};
}

Result<TransportKind> offered_transport(std::string_view offer) {
  const auto description = sdp::parse(offer);
  if (!description) return description.error();
  for (size_t i = 0; i < description->media.size(); ++i) {
    const TransportView view(*description, i);
    if (!base::iequals(description->media[i].kind, "audio") || !view.is_alive()) continue;
    if (const auto kind = view.kind()) return *kind;
  }
  return kNoAudio;
}

}  // namespace viaduct::negotiation
