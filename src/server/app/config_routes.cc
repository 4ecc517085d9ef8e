#include "server/app/config_routes.h"

#include <algorithm>
#include <array>

#include "base/ascii.h"
#include "core/dialplan/recording_name.h"

namespace viaduct::app {
namespace {

using dialplan::CodecPolicy;
using dialplan::DialUser;
using dialplan::Route;
using dialplan::Step;

struct NamedCodec {
  std::string_view name;
  negotiation::Codec codec;
};
constexpr std::array kCodecs = {
    NamedCodec{"opus", negotiation::kOpus}, NamedCodec{"pcmu", negotiation::kPcmu},
    NamedCodec{"pcma", negotiation::kPcma}, NamedCodec{"g722", negotiation::kG722},
    NamedCodec{"l16", {negotiation::Encoding::l16, 16000, 1}}};

struct NamedReason {
  std::string_view name;
  uint16_t q850;
};
constexpr std::array kReasons = {NamedReason{"busy", 17}, NamedReason{"rejected", 21},
                                 NamedReason{"unknown", 1}, NamedReason{"congestion", 42}};

class RouteParser {
 public:
  explicit RouteParser(const ReportFault& fault) : fault_(fault) {}

  std::optional<Route> route(const YAML::Node& node) {
    if (!node.IsMap()) {
      fault_(node.Mark(), "a route needs match and do");
      return std::nullopt;
    }
    Route out;
    for (const auto& member : node) {
      const std::string name = member.first.Scalar();
      if (name == "do") steps(member.second, out.steps);
      else if (name != "match" && name != "context" && name != "name")
        wrong(member.first, "a route has no " + name);
      else if (!member.second.IsScalar()) wrong(member.first, name + " must have one value");
      else
        (name == "match"     ? out.pattern
         : name == "context" ? out.context
                             : out.name) = member.second.Scalar();
    }
    if (out.pattern.empty()) wrong(node, "a route without match");
    if (out.steps.empty() && good_) wrong(node, "a route that does nothing");
    if (out.name.empty()) out.name = out.pattern;
    // The pattern's own faults are the dial plan's to find.
    dialplan::Dialplan probe;
    if (const auto fault = probe.add(out))
      wrong(node["match"] ? node["match"] : node, "match: " + *fault);
    if (const auto group = dialplan::missing_group(out))
      wrong(node, "its steps name \\" + std::to_string(*group) + ", a group that match has not");
    return good_ ? std::optional(out) : std::nullopt;
  }

 private:
  void wrong(const YAML::Node& at, std::string text) {
    good_ = false;
    fault_(at.Mark(), std::move(text));
  }

  void steps(const YAML::Node& node, std::vector<Step>& out) {
    if (!node.IsSequence()) {
      step(node, out);
      return;
    }
    for (const YAML::Node& one : node) step(one, out);
  }

  void step(const YAML::Node& node, std::vector<Step>& out) {
    if (node.IsScalar() && node.Scalar() == "echo") out.push_back(dialplan::Echo{});
    else if (node.IsMap() && node["dial"]) dial(node, out);
    else if (node.IsMap() && node["play"]) play(node, out);
    else if (node.IsMap() && node["record"]) record(node, out);
    else if (node.IsMap() && node["reject"]) reject(node, out);
    else wrong(node, "a step is echo, {dial: …}, {play: …}, {record: …} or {reject: …}");
  }

  void dial(const YAML::Node& node, std::vector<Step>& out) {
    DialUser step;
    for (const auto& member : node) {
      const std::string name = member.first.Scalar();
      if (name == "dial" && member.second.IsScalar()) step.user = member.second.Scalar();
      else if (name == "timeout") timeout(member.second, step);
      else if (name == "codecs") codecs(member.second, step.codecs);
      else if (name == "media") media(member.second, step);
      else wrong(member.first, "dial has no " + name);
    }
    out.push_back(std::move(step));
  }

  void timeout(const YAML::Node& node, DialUser& step) {
    const auto seconds = node.IsScalar() ? base::parse_number<int>(node.Scalar()) : std::nullopt;
    if (!seconds || *seconds < 1 || *seconds > 600) wrong(node, "timeout must be 1 to 600 seconds");
    else step.timeout = std::chrono::seconds(*seconds);
  }

  void media(const YAML::Node& node, DialUser& step) {
    const std::string value = node.IsScalar() ? node.Scalar() : "";
    if (value != "server" && value != "direct") wrong(node, "media must be server or direct");
    step.direct = value == "direct";
  }

  void codecs(const YAML::Node& node, CodecPolicy& policy) {
    if (node.IsScalar() && node.Scalar() == "relay") return;
    if (node.IsScalar() && node.Scalar() == "quality") {
      policy.mode = CodecPolicy::Mode::quality;
      return;
    }
    if (!node.IsSequence() || node.size() == 0) {
      wrong(node, "codecs must be relay, quality or a list of codecs");
      return;
    }
    policy.mode = CodecPolicy::Mode::listed;
    for (const YAML::Node& one : node) {
      const auto known = std::ranges::find(kCodecs, base::lower(one.Scalar()), &NamedCodec::name);
      if (known == kCodecs.end())
        wrong(one, "there is no codec " + one.Scalar() + " (opus, PCMU, PCMA, G722, L16)");
      else policy.codecs.push_back(known->codec);
    }
  }

