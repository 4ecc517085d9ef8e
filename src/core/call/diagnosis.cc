#include "core/call/diagnosis.h"

#include <algorithm>

#include "base/networks.h"
#include "signalling/negotiation/types.h"

namespace viaduct::call {
namespace {

using graph::MediaFault;

// A sentence and the same without personal data.
class Sentence {
 public:
  Sentence& operator<<(std::string_view text) {
    full_ += text;
    anonymous_ += text;
    return *this;
  }
  Sentence& personal(std::string_view text, std::string_view instead) {
    full_ += text;
    anonymous_ += instead;
    return *this;
  }
  Sentence& address(const base::SocketAddress& address) {
    return personal(address.str(), "an address");
  }
  Finding finding(Trouble trouble, base::TimePoint at) const {
    return {trouble, at, full_, anonymous_};
  }

 private:
  std::string full_, anonymous_;
};

Sentence about(const LegRecord& leg) {
  Sentence out;
  out << (leg.is_caller ? "The caller's leg" : "The called leg");
  if (!leg.party.number.empty()) out.personal(" (" + leg.party.number + ")", "");
  return out << ": ";
}

std::string seconds(base::Duration duration) {
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(duration).count()) + " s";
}

// Since when nothing has come that should have; nothing while all is well, on hold, before the
// answer or in announced silence. As of the statistics: what came since is not known.
std::optional<base::Duration> silence(const LegRecord& leg) {
  const graph::ReceivedStats& received = leg.stats.received;
  if (!leg.answered || leg.left || leg.held || !received.expected_since || received.comfort_noise)
    return std::nullopt;
  base::TimePoint since = std::max(*received.expected_since, *leg.answered);
  if (received.last_packet) since = std::max(since, *received.last_packet);
  if (leg.stats_at - since < kSilenceIsTrouble) return std::nullopt;
  return leg.stats_at - since;
}

std::optional<Finding> of_codecs(const LegRecord& leg, base::TimePoint now) {
  if (!leg.left || leg.left->result != Result::no_common_codec) return std::nullopt;
  Sentence out = about(leg);
  out << "no common codec; ";
  out << (leg.left->reason.empty() ? "the other side did not say what it has" : leg.left->reason);
  if (!leg.offered.empty()) {
    out << "; it was offered ";
    for (size_t i = 0; i < leg.offered.size(); ++i)
      out << (i == 0 ? "" : ", ") << negotiation::encoding_name(leg.offered[i].encoding);
  }
  out << ". Switch one of ours on in the device or trunk, or list its codec under codecs: of the "
         "route.";
  return out.finding(Trouble::no_common_codec, now);
}

std::optional<Finding> of_refusal(const LegRecord& leg, base::TimePoint now) {
  if (!leg.left || leg.left->result != Result::media_refused) return std::nullopt;
  Sentence out = about(leg);
  out << "its description of media was not acceptable: " << leg.left->reason
      << ". Make the device agree with sip.media_encryption or the user's media_encryption, and "
         "let "
         "it offer audio to an address of one host.";
  return out.finding(Trouble::media_refused, now);
}

std::optional<Finding> of_ice(const LegRecord& leg, base::TimePoint now) {
  if (leg.fault != MediaFault::ice_timeout) return std::nullopt;
  const graph::TransportStats& transport = leg.stats.transport;
  Sentence out = about(leg);
  if (transport.checks_unauthenticated == 0) {
    (out << "ICE never succeeded, not one connectivity check arrived at ").address(transport.local)
        << ". UDP to this port is blocked on the way, or the address is not the one others reach "
           "this server by: open media.listen in the firewall and name the public address in "
           "media.advertise.";
    return out.finding(Trouble::no_ice_check, now);
  }
  out << "ICE never succeeded, " << std::to_string(transport.checks_unauthenticated)
      << " connectivity checks arrived but none with the password of our description. The client "
         "uses an older description, or something on the way rewrites it: reload the page, and "
         "take "
         "SIP helpers and SBCs out of its way.";
  return out.finding(Trouble::wrong_ice_password, now);
}

std::optional<Finding> of_dtls(const LegRecord& leg, base::TimePoint now) {
  if (leg.fault != MediaFault::fingerprint_mismatch) return std::nullopt;
  Sentence out = about(leg);
  out << "DTLS showed a certificate whose fingerprint is not the one in the description, so no "
         "keys "
         "were given out. The client made a new certificate without a new offer, or somebody is "
         "between it and us: reload the page; if it stays, look for a proxy that touches SDP or "
         "media.";
  return out.finding(Trouble::fingerprint_mismatch, now);
}

std::optional<Finding> of_payload_types(const LegRecord& leg, base::TimePoint now) {
  const graph::ReceivedStats& received = leg.stats.received;
  const uint64_t unknown = received.rejected.unknown_payload_type;
  if (unknown < kStrayPackets || !received.unknown_payload_type || !leg.agreement)
    return std::nullopt;
  Sentence out = about(leg);
  out << std::to_string(unknown) << " packets came with payload type "
      << std::to_string(*received.unknown_payload_type) << ", which was never agreed; agreed were";
  for (const negotiation::Format& format : leg.agreement->receive)
    out << " " << std::to_string(format.payload_type) << " ("
        << negotiation::encoding_name(format.codec.encoding) << ")";
  if (leg.agreement->dtmf_receive)
    out << " " << std::to_string(leg.agreement->dtmf_receive->payload_type) << " (telephone-event)";
  out << ". The device sends by another description than the last: set it to one codec, or to the "
         "payload types of our SDP.";
  return out.finding(Trouble::wrong_payload_type, now);
}

// The description's address cannot be the far side's from here.
bool names_no_way(const LegRecord& leg) {
  if (!leg.agreement || !leg.agreement->plain) return false;
  const base::SocketAddress& named = leg.agreement->plain->rtp;
  return named.port == 0 || base::reach_of(named.ip) < base::reach_of(leg.stats.transport.local.ip);
}

std::optional<Finding> of_address(const LegRecord& leg, base::TimePoint now) {
  if (!names_no_way(leg)) return std::nullopt;
  const base::SocketAddress& named = leg.agreement->plain->rtp;
  const graph::ReceivedStats& received = leg.stats.received;
  auto silent = silence(leg);
  // "c=IN IP4 0.0.0.0" from the first description on is no hold (RFC 3264 §8.4) but a mistake.
  const bool mute = named.port == 0 && received.packets == 0 && leg.answered && !leg.left;
  if (mute && leg.stats_at - *leg.answered >= kSilenceIsTrouble)
    silent = leg.stats_at - *leg.answered;
  const bool from_elsewhere = received.last_packet && leg.stats.transport.remote.port != 0 &&
                              leg.stats.transport.remote != named;
  if (!silent && !from_elsewhere) return std::nullopt;
  Sentence out = about(leg);
  if (named.port == 0) out << "its SDP names no address that can be sent to";
  else (out << "its SDP names ").address(named) << ", which nobody outside its network can reach";
  if (from_elsewhere) {
    (out << ", but its media comes from ").address(leg.stats.transport.remote)
        << ", and we send there. It works as long as the device speaks first: switch on STUN or "
           "its "
           "external address in the device.";
    return out.finding(Trouble::other_address, now);
  }
  out << ", and nothing has come from it for " << seconds(*silent)
      << ". Set the device's external address or STUN, or switch off a SIP helper (ALG) in its "
         "router that fails to.";
  return out.finding(Trouble::unreachable_address, now);
}

std::optional<Finding> of_silence(const LegRecord& leg, const LegRecord* other,
                                  base::TimePoint now) {
  const auto silent = silence(leg);
  if (!silent) return std::nullopt;
  const graph::ReceivedStats& received = leg.stats.received;
  const bool other_speaks = other && other->stats.received.last_packet && !silence(*other);
  if ((!received.last_rtcp || !other_speaks) && *silent < kReportsAreDue) return std::nullopt;
  Sentence out = about(leg);
  out << (received.last_packet ? "no RTP has come from it for " : "no RTP ever came from it, for ")
      << seconds(*silent);
  if (leg.stats.transport.remote.port != 0)
    (out << ", we send to ").address(leg.stats.transport.remote);
  if (other)
    out << (other_speaks ? ", and the other side is heard" : ", and the other side is silent too");
  const bool alive =
      received.last_rtcp && leg.stats_at - *received.last_rtcp < std::chrono::seconds(20);
  if (alive)
    out << ". Its RTCP goes on, so the way is open: the device is muted, on hold by itself or has "
           "no microphone.";
  else if (leg.stats.transport.webrtc)
    out << ". ICE stands: the page sends no audio; look at its microphone and its permission.";
  else
    out << ". Look whether its firewall or NAT lets UDP out to our RTP ports (rtp.ports), and "
           "whether media.advertise names the address it sends to.";
  return out.finding(other_speaks ? Trouble::one_way : Trouble::silent, now);
}

}  // namespace

