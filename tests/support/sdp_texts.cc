#include "support/sdp_texts.h"

#include <algorithm>

#include "base/ascii.h"
#include "signalling/sdp/attributes.h"
#include "signalling/sdp/crypto.h"
#include "signalling/sdp/description.h"

namespace viaduct::support {
namespace {

using negotiation::Codec;
using negotiation::Encoding;

constexpr std::string_view kPhoneSuite = "AES_CM_128_HMAC_SHA1_80";

bool is_events(const Format& format) { return format.codec.encoding == Encoding::telephone_event; }

std::optional<Codec> codec_of(const sdp::RtpMap& map) {
  for (const Encoding encoding :
       {Encoding::opus, Encoding::pcmu, Encoding::pcma, Encoding::g722, Encoding::telephone_event})
    if (base::iequals(negotiation::encoding_name(encoding), map.name))
      return Codec{encoding, map.clock_rate, map.channels.value_or(1)};
  return std::nullopt;
}

void print_transport(std::string& out, const LocalMedia& local, std::string_view setup) {
  out += "a=ice-ufrag:" + local.ufrag + "\r\na=ice-pwd:" + local.password +
         "\r\na=fingerprint:" + local.fingerprint + "\r\na=setup:" + std::string(setup) +
         "\r\na=mid:0\r\na=rtcp-mux\r\n";
  if (local.names_candidates)
    out += "a=candidate:1 1 udp 2122260223 " + local.address.ip.str() + " " +
           std::to_string(local.address.port) + " typ host\r\n";
}

}  // namespace

std::vector<Format> phone_formats() {
  return {{0, negotiation::kPcmu, ""},
          {8, negotiation::kPcma, ""},
          {101, {Encoding::telephone_event, 8000, 1}, "0-15"}};
}

std::vector<Format> browser_formats() {
  return {{111, negotiation::kOpus, "minptime=10;useinbandfec=1"},
          {0, negotiation::kPcmu, ""},
          {8, negotiation::kPcma, ""},
          {110, {Encoding::telephone_event, 48000, 1}, ""},
          {126, {Encoding::telephone_event, 8000, 1}, ""}};
}

std::string print_sdp(const LocalMedia& local, const std::vector<Format>& formats,
                      std::string_view direction, std::string_view setup, int version) {
  const std::string ip = local.address.ip.str();
  std::string out = "v=0\r\no=- 20518 " + std::to_string(version) + " IN IP4 " + ip +
                    "\r\ns=-\r\nc=IN IP4 " + ip + "\r\nt=0 0\r\n";
  if (local.is_browser()) out += "a=group:BUNDLE 0\r\n";
  out += "m=audio " + std::to_string(local.is_browser() ? 9 : local.address.port) +
         (local.is_browser()     ? " UDP/TLS/RTP/SAVPF"
          : local.crypto.empty() ? " RTP/AVP"
                                 : " RTP/SAVP");
  for (const Format& format : formats) out += " " + std::to_string(format.payload_type);
  out += "\r\n";
  for (const Format& format : formats) {
    const std::string pt = std::to_string(format.payload_type);
    out += "a=rtpmap:" + pt + " " + std::string(encoding_name(format.codec.encoding)) + "/" +
           std::to_string(format.codec.clock_rate) +
           (format.codec.channels > 1 ? "/" + std::to_string(format.codec.channels) : "") + "\r\n";
    if (!format.fmtp.empty()) out += "a=fmtp:" + pt + " " + format.fmtp + "\r\n";
  }
  out += "a=" + std::string(direction) + "\r\n";
  if (!local.crypto.empty()) out += "a=crypto:" + local.crypto + "\r\n";
  if (local.is_browser()) print_transport(out, local, setup);
  return out;
}

const Format* RemoteMedia::audio() const {
  const auto it = std::ranges::find_if_not(formats, is_events);
  return it == formats.end() ? nullptr : &*it;
}

const Format* RemoteMedia::events() const {
  const Format* const voice = audio();
  const auto it = std::ranges::find_if(formats, [&](const Format& f) {
    return voice && is_events(f) && f.codec.clock_rate == voice->codec.clock_rate;
  });
  return it == formats.end() ? nullptr : &*it;
}

base::Result<RemoteMedia> read_sdp(std::string_view text) {
  const auto description = sdp::parse(text);
  if (!description) return description.error();
  if (description->media.size() != 1)
    return base::Error{base::Errc::malformed, "not one media section"};
  const sdp::Media& media = description->media.front();
  RemoteMedia out;
  for (const std::string& format : media.formats) {
    const auto pt = base::parse_number<uint8_t>(format);
    const auto map = pt ? sdp::rtpmap_of(media, *pt) : std::nullopt;
    const auto codec = map ? codec_of(*map) : std::nullopt;
    if (codec) out.formats.push_back({*pt, *codec, std::string(sdp::fmtp_of(media, *pt))});
  }
  out.direction = sdp::direction_of(media.attributes).value_or("sendrecv");
  const auto& connection = media.connection ? media.connection : description->connection;
  const auto ip = base::IpAddress::parse(connection ? connection->address : "");
  if (!ip) return base::Error{base::Errc::malformed, "no address"};
  out.address = {*ip, media.port};
  out.ufrag = sdp::value_of(media.attributes, "ice-ufrag").value_or("");
  out.password = sdp::value_of(media.attributes, "ice-pwd").value_or("");
  if (const auto value = sdp::value_of(media.attributes, "fingerprint"))
    if (const auto print = sdp::parse_fingerprint(*value))
      out.fingerprint = {print->algorithm, print->digest};
  for (const auto value : sdp::values_of(media.attributes, "crypto"))
    if (const auto line = sdp::parse_crypto(value); line && line->suite == kPhoneSuite) {
      out.crypto_tag = line->tag;
      out.crypto_key = line->keys.front().key_and_salt.reveal();
    }
  out.ice_lite = sdp::has(description->attributes, "ice-lite");
  out.is_offer = sdp::value_of(media.attributes, "setup") == "actpass";
  for (const auto value : sdp::values_of(media.attributes, "candidate"))
    if (const auto candidate = sdp::parse_candidate(value);
        candidate && candidate->transport == "udp")
      out.candidates.push_back({*base::IpAddress::parse(candidate->address), candidate->port});
  return out;
}

std::vector<Format> choose(const std::vector<Format>& own, const RemoteMedia& offered) {
  std::vector<Format> out;
  for (const bool events : {false, true}) {
    for (const Format& format : offered.formats) {
      if (is_events(format) != events) continue;
      if (std::ranges::find(own, format.codec, &Format::codec) == own.end()) continue;
      const bool fits =
          events ? !out.empty() && format.codec.clock_rate == out[0].codec.clock_rate : out.empty();
      if (fits) out.push_back(format);
    }
  }
  return out;
}

std::string words_of(const RemoteMedia& media) {
  const Format* const audio = media.audio();
  return "sdp " + std::string(audio ? encoding_name(audio->codec.encoding) : "nothing") + " " +
         media.direction;
}

}  // namespace viaduct::support
