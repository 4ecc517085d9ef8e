#include "server/app/run.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "core/call/tones.h"
#include "io/net/clock.h"
#include "server/admin/api.h"
#include "server/app/config.h"
#include "server/app/config_routes.h"
#include "server/app/first_start.h"
#include "server/app/log_sink.h"
#include "server/app/sounds.h"
#include "server/app/token_keys.h"

extern char** environ;

namespace viaduct::app {
namespace {

struct CommandLine {
  std::string config_file;
  std::string data;
};

Environment environment() {
  Environment out;
  for (char** at = environ; *at; ++at) {
    const std::string_view entry = *at;
    const size_t equals = entry.find('=');
    if (equals != std::string_view::npos)
      out.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return out;
}

// All that was asked for, or all that is wrong with it.
struct Prepared {
  Config config;
  node::NodeOptions node;
  Sounds sounds;
  dialplan::Dialplan dialplan;
  std::optional<directory::TokenVerifier> tokens;
  std::vector<Fault> faults;
};

// Ten thousand users need about one.
constexpr uintmax_t kLongestConfig = 4 << 20;

void read_config(const CommandLine& line, Prepared& out) {
  std::string text;
  if (!line.config_file.empty()) {
    std::error_code error;
    const auto size = std::filesystem::file_size(line.config_file, error);
    std::ifstream in(line.config_file);
    std::ostringstream content;
    if (!error && size <= kLongestConfig) content << in.rdbuf();
    if (error || !in) {
      const std::string reason = error ? ": " + error.message() : "";
      out.faults.push_back({line.config_file, 0, "the configuration cannot be read" + reason});
      return;
    }
    if (size > kLongestConfig) {
      out.faults.push_back({line.config_file, 0, "the configuration is longer than 4 MiB"});
      return;
    }
    text = content.str();
  }
  ConfigResult parsed = parse_config(text, line.config_file, environment());
  out.config = std::move(parsed.config);
  out.faults = std::move(parsed.faults);
  if (!line.data.empty()) out.config.data = line.data;
}

// The pages lie beside the program's folder: build/release/viaduct, build/web.
std::string default_web_root() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto beside = program.parent_path().parent_path() / "web";
  return !error && std::filesystem::is_directory(beside, error) ? beside.string() : std::string();
}

// A name with a group in it is only known when a call comes.
void check_sounds(const dialplan::Route& route, Prepared& out) {
  for (const dialplan::Step& step : route.steps) {
    const auto* play = std::get_if<dialplan::PlayClip>(&step);
    if (!play || call::is_tone_name(play->clip) || play->clip.find('\\') != std::string::npos ||
        out.sounds.find(play->clip))
      continue;
    out.faults.push_back(
        {"dialplan", 0,
         "the route " + route.name + " plays " + play->clip + ", but sounds has no such name"});
  }
}

void prepare(const CommandLine& line, Prepared& out) {
  read_config(line, out);
  if (out.config.web_root.empty()) out.config.web_root = default_web_root();
  check_folders(out.config, out.faults);
  out.node = node_options(out.config, out.faults);
  out.tokens = load_token_keys(out.config, out.faults);
  for (const auto& [name, file] : out.config.sounds)
    if (auto wrong = out.sounds.load(name, file)) out.faults.push_back({"sounds", 0, *wrong});
  auto routes = out.config.routes.empty() ? built_in_routes() : out.config.routes;
  for (const dialplan::Route& route : routes) check_sounds(route, out);
  for (dialplan::Route& route : routes) (void)out.dialplan.add(std::move(route));  // were checked
}

int explain(const std::vector<Fault>& faults) {
  for (const Fault& fault : faults) std::cerr << fault.str() << "\n";
  std::cerr << faults.size() << (faults.size() == 1 ? " fault" : " faults")
            << " in the configuration\n";
  return 1;
}

int fail(const std::string& text) {
  std::cerr << "viaduct: " << text << "\n";
  return 1;
}

std::string shown(const base::SocketAddress& address) {
  const bool local = address.ip.is_unspecified() || address.ip.is_loopback();
  return local ? "localhost:" + std::to_string(address.port) : address.str();
}

void greet(const Prepared& prepared, const node::NodeAddresses& bound, const FirstUsers* first) {
  if (first && first->made_now)
    std::cout << "First start: users 1000 to 1009 have the password " << first->password
              << "  (kept in " << prepared.config.data << "/first-password)\n";
  else if (first)
    std::cout << "Users 1000 to 1009; their password is in " << prepared.config.data
              << "/first-password\n";
  std::string browser = "nowhere (http and https are off)";
  for (size_t i = 0; i < bound.web.size(); ++i)
    browser = (prepared.node.web[i].certificate_file.empty() ? "http://" : "https://") +
              shown(bound.web[i]);
  std::cout << "Viaduct is ready: point the browser to " << browser << " and the phone to "
            << (bound.sip_udp ? "sip:" + shown(*bound.sip_udp) + " (UDP)"
                              : "nowhere (sip.udp is off)")
            << std::endl;
}

int serve(Prepared& prepared) {
  const Config& config = prepared.config;
  // A recording that meets a limit on file sizes, or a log nobody reads any more, ends no calls:
  // the write fails and is told.
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  if (auto made = make_data_folder(config.data); !made) return fail(made.error().text);
  net::SystemRng rng;
  directory::Directory directory(config.domain, config.media_encryption);
  if (prepared.tokens) directory.accept_tokens(std::move(*prepared.tokens));
  std::optional<FirstUsers> first;
  if (!config.users) {
    auto users = first_users(config.data, rng);
    if (!users) return fail(users.error().text);
    first = std::move(*users);
  }
  for (const directory::User& user : first ? first->users : *config.users) directory.add(user);
  if (config.https != "off" && config.certificate.empty()) {
    const auto files = self_made_certificate(config.data, config.domain);
    if (!files) return fail(files.error().text);
    prepared.node.web.back().certificate_file = files->certificate;
    prepared.node.web.back().key_file = files->key;
  }
  auto token = config.api_token;
  if (token.reveal().empty()) {
    auto kept = api_token(config.data, rng);
    if (!kept) return fail(kept.error().text);
    token = std::move(*kept);
  }
  const auto sink = make_log_sink(config.log_json);
  base::reveal_pii_in_logs(config.log_personal_data);
  base::set_log_sink(sink.get(), config.log_level);
  int status = 0;
  {
    admin::Api api({.token = std::move(token), .capture_decrypted = config.capture_decrypted});
    node::Node node(prepared.node, directory, prepared.dialplan, prepared.sounds, api);
    const auto bound = node.start();
    if (bound) {
      greet(prepared, *bound, first ? &*first : nullptr);
      node.run();
    } else {
      status = fail(bound.error().text);
    }
  }
  base::set_log_sink(nullptr, base::LogLevel::off);
  return status;
}

int check(const Prepared& prepared) {
  if (!prepared.faults.empty()) return explain(prepared.faults);
  std::cout << "The configuration is good.\n";
  return 0;
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app("Viaduct bridges WebRTC and SIP: Verto server, SIP registrar and B2BUA.");
  CommandLine line;
  app.add_option("--config,-c", line.config_file, "configuration file (YAML)");
  app.add_option("--data", line.data, "data folder");
  app.set_version_flag("--version", "viaduct " VIADUCT_VERSION);
  app.require_subcommand(0, 1);
  const auto* checking = app.add_subcommand("check", "explain every fault of the configuration");
  const auto* reference = app.add_subcommand("reference", "print the configuration reference");
  for (auto* sub : app.get_subcommands({})) sub->fallthrough();
  CLI11_PARSE(app, argc, argv);
  if (*reference) {
    std::cout << config_reference();
    return 0;
  }
  Prepared prepared;
  prepare(line, prepared);
  if (*checking) return check(prepared);
  if (!prepared.faults.empty()) return explain(prepared.faults);
  return serve(prepared);
}

}  // namespace viaduct::app