  void play(const YAML::Node& node, std::vector<Step>& out) {
    dialplan::PlayClip step;
    for (const auto& member : node) {
      const std::string name = member.first.Scalar();
      if (name == "play" && member.second.IsScalar()) step.clip = member.second.Scalar();
      else if (name == "repeat" &&
               (member.second.Scalar() == "true" || member.second.Scalar() == "false"))
        step.repeat = member.second.Scalar() == "true";
      else wrong(member.first, "play takes the name of a sound and repeat: true or false");
    }
    out.push_back(std::move(step));
  }

  void record(const YAML::Node& node, std::vector<Step>& out) {
    dialplan::Record step;
    for (const auto& member : node) {
      const std::string name = member.first.Scalar();
      const std::string value = member.second.IsScalar() ? member.second.Scalar() : "";
      if (name == "record") record_name(member.second, value, step);
      else if (name == "format") record_format(member.second, value, step);
      else if (name == "channels" && (value == "stereo" || value == "mixed"))
        step.stereo = value == "stereo";
      else
        wrong(member.first,
              "record takes a file name, format: wav, flac or opus, and "
              "channels: stereo or mixed");
    }
    out.push_back(std::move(step));
  }

  void record_name(const YAML::Node& node, const std::string& value, dialplan::Record& step) {
    step.file = value == "true" ? std::string(dialplan::kUsualRecordingName) : value;
    if (const auto fault = dialplan::recording_name_fault(step.file))
      wrong(node, "record: " + *fault);
  }

  void record_format(const YAML::Node& node, const std::string& value, dialplan::Record& step) {
    using Format = dialplan::Record::Format;
    if (value == "wav") step.format = Format::wav;
    else if (value == "flac") step.format = Format::flac;
    else if (value == "opus") step.format = Format::opus;
    else wrong(node, "format must be wav, flac or opus");
  }

  void reject(const YAML::Node& node, std::vector<Step>& out) {
    const YAML::Node reason = node["reject"];
    const auto known =
        std::ranges::find(kReasons, reason.IsScalar() ? reason.Scalar() : "", &NamedReason::name);
    if (known == kReasons.end() || node.size() != 1)
      wrong(node, "reject takes busy, rejected, unknown or congestion");
    else out.push_back(dialplan::Reject{known->q850});
  }

  const ReportFault& fault_;
  bool good_ = true;
};

}  // namespace

std::vector<Route> parse_routes(const YAML::Node& list, const ReportFault& fault) {
  std::vector<Route> out;
  if (!list.IsSequence()) {
    fault(list.Mark(), "dialplan must be a list of routes");
    return out;
  }
  for (const YAML::Node& node : list)
    if (auto route = RouteParser(fault).route(node)) out.push_back(std::move(*route));
  return out;
}

std::vector<Route> built_in_routes() {
  DialUser dial;
  dial.user = "\\0";
  return {{"echo", "", "9196", {dialplan::Echo{}}},
          {"music", "", "9195", {dialplan::PlayClip{"music", true}}},
          {"users", "", "10\\d\\d", {dial}}};
}

std::string_view routes_reference() {
  return R"md(
## Lists

```yaml
users:                    # without it: 1000-1009 with the password of the first start
  - name: "1000"          # what others dial, and the login
    password: secret
    caller_name: Ann      # shown to those it calls
    caller_number: "1000"
    context: default      # which routes of the dial plan it may use
    dtmf: rfc4733         # digits of its SIP phone: rfc4733 (INFO where it has none), inband or info
    media_encryption: sdes  # of its SIP devices, in place of sip.media_encryption
    verto_methods: [verto]  # what it may call over Verto; absent: all
    event_channels: [lobby]  # what it may subscribe to and broadcast on; absent: none
sounds:                   # name: file (WAV, FLAC, Ogg); "music" is built in
  welcome: sounds/welcome.wav
dialplan:                 # the first route whose pattern (RE2) matches the whole number
  - match: "9196"
    do: echo
  - match: "9195"
    do: {play: music, repeat: true}  # or tone:dial, tone:ringback, tone:busy, tone:congestion
  - match: "(10\\d\\d)"
    context: default      # absent: every context
    do:                   # one after another, as long as nobody answers
      # record: true, or a name with {call} {caller} {dialled} {date} {time} in it, below recordings.folder
      - {record: "{date}/{time}-{caller}", format: wav, channels: stereo}  # flac, opus; mixed
      # codecs: relay, quality or a list of PCMU, PCMA, G722, L16, opus
      # media: server, or direct: two browsers send to each other, where they can
      - {dial: "\\1", timeout: 30, codecs: relay, media: server}
      - {reject: busy}    # busy, rejected, unknown or congestion
```

Without `dialplan` there are 9196 (echo), 9195 (music) and 10xx (users).
)md";
}

}  // namespace viaduct::app
