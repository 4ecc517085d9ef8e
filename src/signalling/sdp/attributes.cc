#include "signalling/sdp/attributes.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/ascii.h"
#include "base/encoding.h"

namespace viaduct::sdp {
namespace {

using base::parse_number;
using base::trim;

std::string_view take_word(std::string_view& text) {
  text = trim(text);
  return base::take_until(text, ' ');
}

std::optional<uint8_t> payload_type(std::string_view text) {
  const auto number = parse_number<uint8_t>(text);
  return number && *number < 128 ? number : std::nullopt;
}

// The rest of the value of the attribute `name` that begins with this payload type.
std::optional<std::string_view> of_format(const Attributes& attributes, std::string_view name,
                                          uint8_t wanted) {
  for (const Attribute& attribute : attributes) {
    if (attribute.name != name || !attribute.value) continue;
    std::string_view rest = *attribute.value;
    if (payload_type(take_word(rest)) == wanted) return trim(rest);
  }
  return std::nullopt;
}

constexpr std::array<std::pair<std::string_view, Setup>, 4> kSetups = {
    {{"active", Setup::active},
     {"passive", Setup::passive},
     {"actpass", Setup::actpass},
     {"holdconn", Setup::holdconn}}};

}  // namespace

bool has(const Attributes& attributes, std::string_view name) {
  return value_of(attributes, name).has_value();
}

std::optional<std::string_view> value_of(const Attributes& attributes, std::string_view name) {
  for (const Attribute& attribute : attributes)
    if (attribute.name == name) return attribute.value ? trim(*attribute.value) : "";
  return std::nullopt;
}

std::vector<std::string_view> values_of(const Attributes& attributes, std::string_view name) {
  std::vector<std::string_view> out;
  for (const Attribute& attribute : attributes)
    if (attribute.name == name && attribute.value) out.push_back(trim(*attribute.value));
  return out;
}

void add(Attributes& attributes, std::string_view name) {
  attributes.push_back({std::string(name), std::nullopt});
}

void add(Attributes& attributes, std::string_view name, std::string value) {
  attributes.push_back({std::string(name), std::move(value)});
}

std::optional<RtpMap> parse_rtpmap(std::string_view value) {
  RtpMap out;
  const auto number = payload_type(take_word(value));
  value = trim(value);
  out.name = base::take_until(value, '/');
  const auto rate = parse_number<uint32_t>(trim(base::take_until(value, '/')));
  if (!number || out.name.empty() || !rate || *rate == 0) return std::nullopt;
  out.payload_type = *number;
  out.clock_rate = *rate;
  if (!value.empty()) {
    out.channels = parse_number<uint8_t>(value);
    if (!out.channels || *out.channels == 0) return std::nullopt;
  }
  return out;
}

std::optional<RtpMap> rtpmap_of(const Media& media, uint8_t wanted) {
  for (const Attribute& attribute : media.attributes) {
    if (attribute.name != "rtpmap" || !attribute.value) continue;
    const auto map = parse_rtpmap(*attribute.value);
    if (map && map->payload_type == wanted) return map;
  }
  return std::nullopt;
}

std::string_view fmtp_of(const Media& media, uint8_t wanted) {
  return of_format(media.attributes, "fmtp", wanted).value_or("");
}

std::optional<std::string_view> direction_of(const Attributes& attributes) {
  for (const Attribute& attribute : attributes)
    for (std::string_view name : {"sendrecv", "sendonly", "recvonly", "inactive"})
      if (attribute.name == name) return name;
  return std::nullopt;
}

Group parse_group(std::string_view value) {
  Group out;
  out.semantics = take_word(value);
  for (auto mid = take_word(value); !mid.empty(); mid = take_word(value)) out.mids.push_back(mid);
  return out;
}

std::optional<Rtcp> parse_rtcp(std::string_view value) {
  Rtcp out;
  const auto port = parse_number<uint16_t>(take_word(value));
  if (!port) return std::nullopt;
  out.port = *port;
  if (trim(value).empty()) return out;
  Connection address;
  address.network = take_word(value);
  address.family = take_word(value);
  address.address = take_word(value);
  if (address.address.empty()) return std::nullopt;
  out.address = std::move(address);
  return out;
}

std::optional<Candidate> parse_candidate(std::string_view value) {
  value = trim(value);
  if (value.starts_with("candidate:")) value.remove_prefix(10);
  Candidate out;
  out.foundation = take_word(value);
  const auto component = parse_number<uint16_t>(take_word(value));
  out.transport = take_word(value);
  const auto priority = parse_number<uint32_t>(take_word(value));
  out.address = take_word(value);
  const auto port = parse_number<uint16_t>(take_word(value));
  const bool typed = take_word(value) == "typ";
  out.type = take_word(value);
  if (out.foundation.empty() || !component || *component == 0 || !priority || !port || !typed ||
      out.type.empty())
    return std::nullopt;
  out.component = *component;
  out.priority = *priority;
  out.port = *port;
  for (auto name = take_word(value); !name.empty(); name = take_word(value)) {
    const std::string_view argument = take_word(value);
    if (name == "tcptype" && out.tcptype.empty()) {
      out.tcptype = argument;
      continue;
    }
    if (!out.extensions.empty()) out.extensions += ' ';
    out.extensions += name;
    if (argument.empty()) break;
    out.extensions += ' ';
    out.extensions += argument;
  }
  return out;
}

std::string print(const Candidate& candidate) {
  std::string out = candidate.foundation + ' ' + std::to_string(candidate.component) + ' ' +
                    candidate.transport + ' ' + std::to_string(candidate.priority) + ' ' +
                    candidate.address + ' ' + std::to_string(candidate.port) + " typ " +
                    candidate.type;
  if (!candidate.tcptype.empty()) out += " tcptype " + candidate.tcptype;
  if (!candidate.extensions.empty()) out += ' ' + candidate.extensions;
  return out;
}

std::optional<Fingerprint> parse_fingerprint(std::string_view value) {
  constexpr size_t kLongestDigest = 64;  // SHA-512
  Fingerprint out;
  out.algorithm = base::lower(take_word(value));
  value = trim(value);
  if (out.algorithm.empty() || value.size() % 3 != 2 || value.size() >= kLongestDigest * 3)
    return std::nullopt;
  std::string digits;
  for (size_t i = 0; i < value.size(); i += 3) {
    if (i + 2 < value.size() && value[i + 2] != ':') return std::nullopt;
    digits += value.substr(i, 2);
  }
  auto digest = base::hex_decode(digits);
  if (!digest) return std::nullopt;
  out.digest = std::move(*digest);
  return out;
}

std::string print(const Fingerprint& fingerprint) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out = fingerprint.algorithm;
  char separator = ' ';
  for (uint8_t byte : fingerprint.digest) {
    out += separator;
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
    separator = ':';
  }
  return out;
}

std::optional<Setup> parse_setup(std::string_view value) {
  for (const auto& [name, setup] : kSetups)
    if (base::iequals(name, trim(value))) return setup;
  return std::nullopt;
}

std::string_view print(Setup setup) {
  const auto found = std::ranges::find(kSetups, setup, &std::pair<std::string_view, Setup>::second);
  return found->first;
}

std::optional<Ssrc> parse_ssrc(std::string_view value) {
  Ssrc out;
  const auto id = parse_number<uint32_t>(take_word(value));
  value = trim(value);
  const size_t colon = value.find(':');
  out.attribute.name = value.substr(0, colon);
  if (!id || out.attribute.name.empty()) return std::nullopt;
  if (colon != std::string_view::npos) out.attribute.value = value.substr(colon + 1);
  out.id = *id;
  return out;
}

std::optional<Msid> parse_msid(std::string_view value) {
  Msid out;
  out.stream = take_word(value);
  out.track = take_word(value);
  if (out.stream.empty()) return std::nullopt;
  return out;
}

}  // namespace viaduct::sdp
