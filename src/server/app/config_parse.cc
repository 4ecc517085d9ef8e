#include <yaml-cpp/yaml.h>

#include <set>

#include "base/ascii.h"
#include "server/app/config.h"
#include "server/app/config_keys.h"
#include "server/app/config_routes.h"

namespace viaduct::app {
namespace {

class Parser {
 public:
  Parser(const std::string& source, ConfigResult& out) : source_(source), out_(out) {}

  void parse(std::string_view text) {
    YAML::Node root;
    try {
      root = YAML::Load(std::string(text));
    } catch (const YAML::Exception& error) {
      fault(error.mark, error.msg);
      return;
    }
    if (root.IsNull()) return;
    if (!root.IsMap()) {
      fault(root.Mark(), "the configuration must be a list of keys and values");
      return;
    }
    for (const auto& entry : root) top_level(entry.first.Scalar(), entry.first, entry.second);
  }

 private:
  void fault(const YAML::Mark& mark, std::string text) {
    out_.faults.push_back({source_, mark.line + 1, std::move(text)});
  }

  void top_level(const std::string& name, const YAML::Node& key, const YAML::Node& value) {
    if (!seen_.insert(name).second) fault(key.Mark(), "the key " + name + " stands here twice");
    else if (name == "users") users(value);
    else if (name == "sounds") sounds(value);
    else if (name == "dialplan") dialplan(value);
    else if (value.IsMap()) section(name, value);
    else scalar(name, key, value);
  }

  void section(const std::string& name, const YAML::Node& section) {
    for (const auto& entry : section)
      scalar(name + "." + entry.first.Scalar(), entry.first, entry.second);
  }

  void scalar(const std::string& path, const YAML::Node& key, const YAML::Node& value) {
    for (const ConfigKey& known : config_keys()) {
      if (known.path != path) continue;
      if (!value.IsScalar()) fault(key.Mark(), path + " must have one value");
      else if (auto wrong = known.set(out_.config, value.Scalar()))
        fault(value.Mark(), path + " " + *wrong + ", not \"" + value.Scalar() + "\"");
      return;
    }
    fault(key.Mark(), "there is no key " + path);
  }

  void users(const YAML::Node& list) {
    out_.config.users.emplace();
    if (!list.IsSequence()) {
      fault(list.Mark(), "users must be a list");
      return;
    }
    std::set<std::string> names;
    for (const YAML::Node& entry : list) {
      const auto user = this->user(entry);
      if (!user) continue;
      if (!names.insert(user->name + "@" + user->domain).second)
        fault(entry.Mark(), "the user " + user->name + " is there twice");
      else out_.config.users->push_back(*user);
    }
  }

  std::optional<directory::User> user(const YAML::Node& entry) {
    if (!entry.IsMap()) {
      fault(entry.Mark(), "a user needs name and password");
      return std::nullopt;
    }
    directory::User user;
    std::string password;
    const size_t before = out_.faults.size();
    for (const auto& member : entry) {
      const std::string name = member.first.Scalar();
      if (name == "verto_methods") {
        user.verto_methods = names(member);
        continue;
      }
      if (name == "event_channels") {
        user.event_channels = names(member);
        continue;
      }
      if (name == "dtmf") {
        dtmf(member.second, user);
        continue;
      }
      if (name == "media_encryption" && member.second.IsScalar()) {
        user.media_encryption = encryption_named(member.second.Scalar());
        if (!user.media_encryption)
          fault(member.second.Mark(), "media_encryption must be none, sdes or dtls");
        continue;
      }
      std::string* to = name == "name"            ? &user.name
                        : name == "domain"        ? &user.domain
                        : name == "password"      ? &password
                        : name == "caller_name"   ? &user.caller_name
                        : name == "caller_number" ? &user.caller_number
                        : name == "context"       ? &user.context
                                                  : nullptr;
      if (!to) fault(member.first.Mark(), "a user has no " + name);
      else if (!member.second.IsScalar()) fault(member.first.Mark(), name + " must have one value");
      else *to = member.second.Scalar();
    }
    if (user.name.empty()) fault(entry.Mark(), "a user without a name");
    else if (password.empty()) fault(entry.Mark(), "the user " + user.name + " has no password");
    user.password = base::Secret(std::move(password));
    return out_.faults.size() == before ? std::optional(user) : std::nullopt;
  }

  // A list that is none must not be read as an empty one: no methods means all of them.
  template <class Member>
  std::vector<std::string> names(const Member& member) {
    std::vector<std::string> out;
    if (!member.second.IsSequence() || member.second.size() == 0)
      fault(member.first.Mark(), member.first.Scalar() + " must be a list");
    for (const YAML::Node& name : member.second) out.push_back(name.Scalar());
    return out;
  }

  void dtmf(const YAML::Node& node, directory::User& user) {
    const std::string value = node.IsScalar() ? node.Scalar() : "";
    if (value == "rfc4733") user.dtmf = directory::Dtmf::rfc4733;
    else if (value == "inband") user.dtmf = directory::Dtmf::inband;
    else if (value == "info") user.dtmf = directory::Dtmf::info;
    else fault(node.Mark(), "dtmf must be rfc4733, inband or info");
  }

  void sounds(const YAML::Node& map) {
    if (!map.IsMap()) {
      fault(map.Mark(), "sounds must be names and files");
      return;
    }
    for (const auto& entry : map) {
      if (!entry.second.IsScalar()) fault(entry.first.Mark(), "a sound is a file name");
      else out_.config.sounds[entry.first.Scalar()] = entry.second.Scalar();
    }
  }

  void dialplan(const YAML::Node& list) {
    const auto report = [this](const YAML::Mark& mark, std::string text) {
      fault(mark, std::move(text));
    };
    out_.config.routes = parse_routes(list, report);
  }

  const std::string& source_;
  ConfigResult& out_;
  std::set<std::string> seen_;
};

void apply_environment(const Environment& environment, ConfigResult& out) {
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("VIADUCT_")) continue;
    const ConfigKey* found = nullptr;
    for (const ConfigKey& key : config_keys())
      if (environment_name(key.path) == name) found = &key;
    if (!found) out.faults.push_back({name, 0, "there is no key of this name"});
    else if (auto wrong = found->set(out.config, value))
      out.faults.push_back({name, 0, *wrong + ", not \"" + value + "\""});
  }
}

}  // namespace

std::string Fault::str() const {
  return source + (line > 0 ? ":" + std::to_string(line) : "") + ": " + text;
}

ConfigResult parse_config(std::string_view yaml, const std::string& source,
                          const Environment& environment) {
  ConfigResult out;
  Parser(source, out).parse(yaml);
  apply_environment(environment, out);
  return out;
}

std::string config_reference() {
  std::string out =
      "# Configuration reference\n\n"
      "Generated by `viaduct reference`; a test compares it with the program.\n\n"
      "| key | default | environment | meaning |\n|---|---|---|---|\n";
  for (const ConfigKey& key : config_keys())
    out += "| `" + std::string(key.path) + "` | `" + std::string(key.fallback) + "` | `" +
           environment_name(key.path) + "` | " + std::string(key.help) + " |\n";
  return out + std::string(routes_reference());
}

}  // namespace viaduct::app
