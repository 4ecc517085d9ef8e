#include "signalling/negotiation/local_description.h"

#include <string>
#include <utility>

#include "signalling/sdp/crypto.h"

namespace viaduct::negotiation {
namespace {

std::string_view name_of(Direction direction) {
  switch (direction) {
    case Direction::sendrecv: return "sendrecv";
    case Direction::sendonly: return "sendonly";
    case Direction::recvonly: return "recvonly";
    case Direction::inactive: return "inactive";
  }
  return "";
}

const base::SocketAddress& main_address(const LocalTransport& local) {
  const auto* webrtc = std::get_if<LocalWebRtc>(&local);
  return webrtc ? webrtc->candidates.front() : std::get<LocalPlain>(local).rtp;
}

std::string rtpmap_text(const Format& format) {
  const Codec& codec = format.codec;
  std::string out = std::to_string(format.payload_type) + ' ' +
                    std::string(encoding_name(codec.encoding)) + '/' +
                    std::to_string(codec.clock_rate);
  if (codec.channels > 1) out += '/' + std::to_string(codec.channels);
  return out;
}

// A host candidate's priority (RFC 8445 §5.1.2.1): earlier addresses first, and all of UDP before
// any TCP, whose type preference is what browsers give theirs. RFC 6544 §4.2 for its local one.
sdp::Candidate host_candidate(size_t place, const base::SocketAddress& address, bool tcp) {
  constexpr uint32_t kUdpHost = 126, kTcpHost = 90;
  constexpr uint32_t kPassive = 4u << 13, kOtherPreference = (1u << 13) - 1;
  const auto earlier = static_cast<uint32_t>(place);
  sdp::Candidate out;
  out.foundation = (tcp ? "tcp" : "") + std::to_string(place + 1);
  if (tcp) {
    out.transport = "tcp";
    out.tcptype = "passive";
    out.priority = kTcpHost << 24 | (kPassive + kOtherPreference - earlier) << 8 | 255;
  } else {
    out.priority = kUdpHost << 24 | (0xffff - earlier) << 8 | 255;
  }
  out.address = address.ip.str();
  out.port = address.port;
  return out;
}

void put_formats(sdp::Media& media, const LocalAudio& audio) {
  for (const Format& format : audio.formats) {
    media.formats.push_back(std::to_string(format.payload_type));
    sdp::add(media.attributes, "rtpmap", rtpmap_text(format));
    if (!format.fmtp.empty())
      sdp::add(media.attributes, "fmtp", media.formats.back() + ' ' + format.fmtp);
  }
  sdp::add(media.attributes, "ptime", std::to_string(audio.ptime.count()));
  sdp::add(media.attributes, "maxptime", std::to_string(kMaxPtime));
  sdp::add(media.attributes, name_of(audio.direction));
}

void put_dtls(sdp::Attributes& attributes, const Fingerprint& fingerprint, sdp::Setup setup) {
  sdp::add(attributes, "fingerprint",
           sdp::print(sdp::Fingerprint{fingerprint.algorithm, fingerprint.digest}));
  sdp::add(attributes, "setup", std::string(sdp::print(setup)));
}

void put_webrtc(sdp::Attributes& attributes, const LocalWebRtc& local, uint64_t session_id,
                const LocalAudio& audio) {
  // Clients take event.streams[0] of their track event: a stream must be named while we send.
  const std::string stream = "viaduct-" + std::to_string(session_id);
  if (sends(audio.direction)) sdp::add(attributes, "msid", stream + ' ' + stream + "-audio");
  sdp::add(attributes, "ice-ufrag", local.ice.ufrag);
  sdp::add(attributes, "ice-pwd", local.ice.password.reveal());
  put_dtls(attributes, local.fingerprint, audio.setup);
  if (audio.rtcp_mux) sdp::add(attributes, "rtcp-mux");
  for (const bool tcp : {false, true})
    for (size_t i = 0; i < local.candidates.size(); ++i)
      sdp::add(attributes, "candidate", sdp::print(host_candidate(i, local.candidates[i], tcp)));
  sdp::add(attributes, "end-of-candidates");
}

void put_plain(sdp::Attributes& attributes, const LocalPlain& local, const LocalAudio& audio) {
  for (const CryptoLine& line : audio.crypto) {
    const std::string suite(suite_name(line.key.suite));
    sdp::add(attributes, "crypto",
             sdp::print(sdp::Crypto{line.tag, suite, {{line.key.key, {}, {}}}, {}}));
  }
  if (audio.encryption == Encryption::dtls)
    put_dtls(attributes, local.fingerprint.value_or(Fingerprint{}), audio.setup);
  if (audio.rtcp_mux) sdp::add(attributes, "rtcp-mux");
  else if (local.rtcp_port != local.rtp.port + 1)
    sdp::add(attributes, "rtcp", std::to_string(local.rtcp_port));
}

sdp::Media write_audio(const LocalTransport& local, uint64_t session_id, const Section& section,
                       const LocalAudio& audio) {
  sdp::Media out;
  out.kind = section.kind;
  out.port = main_address(local).port;
  out.protocol = section.protocol;
  put_formats(out, audio);
  if (!section.mid.empty()) sdp::add(out.attributes, "mid", section.mid);
  if (const auto* webrtc = std::get_if<LocalWebRtc>(&local))
    put_webrtc(out.attributes, *webrtc, session_id, audio);
  else put_plain(out.attributes, std::get<LocalPlain>(local), audio);
  return out;
}

sdp::Media write_rejected(const Section& section) {
  sdp::Media out;
  out.kind = section.kind;
  out.protocol = section.protocol;
  out.formats.push_back(section.format);
  sdp::add(out.attributes, "inactive");
  if (!section.mid.empty()) sdp::add(out.attributes, "mid", section.mid);
  return out;
}

}  // namespace

sdp::Description write_local(const LocalTransport& local, uint64_t session_id, uint64_t version,
                             std::span<const Section> sections, const LocalAudio& audio) {
  const base::IpAddress& ip = main_address(local).ip;
  sdp::Description out;
  out.connection = sdp::Connection{"IN", ip.is_v6() ? "IP6" : "IP4", ip.str()};
  out.origin = {"-", std::to_string(session_id), std::to_string(version), *out.connection};
  const Section& own = sections[audio.index];
  if (own.bundled) sdp::add(out.attributes, "group", "BUNDLE " + own.mid);
  if (std::holds_alternative<LocalWebRtc>(local)) sdp::add(out.attributes, "ice-lite");
  for (size_t i = 0; i < sections.size(); ++i)
    out.media.push_back(i == audio.index ? write_audio(local, session_id, sections[i], audio)
                                         : write_rejected(sections[i]));
  return out;
}

}  // namespace viaduct::negotiation