std::string_view trouble_name(Trouble trouble) {
  switch (trouble) {
    case Trouble::unreachable_address: return "unreachable_address";
    case Trouble::other_address: return "other_address";
    case Trouble::no_common_codec: return "no_common_codec";
    case Trouble::media_refused: return "media_refused";
    case Trouble::no_ice_check: return "no_ice_check";
    case Trouble::wrong_ice_password: return "wrong_ice_password";
    case Trouble::fingerprint_mismatch: return "fingerprint_mismatch";
    case Trouble::one_way: return "one_way";
    case Trouble::silent: return "silent";
    case Trouble::wrong_payload_type: return "wrong_payload_type";
  }
  return "unknown";
}

std::vector<Finding> diagnose(const LegRecord& leg, const LegRecord* other, base::TimePoint now) {
  std::vector<Finding> out;
  const auto add = [&](std::optional<Finding> finding) {
    if (!finding) return false;
    out.push_back(std::move(*finding));
    return true;
  };
  add(of_codecs(leg, now));
  add(of_refusal(leg, now));
  add(of_ice(leg, now));
  add(of_dtls(leg, now));
  const bool explained = add(of_payload_types(leg, now));
  add(of_address(leg, now));
  // A wrong address or number is why it is silent: not told twice.
  const bool no_way = std::ranges::any_of(
      out, [](const Finding& f) { return f.trouble == Trouble::unreachable_address; });
  if (!no_way && !explained) add(of_silence(leg, other, now));
  return out;
}

}  // namespace viaduct::call
