// The attributes we read or write, as values. Each `parse_` takes the text behind "a=<name>:" and
// gives nothing for a value that does not follow its grammar: such an attribute counts as absent.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "signalling/sdp/description.h"

namespace viaduct::sdp {

// --- looking up
// ----------------------------------------------------------------------------------- Names are
// case-sensitive (RFC 8866 §5.13). Views live as long as the attributes.

bool has(const Attributes& attributes, std::string_view name);
// Of the first attribute with that name; empty for one without a value.
std::optional<std::string_view> value_of(const Attributes& attributes, std::string_view name);
// Of all of them, in order: candidates, fingerprints, extmap, crypto, ssrc.
std::vector<std::string_view> values_of(const Attributes& attributes, std::string_view name);

void add(Attributes& attributes, std::string_view name);
void add(Attributes& attributes, std::string_view name, std::string value);

// --- formats: RFC 8866 §6.6, §6.15
// ----------------------------------------------------------------

struct RtpMap {
  uint8_t payload_type = 0;  // 0-127
  std::string_view name;     // any case
  uint32_t clock_rate = 0;
  std::optional<uint8_t> channels;
};
std::optional<RtpMap> parse_rtpmap(std::string_view value);
std::optional<RtpMap> rtpmap_of(const Media& media, uint8_t payload_type);
// The parameters behind "a=fmtp:<payload type> "; empty when there are none.
std::string_view fmtp_of(const Media& media, uint8_t payload_type);

// "sendrecv", "sendonly", "recvonly" or "inactive": the name of the first such attribute.
std::optional<std::string_view> direction_of(const Attributes& attributes);

// --- grouping: RFC 5888, RFC 8843
// -----------------------------------------------------------------

struct Group {
  std::string_view semantics;  // "BUNDLE"
  std::vector<std::string_view> mids;
};
Group parse_group(std::string_view value);

// --- transport
// ------------------------------------------------------------------------------------

// a=rtcp (RFC 3605): port, and an address of its own or none.
struct Rtcp {
  uint16_t port = 0;
  std::optional<Connection> address;
};
std::optional<Rtcp> parse_rtcp(std::string_view value);

// a=candidate (RFC 8839 §5.1, RFC 6544 §4.5).
struct Candidate {
  std::string foundation;
  uint16_t component = 1;
  std::string transport = "udp";  // as written
  uint32_t priority = 0;
  std::string address;  // an IP address or a name ending in ".local"
  uint16_t port = 0;
  std::string type = "host";
  std::string tcptype;     // empty for UDP
  std::string extensions;  // the other name-value pairs, raddr and rport among them, as written
  friend bool operator==(const Candidate&, const Candidate&) = default;
};
// Also takes a value that still carries its "candidate:" (as browsers' events do).
std::optional<Candidate> parse_candidate(std::string_view value);
std::string print(const Candidate& candidate);

// a=fingerprint (RFC 8122 §5).
struct Fingerprint {
  std::string algorithm;  // lower case
  std::vector<uint8_t> digest;
  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};
std::optional<Fingerprint> parse_fingerprint(std::string_view value);
std::string print(const Fingerprint& fingerprint);

// a=setup (RFC 4145 §4).
enum class Setup : uint8_t { active, passive, actpass, holdconn };
std::optional<Setup> parse_setup(std::string_view value);
std::string_view print(Setup setup);

// --- sources: RFC 5576, RFC 8830
// ------------------------------------------------------------------

struct Ssrc {
  uint32_t id = 0;
  Attribute attribute;  // "cname", "msid", ...
};
std::optional<Ssrc> parse_ssrc(std::string_view value);

struct Msid {
  std::string_view stream;  // "-": none
  std::string_view track;   // may be empty
};
std::optional<Msid> parse_msid(std::string_view value);

}  // namespace viaduct::sdp
