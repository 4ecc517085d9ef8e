#include "server/app/config_keys.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "core/call/tones.h"

namespace viaduct::app {
namespace {

using Verdict = std::optional<std::string>;

Verdict set_bool(bool& out, const std::string& value) {
  if (value == "true" || value == "yes" || value == "on") out = true;
  else if (value == "false" || value == "no" || value == "off") out = false;
  else return "must be true or false";
  return std::nullopt;
}

Verdict set_number(size_t& out, const std::string& value, size_t least, size_t most) {
  const auto number = base::parse_number<size_t>(value);
  if (!number || *number < least || *number > most)
    return "must be a number from " + std::to_string(least) + " to " + std::to_string(most);
  out = *number;
  return std::nullopt;
}

Verdict set_listener(std::string& out, const std::string& value) {
  if (value != "off" && !base::SocketAddress::parse(value))
    return "must be an address and port like 0.0.0.0:5060 or [::]:5060, or off";
  out = value;
  return std::nullopt;
}

Verdict set_text(std::string& out, const std::string& value) {
  out = value;
  return std::nullopt;
}

// Names and addresses that go into SIP headers and the password realm.
Verdict set_host(std::string& out, const std::string& value) {
  const bool good = std::ranges::all_of(value, [](char c) {
    return base::is_alpha(c) || base::is_digit(c) || c == '.' || c == '-' || c == '_' || c == ':';
  });
  if (value.empty() || value.size() > 253 || !good) return "must be a host name or an address";
  out = value;
  return std::nullopt;
}

Verdict set_level(Config& config, const std::string& value) {
  using base::LogLevel;
  for (LogLevel level : {LogLevel::trace, LogLevel::debug, LogLevel::info, LogLevel::warning,
                         LogLevel::error, LogLevel::off}) {
    if (base::level_name(level) != value) continue;
    config.log_level = level;
    return std::nullopt;
  }
  return "must be trace, debug, info, warning, error or off";
}

Verdict set_format(Config& config, const std::string& value) {
  if (value != "human" && value != "json") return "must be human or json";
  config.log_json = value == "json";
  return std::nullopt;
}

Verdict set_workers(Config& config, const std::string& value) {
  if (value == "auto") {
    config.workers = 0;
    return std::nullopt;
  }
  return set_number(config.workers, value, 1, 256);
}

Verdict set_advertise(Config& config, const std::string& value) {
  config.advertise.clear();
  for (std::string_view rest = value; !rest.empty();) {
    const auto ip = base::trim(base::take_until(rest, ','));
    if (ip == "auto") continue;
    const auto address = base::IpAddress::parse(ip);
    if (!address) return "must be auto or IP addresses separated by commas";
    if (address->is_unspecified() || address->is_multicast())
      return "must name addresses of this machine, as others reach it";
    config.advertise.emplace_back(ip);
  }
  return std::nullopt;
}

Verdict set_digest(Config& config, const std::string& value) {
  if (value != "md5" && value != "sha-256" && value != "both")
    return "must be md5, sha-256 or both";
  config.sip_digest = value;
  return std::nullopt;
}

Verdict set_encryption(Config& config, const std::string& value) {
  const auto encryption = encryption_named(value);
  if (!encryption) return "must be none, sdes or dtls";
  config.media_encryption = *encryption;
  return std::nullopt;
}

Verdict set_rtp_address(Config& config, const std::string& value) {
  if (!base::IpAddress::parse(value)) return "must be an IP address";
  config.rtp_address = value;
  return std::nullopt;
}

Verdict set_rtp_ports(Config& config, const std::string& value) {
  std::string_view rest = value;
  const auto first = base::parse_number<uint16_t>(base::take_until(rest, '-'));
  const auto last = base::parse_number<uint16_t>(rest);
  if (!first || !last || *first < 1024 || *last <= *first)
    return "must be a range of ports from 1024 like 20000-29999";
  config.rtp_ports = value;
  return std::nullopt;
}

Verdict set_token_algorithm(Config& config, const std::string& value) {
  if (value != "off" && value != "HS256" && value != "RS256" && value != "ES256")
    return "must be off, HS256, RS256 or ES256";
  config.token_algorithm = value;
  return std::nullopt;
}

Verdict set_token(Config& config, const std::string& value) {
  if (!is_api_token(value)) return "must be 16 or more characters without spaces";
  config.api_token = base::Secret(value);
  return std::nullopt;
}

constexpr std::array kKeys = {
    ConfigKey{"domain", "viaduct.local", "Domain of the users and realm of their passwords.",
              [](Config& c, const std::string& v) { return set_host(c.domain, v); }},
    ConfigKey{"data", "./viaduct-data",
              "Folder for what Viaduct makes itself: the first users, its certificate.",
              [](Config& c, const std::string& v) { return set_text(c.data, v); }},
    ConfigKey{"log.level", "info", "`trace`, `debug`, `info`, `warning`, `error` or `off`.",
              set_level},
    ConfigKey{"log.format", "human", "`human` or `json` (one object a line).", set_format},
    ConfigKey{"log.personal_data", "false", "Show numbers, names and addresses in the log.",
              [](Config& c, const std::string& v) { return set_bool(c.log_personal_data, v); }},
    ConfigKey{"http.listen", "127.0.0.1:8081", "Web phone and Verto over plain HTTP, or `off`.",
              [](Config& c, const std::string& v) { return set_listener(c.http, v); }},
    ConfigKey{"https.listen", "0.0.0.0:8082", "The same over TLS, or `off`.",
              [](Config& c, const std::string& v) { return set_listener(c.https, v); }},
    ConfigKey{"https.certificate", "self-made", "PEM file with the certificate and its chain.",
              [](Config& c, const std::string& v) { return set_text(c.certificate, v); }},
    ConfigKey{"https.key", "self-made", "PEM file with its private key.",
              [](Config& c, const std::string& v) { return set_text(c.key, v); }},
    ConfigKey{"web.root", "beside the program", "Folder of the pages that `/` serves.",
              [](Config& c, const std::string& v) { return set_text(c.web_root, v); }},
    ConfigKey{"sip.udp", "0.0.0.0:5060", "SIP over UDP, or `off`.",
              [](Config& c, const std::string& v) { return set_listener(c.sip_udp, v); }},
    ConfigKey{"sip.host", "detected", "Name or address of this server in Via and Contact.",
              [](Config& c, const std::string& v) { return set_host(c.sip_host, v); }},
    ConfigKey{"sip.digest", "md5",
              "Password challenges: `md5`, `sha-256` or `both`; some phones fail on `both`.",
              set_digest},
    ConfigKey{
        "sip.media_encryption", "none",
        "What SIP devices are offered and then must have: `none`, `sdes` (keys in the SDP) or "
        "`dtls`; a user's `media_encryption` overrides it.",
        set_encryption},
    ConfigKey{
        "media.listen", "[::]:10000",
        "First port for WebRTC media, UDP and TCP; each worker has one, the next ones follow. "
        "`[::]` takes IPv4 as well.",
        [](Config& c, const std::string& v) -> Verdict {
          if (v == "off") return "cannot be off";
          return set_listener(c.media, v);
        }},
    ConfigKey{"media.workers", "auto", "Media threads; `auto` is one for each core.", set_workers},
    ConfigKey{"media.advertise", "auto",
              "IPv4 and IPv6 addresses others reach this machine by, comma-separated, best first; "
              "needed behind NAT.",
              set_advertise},
    ConfigKey{"media.timeout", "60",
              "Seconds without RTP and RTCP from a phone after which its call ends; 0: never.",
              [](Config& c, const std::string& v) {
                return set_number(c.silence_seconds, v, 0, 86'400);
              }},
    ConfigKey{"media.hold_timeout", "7200", "The same for a phone on hold.",
              [](Config& c, const std::string& v) {
                return set_number(c.hold_silence_seconds, v, 0, 86'400);
              }},
    ConfigKey{"hold.sound", "music",
              "What a party that is put on hold hears: a sound, `tone:ringback` and the like, or "
              "`silence`.",
              [](Config& c, const std::string& v) { return set_text(c.hold_sound, v); }},
    ConfigKey{"hold.away_sound", "music",
              "The same while the other side's page is reloaded or its network is gone.",
              [](Config& c, const std::string& v) { return set_text(c.away_sound, v); }},
    ConfigKey{"rtp.address", "0.0.0.0",
              "Where RTP of plain SIP legs is bound, and "
              "its family: phones are told an address of the same.",
              set_rtp_address},
    ConfigKey{"rtp.ports", "20000-29999", "UDP ports for RTP of plain SIP legs, two a call leg.",
              set_rtp_ports},
    ConfigKey{
        "opus.complexity", "auto",
        "How hard the Opus encoder tries, 0-10; `auto` is 1 toward telephones' 8 kHz, 5 above. 10 "
        "costs twice of 5, 0 the half.",
        [](Config& c, const std::string& v) -> Verdict {
          c.opus_complexity.reset();
          if (v == "auto") return std::nullopt;
          return set_number(c.opus_complexity.emplace(), v, 0, 10);
        }},
    ConfigKey{
        "opus.bitrate", "auto",
        "Bits a second of Opus we encode, 6000-128000; `auto` is 20000 to 40000 by bandwidth.",
        [](Config& c, const std::string& v) -> Verdict {
          if (v != "auto") return set_number(c.opus_bitrate, v, 6000, 128000);
          c.opus_bitrate = 0;
          return std::nullopt;
        }},
    ConfigKey{
        "opus.dtx", "false",
        "Send nothing while there is silence to encode; some far sides take it for a dead call.",
        [](Config& c, const std::string& v) { return set_bool(c.opus_dtx, v); }},
    ConfigKey{"tones", "us",
              "Country of ringback, busy and congestion tones, as `us`, `de`, `uk`, `fr`.",
              [](Config& c, const std::string& v) -> Verdict {
                if (!call::tones_of(v)) return "must be one of " + call::known_countries();
                c.tones = v;
                return std::nullopt;
              }},
    ConfigKey{"recordings.folder", "recordings in the data folder",
              "Folder below which all recordings lie; made when it is needed.",
              [](Config& c, const std::string& v) { return set_text(c.recordings, v); }},
    ConfigKey{"recordings.rate", "16000", "Samples a second of recordings: 8000, 16000 or 48000.",
              [](Config& c, const std::string& v) -> Verdict {
                if (v != "8000" && v != "16000" && v != "48000")
                  return "must be 8000, 16000 or 48000";
                return set_number(c.recording_rate, v, 8000, 48000);
              }},
    ConfigKey{"tokens.algorithm", "off",
              "How tokens (JWT) that Verto clients show as their password are signed: `HS256`, "
              "`RS256` or `ES256`; `off`: none are taken.",
              set_token_algorithm},
    ConfigKey{"tokens.key", "none",
              "File with the shared secret (HS256), or the public keys as PEM.",
              [](Config& c, const std::string& v) { return set_text(c.token_key, v); }},
    ConfigKey{"tokens.issuer", "any", "What a token's `iss` must be.",
              [](Config& c, const std::string& v) { return set_text(c.token_issuer, v); }},
    ConfigKey{"tokens.audience", "any", "What a token's `aud` must be or contain.",
              [](Config& c, const std::string& v) { return set_text(c.token_audience, v); }},
    ConfigKey{"tokens.user_claim", "sub", "Where in a token the user's name stands.",
              [](Config& c, const std::string& v) { return set_text(c.token_user_claim, v); }},
    ConfigKey{"api.token", "made at the first start",
              "What requests under `/api` must show, at least 16 characters.", set_token},
    ConfigKey{"api.capture_decrypted", "false",
              "Whether captures may hold what was said: SRTP taken off.",
              [](Config& c, const std::string& v) { return set_bool(c.capture_decrypted, v); }},
    ConfigKey{"capture.folder", "captures in the data folder", "Where captures are written.",
              [](Config& c, const std::string& v) { return set_text(c.capture_folder, v); }},
    ConfigKey{
        "limits.calls", "10000", "Calls at a time; further ones are refused as congestion.",
        [](Config& c, const std::string& v) { return set_number(c.max_calls, v, 1, 1'000'000); }},
    ConfigKey{
        "verto.detach", "120",
        "Seconds a Verto session and its calls outlive a lost socket; 0: not at all.",
        [](Config& c, const std::string& v) { return set_number(c.detach_seconds, v, 0, 86'400); }},
};

}  // namespace

std::optional<negotiation::Encryption> encryption_named(std::string_view name) {
  if (name == "none") return negotiation::Encryption::none;
  if (name == "sdes") return negotiation::Encryption::sdes;
  if (name == "dtls") return negotiation::Encryption::dtls;
  return std::nullopt;
}

std::span<const ConfigKey> config_keys() { return kKeys; }

bool is_api_token(std::string_view text) {
  return text.size() >= 16 && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

std::string environment_name(std::string_view path) {
  std::string out = "VIADUCT_";
  for (char c : path) out += c == '.' ? '_' : static_cast<char>(std::toupper(c));
  return out;
}

}  // namespace viaduct::app
