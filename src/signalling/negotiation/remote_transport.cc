#include "signalling/negotiation/remote_transport.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"

namespace viaduct::negotiation {
namespace {

// RFC 8829 §5.1.2: JSEP peers may write any of those with DTLS and mean the same.
constexpr std::array<std::pair<std::string_view, Profile>, 8> kProfiles = {
    {{"RTP/AVP", Profile::avp},
     {"RTP/AVPF", Profile::avp},
     {"RTP/SAVP", Profile::savp},
     {"RTP/SAVPF", Profile::savp},
     {"UDP/TLS/RTP/SAVP", Profile::tls_savp},
     {"UDP/TLS/RTP/SAVPF", Profile::tls_savp},
     {"TCP/DTLS/RTP/SAVP", Profile::tls_savp},
     {"TCP/DTLS/RTP/SAVPF", Profile::tls_savp}}};

// RFC 8839 §5.4 allows letters, digits, + and /; some peers use - and _ as well. A colon would make
// the STUN user name ambiguous.
bool is_ice_text(std::string_view text, size_t least) {
  return text.size() >= least && text.size() <= 256 &&
         std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f && c != ':'; });
}

// The address of a c= or a=rtcp without "/ttl"; nothing for names, which we do not resolve.
std::optional<base::IpAddress> address_of(const sdp::Connection& connection) {
  std::string_view text = connection.address;
  const auto parsed = base::IpAddress::parse(base::take_until(text, '/'));
  return parsed ? std::optional(*parsed) : std::nullopt;
}

bool is_reachable(const base::IpAddress& address) {
  return !address.is_unspecified() && !address.is_multicast();
}

std::optional<IceCandidate> ice_candidate(std::string_view value) {
  const auto parsed = sdp::parse_candidate(value);
  if (!parsed) return std::nullopt;
  const bool tcp = base::iequals(parsed->transport, "tcp");
  const auto ip = base::IpAddress::parse(parsed->address);
  if (!ip || !is_reachable(*ip) || (!tcp && !base::iequals(parsed->transport, "udp")))
    return std::nullopt;
  IceCandidate out;
  out.foundation = parsed->foundation;
  out.component = parsed->component;
  out.tcp = tcp;
  out.priority = parsed->priority;
  out.address = {*ip, parsed->port};
  out.type = parsed->type;
  return out;
}

}  // namespace

std::optional<sdp::Group> bundle_of(const sdp::Description& description, std::string_view mid) {
  if (mid.empty()) return std::nullopt;
  for (std::string_view value : sdp::values_of(description.attributes, "group")) {
    sdp::Group group = sdp::parse_group(value);
    if (group.semantics == "BUNDLE" && std::ranges::find(group.mids, mid) != group.mids.end())
      return group;
  }
  return std::nullopt;
}

TransportView::TransportView(const sdp::Description& description, size_t index)
    : description_(description), media_(description.media[index]) {
  places_.push_back(&media_.attributes);
  const auto mid = sdp::value_of(media_.attributes, "mid");
  if (const auto group = bundle_of(description, mid.value_or(""))) {
    bundled_ = true;
    for (const sdp::Media& other : description.media)
      if (&other != &media_ && sdp::value_of(other.attributes, "mid") == group->mids.front())
        places_.push_back(&other.attributes);
  }
  places_.push_back(&description.attributes);
}

bool TransportView::is_alive() const {
  return media_.port != 0 || (bundled_ && sdp::has(media_.attributes, "bundle-only"));
}

Profile TransportView::profile() const {
  for (const auto& [name, profile] : kProfiles)
    if (base::iequals(name, media_.protocol)) return profile;
  return Profile::other;
}

std::optional<TransportKind> TransportView::kind() const {
  const Profile own = profile();
  if (own == Profile::avp) return TransportKind::plain;
  if (own == Profile::other) return std::nullopt;
  const bool dtls = !fingerprints(1).empty();
  if (dtls && ice()) return TransportKind::webrtc;
  return dtls || sdp::has(media_.attributes, "crypto") ? std::optional(TransportKind::plain)
                                                       : std::nullopt;
}

std::optional<std::string_view> TransportView::value(std::string_view name) const {
  for (const sdp::Attributes* place : places_)
    if (const auto found = sdp::value_of(*place, name)) return found;
  return std::nullopt;
}

std::vector<std::string_view> TransportView::values(std::string_view name) const {
  for (const sdp::Attributes* place : places_)
    if (auto found = sdp::values_of(*place, name); !found.empty()) return found;
  return {};
}

std::vector<Fingerprint> TransportView::fingerprints(size_t most) const {
  std::vector<Fingerprint> out;
  for (std::string_view text : values("fingerprint")) {
    if (out.size() == most) break;
    if (auto parsed = sdp::parse_fingerprint(text))
      out.push_back({std::move(parsed->algorithm), std::move(parsed->digest)});
  }
  return out;
}

std::optional<IceParameters> TransportView::ice() const {
  const std::string_view ufrag = value("ice-ufrag").value_or("");
  const std::string_view password = value("ice-pwd").value_or("");
  if (!is_ice_text(ufrag, 4) || !is_ice_text(password, 22)) return std::nullopt;
  return IceParameters{std::string(ufrag), base::Secret(std::string(password))};
}

WebRtcRemote TransportView::webrtc(const NegotiatorOptions& options) const {
  WebRtcRemote out;
  out.ice = ice().value_or(IceParameters{});
  out.fingerprints = fingerprints(options.max_fingerprints);
  for (std::string_view text : values("candidate")) {
    if (out.candidates.size() == options.max_candidates) break;
    if (auto candidate = ice_candidate(text)) out.candidates.push_back(std::move(*candidate));
  }
  return out;
}

const sdp::Connection* TransportView::connection() const {
  if (media_.connection) return &*media_.connection;
  return description_.connection ? &*description_.connection : nullptr;
}

bool TransportView::is_held_by_address() const {
  const auto address = connection() ? address_of(*connection()) : std::nullopt;
  return address && address->is_unspecified();
}

bool TransportView::is_group_address() const {
  const auto address = connection() ? address_of(*connection()) : std::nullopt;
  return address && (address->is_multicast() || *address == base::IpAddress::v4(0xffffffff));
}

PlainRemote TransportView::plain() const {
  PlainRemote out;
  const auto address = connection() ? address_of(*connection()) : std::nullopt;
  if (!address || !is_reachable(*address)) return out;
  out.rtp = {*address, media_.port};
  out.rtcp = {*address, static_cast<uint16_t>(media_.port == 0xffff ? 0 : media_.port + 1)};
  const auto rtcp = sdp::parse_rtcp(sdp::value_of(media_.attributes, "rtcp").value_or(""));
  if (!rtcp || rtcp->port == 0) return out;
  out.rtcp.port = rtcp->port;
  const auto own = rtcp->address ? address_of(*rtcp->address) : std::nullopt;
  if (own && is_reachable(*own)) out.rtcp.ip = *own;
  return out;
}

}  // namespace viaduct::negotiation
