// What the configuration means for the node.
#include <thread>

#include "base/ascii.h"
#include "io/net/tls.h"
#include "server/app/config.h"

namespace viaduct::app {
namespace {

// Keys were checked when they were read.
base::SocketAddress address(const std::string& text) { return *base::SocketAddress::parse(text); }

void check_ports(const node::NodeOptions& node, std::vector<Fault>& faults) {
  const uint32_t first = node.media.port;
  const uint32_t last = first + static_cast<uint32_t>(node.workers) - 1;
  if (first != 0 && last > 65535)
    faults.push_back(
        {"media.listen", 0, "there is no port " + std::to_string(last) + " for the last worker"});
  if (first != 0 && first <= node.rtp_last && last >= node.rtp_first)
    faults.push_back({"rtp.ports", 0,
                      "overlaps the ports of media.listen (" + std::to_string(first) + "-" +
                          std::to_string(last) + ")"});
}

void check_advertised(const node::NodeOptions& node, std::vector<Fault>& faults) {
  const base::IpAddress& bound = node.media.ip;
  const bool all = bound.is_v6() && bound.is_unspecified();
  for (const base::IpAddress& ip : node.advertised)
    if (!all && ip.is_v6() != bound.is_v6())
      faults.push_back({"media.advertise", 0,
                        "names " + ip.str() + ", which media.listen (" + node.media.str() +
                            ") does not serve; listen on [::] for IPv4 and IPv6"});
}

void check_web(const Config& config, std::vector<Fault>& faults) {
  if (config.http != "off" && config.http == config.https && address(config.http).port != 0)
    faults.push_back({"https.listen", 0, "is the same address and port as http.listen"});
  if (config.https == "off" || config.certificate.empty() || config.key.empty()) return;
  const auto tls = net::TlsContext::load(config.certificate, config.key);
  if (!tls) faults.push_back({"https", 0, tls.error().text});
}

void check_sound(const Config& config, const char* key, const std::string& name,
                 std::vector<Fault>& faults) {
  const bool known = name == "silence" || name == "music" || call::is_tone_name(name) ||
                     config.sounds.contains(name);
  if (!known) faults.push_back({key, 0, "there is no sound " + name});
}

std::vector<sip::DigestAlgorithm> digest_algorithms(const std::string& name) {
  if (name == "md5") return {sip::DigestAlgorithm::md5};
  if (name == "sha-256") return {sip::DigestAlgorithm::sha256};
  return {sip::DigestAlgorithm::sha256, sip::DigestAlgorithm::md5};
}

}  // namespace

node::NodeOptions node_options(const Config& config, std::vector<Fault>& faults) {
  node::NodeOptions out;
  if (config.http != "off") out.web.push_back({address(config.http), {}, {}});
  if (config.https != "off") {
    if (config.certificate.empty() != config.key.empty())
      faults.push_back({"https", 0, "certificate and key go together"});
    out.web.push_back({address(config.https), config.certificate, config.key});
  }
  check_web(config, faults);
  if (config.sip_udp != "off") out.sip_udp = address(config.sip_udp);
  out.sip_host = config.sip_host;
  out.media = address(config.media);
  out.rtp_address = *base::IpAddress::parse(config.rtp_address);
  std::string_view ports = config.rtp_ports;
  out.rtp_first = *base::parse_number<uint16_t>(base::take_until(ports, '-'));
  out.rtp_last = *base::parse_number<uint16_t>(ports);
  for (const std::string& ip : config.advertise)
    out.advertised.push_back(*base::IpAddress::parse(ip));
  out.workers =
      config.workers != 0 ? config.workers : std::max(1u, std::thread::hardware_concurrency());
  out.web_root = config.web_root;
  out.control.calls.tones = *call::tones_of(config.tones);
  if (const auto complexity = config.opus_complexity)
    out.media_worker.transcoder.opus.complexity = static_cast<int>(*complexity);
  out.media_worker.transcoder.opus.bitrate = static_cast<int>(config.opus_bitrate);
  out.media_worker.transcoder.opus.dtx = config.opus_dtx;
  out.recordings = config.recordings.empty() ? config.data + "/recordings" : config.recordings;
  out.control.calls.recording_rate = static_cast<uint32_t>(config.recording_rate);
  out.control.calls.max_calls = config.max_calls;
  out.control.calls.silence_timeout = std::chrono::seconds(config.silence_seconds);
  out.control.calls.silence_on_hold = std::chrono::seconds(config.hold_silence_seconds);
  out.control.calls.hold_sound = config.hold_sound;
  out.control.calls.away_sound = config.away_sound;
  check_sound(config, "hold.sound", config.hold_sound, faults);
  check_sound(config, "hold.away_sound", config.away_sound, faults);
  out.captures.folder =
      config.capture_folder.empty() ? config.data + "/captures" : config.capture_folder;
  out.control.sip.realm = config.domain;
  out.control.sip.digest.realm = config.domain;
  out.control.sip.digest.algorithms = digest_algorithms(config.sip_digest);
  out.control.verto.detach_timeout = std::chrono::seconds(config.detach_seconds);
  check_ports(out, faults);
  check_advertised(out, faults);
  return out;
}

}  // namespace viaduct::app
