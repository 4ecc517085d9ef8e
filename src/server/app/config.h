// The configuration: embedded defaults, then a YAML file, then the environment (VIADUCT_*). Every
// fault is found at once and told with its line.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "core/dialplan/dialplan.h"
#include "core/directory/directory.h"
#include "server/node/node.h"

namespace viaduct::app {

struct Config {
  std::string domain = "viaduct.local";
  std::string data = "./viaduct-data";
  base::LogLevel log_level = base::LogLevel::info;
  bool log_json = false;
  bool log_personal_data = false;

  std::string http = "127.0.0.1:8081";  // "off": no such listener
  std::string https = "0.0.0.0:8082";
  std::string certificate;  // empty: self-made, in the data folder
  std::string key;
  std::string web_root;  // empty: the pages beside the program

  std::string sip_udp = "0.0.0.0:5060";
  std::string sip_host;
  std::string sip_digest = "md5";
  negotiation::Encryption media_encryption = negotiation::Encryption::none;

  std::string media = "[::]:10000";
  size_t workers = 0;  // 0: one for each core
  std::vector<std::string> advertise;
  std::string rtp_address = "0.0.0.0";
  std::string rtp_ports = "20000-29999";

  std::string recordings;  // empty: in the data folder
  size_t recording_rate = 16000;
  size_t silence_seconds = 60;  // 0: off
  size_t hold_silence_seconds = 7200;
  std::string hold_sound = "music";
  std::string away_sound = "music";

  base::Secret<std::string> api_token;  // empty: made at the first start
  bool capture_decrypted = false;
  std::string capture_folder;  // empty: in the data folder

  std::string tones = "us";

  std::optional<size_t> opus_complexity;  // none: by the sample rate
  size_t opus_bitrate = 0;                // 0: by the sample rate
  bool opus_dtx = false;

  std::string token_algorithm = "off";
  std::string token_key;  // file
  std::string token_issuer;
  std::string token_audience;
  std::string token_user_claim = "sub";

  size_t max_calls = 10'000;
  size_t detach_seconds = 120;

  // Absent: the users made at the first start.
  std::optional<std::vector<directory::User>> users;
  std::map<std::string, std::string> sounds;  // name -> file
  std::vector<dialplan::Route> routes;        // empty: the built-in dial plan
};

struct Fault {
  std::string source;  // file name, or the name of the environment variable
  int line = 0;        // from 1; 0: none
  std::string text;
  std::string str() const;
};

using Environment = std::map<std::string, std::string>;

// `yaml` may be empty. Whatever has no fault is in `config`.
struct ConfigResult {
  Config config;
  std::vector<Fault> faults;
};
ConfigResult parse_config(std::string_view yaml, const std::string& source,
                          const Environment& environment);

// What the numbers and addresses in it mean for the node. Adds faults that no single key shows.
node::NodeOptions node_options(const Config& config, std::vector<Fault>& faults);

// Whether its folders can be read or written.
void check_folders(const Config& config, std::vector<Fault>& faults);

// The reference of all keys as Markdown: docs/configuration.md holds exactly this.
std::string config_reference();

}  // namespace viaduct::app
