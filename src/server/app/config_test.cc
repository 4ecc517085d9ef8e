#include "server/app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "server/app/config_routes.h"
#include "server/app/token_keys.h"

namespace viaduct::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> texts(const std::vector<Fault>& faults) {
  std::vector<std::string> out;
  for (const Fault& fault : faults) out.push_back(fault.str());
  return out;
}

ConfigResult parse(std::string_view yaml, const Environment& environment = {}) {
  return parse_config(yaml, "v.yaml", environment);
}
std::vector<std::string> faults_of(std::string_view yaml) { return texts(parse(yaml).faults); }

TEST(Config, NothingGivenMeansTheDefaults) {
  const auto result = parse("");
  EXPECT_THAT(result.faults, IsEmpty());
  EXPECT_EQ(result.config.https, "0.0.0.0:8082");
  EXPECT_FALSE(result.config.users) << "those of the first start";
  std::vector<Fault> faults;
  const auto node = node_options(result.config, faults);
  EXPECT_THAT(faults, IsEmpty());
  EXPECT_EQ(node.sip_udp->str(), "0.0.0.0:5060");
  EXPECT_EQ(node.media.port, 10000);
  EXPECT_GE(node.workers, 1u);
}

TEST(Config, ReadsEveryKindOfKey) {
  const auto result = parse(
      "domain: example.net\n"
      "log: {level: debug, format: json, personal_data: yes}\n"
      "sip: {udp: 192.0.2.1:5070}\n"
      "http: {listen: off}\n"
      "media:\n"
      "  workers: 2\n"
      "  advertise: 198.51.100.7, 2001:db8::7\n"
      "rtp: {ports: 30000-30099}\n"
      "verto: {detach: 0}\n"
      "users:\n"
      "  - {name: 1000, password: secret, caller_name: Ann, verto_methods: [verto.invite]}\n"
      "sounds: {welcome: welcome.wav}\n");
  EXPECT_THAT(texts(result.faults), IsEmpty());
  const Config& config = result.config;
  EXPECT_EQ(config.log_level, base::LogLevel::debug);
  EXPECT_TRUE(config.log_json);
  EXPECT_TRUE(config.log_personal_data);
  EXPECT_THAT(config.advertise, ElementsAre("198.51.100.7", "2001:db8::7"));
  EXPECT_EQ(config.sounds.at("welcome"), "welcome.wav");
  ASSERT_TRUE(config.users);
  ASSERT_EQ(config.users->size(), 1u);
  EXPECT_EQ(config.users->front().name, "1000");
  EXPECT_EQ(config.users->front().password.reveal(), "secret");
  EXPECT_THAT(config.users->front().verto_methods.value(), ElementsAre("verto.invite"));

  std::vector<Fault> faults;
  const auto node = node_options(config, faults);
  EXPECT_THAT(faults, IsEmpty());
  EXPECT_EQ(node.web.size(), 1u) << "http is off";
  EXPECT_EQ(node.rtp_first, 30000);
  EXPECT_EQ(node.rtp_last, 30099);
  EXPECT_EQ(node.workers, 2u);
  EXPECT_EQ(node.control.sip.digest.realm, "example.net");
  EXPECT_EQ(node.control.verto.detach_timeout, base::Duration{});
}

TEST(Config, MediaEncryptionIsForAllOrForOne) {
  using negotiation::Encryption;
  const auto result = parse(
      "sip: {media_encryption: sdes}\n"
      "users:\n"
      "  - {name: 1000, password: x}\n"
      "  - {name: 1001, password: x, media_encryption: dtls}\n"
      "  - {name: 1002, password: x, media_encryption: none}\n");
  EXPECT_THAT(texts(result.faults), IsEmpty());
  directory::Directory directory("example.net", result.config.media_encryption);
  for (const auto& user : *result.config.users) directory.add(user);
  const auto of = [&](const char* user) {
    return directory.media_encryption(directory.find(user));
  };
  EXPECT_EQ(of("1000"), Encryption::sdes);
  EXPECT_EQ(of("1001"), Encryption::dtls);
  EXPECT_EQ(of("1002"), Encryption::none);
  EXPECT_EQ(of("a stranger"), Encryption::sdes);
  EXPECT_THAT(faults_of("sip: {media_encryption: yes}\n"
                        "users:\n"
                        "  - {name: 1000, password: x, media_encryption: zrtp}\n"),
              ElementsAre("v.yaml:1: sip.media_encryption must be none, sdes or dtls, not \"yes\"",
                          "v.yaml:3: media_encryption must be none, sdes or dtls"));
}

TEST(Config, TellsEveryFaultAtOnceWithItsLine) {
  EXPECT_THAT(
      faults_of("domain: \"a b\"\n"
                "colour: blue\n"
                "sip:\n"
                "  udp: 5060\n"
                "  tls: 0.0.0.0:5061\n"
                "limits: {calls: many}\n"
                "users:\n"
                "  - {name: \"1000\"}\n"
                "  - {name: \"1001\", password: x, shoe_size: 42}\n"
                "  - {name: \"1002\", password: x}\n"
                "  - {name: \"1002\", password: y}\n"
                "  - {name: \"1003\", password: x, verto_methods: verto}\n"
                "dialplan:\n"
                "  - {match: \"(\", do: echo}\n"
                "  - {match: \"1\", do: {dial: \"1\", timeout: 0}}\n"
                "  - {match: \"2\", do: {dial: \"1\", media: relay}}\n"),
      ElementsAre("v.yaml:1: domain must be a host name or an address, not \"a b\"",
                  "v.yaml:2: there is no key colour",
                  "v.yaml:4: sip.udp must be an address and port like 0.0.0.0:5060 or [::]:5060, "
                  "or off, not \"5060\"",
                  "v.yaml:5: there is no key sip.tls",
                  "v.yaml:6: limits.calls must be a number from 1 to 1000000, not \"many\"",
                  "v.yaml:8: the user 1000 has no password", "v.yaml:9: a user has no shoe_size",
                  "v.yaml:11: the user 1002 is there twice",
                  "v.yaml:12: verto_methods must be a list", "v.yaml:14: match: missing ): (",
                  "v.yaml:15: timeout must be 1 to 600 seconds",
                  "v.yaml:16: media must be server or direct"));
}

TEST(Config, WhatIsNoYamlIsOneFault) {
  const auto faults = parse("sip: {udp: [}\n").faults;
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults.front().line, 1);
  EXPECT_THAT(faults_of("just a sentence\n"),
              ElementsAre("v.yaml:1: the configuration must be a list of keys and values"));
  EXPECT_THAT(
      faults_of("users: 1000\nsounds: [a]\ndialplan: echo\n"),
      ElementsAre("v.yaml:1: users must be a list", "v.yaml:2: sounds must be names and files",
                  "v.yaml:3: dialplan must be a list of routes"));
  EXPECT_THAT(faults_of("domain: a\ndomain: b\n"),
              ElementsAre("v.yaml:2: the key domain stands here twice"));
}

TEST(Config, TheEnvironmentOverridesTheFile) {
  const auto result = parse("sip: {udp: 192.0.2.1:5070}\nlog: {level: debug}\n",
                            {{"VIADUCT_SIP_UDP", "0.0.0.0:5090"},
                             {"VIADUCT_LOG_PERSONAL_DATA", "true"},
                             {"HOME", "/root"}});
  EXPECT_THAT(result.faults, IsEmpty());
  EXPECT_EQ(result.config.sip_udp, "0.0.0.0:5090");
  EXPECT_EQ(result.config.log_level, base::LogLevel::debug);
  EXPECT_TRUE(result.config.log_personal_data);
}

TEST(Config, FaultsOfTheEnvironmentNameTheVariable) {
  EXPECT_THAT(texts(parse("", {{"VIADUCT_COLOUR", "blue"}, {"VIADUCT_MEDIA_WORKERS", "0"}}).faults),
              ElementsAre("VIADUCT_COLOUR: there is no key of this name",
                          "VIADUCT_MEDIA_WORKERS: must be a number from 1 to 256, not \"0\""));
}

TEST(Config, PortsMustNotOverlap) {
  std::vector<Fault> faults;
  node_options(parse("media: {listen: 0.0.0.0:20010, workers: 2}\n").config, faults);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults.front().source, "rtp.ports");
  faults.clear();
  node_options(parse("media: {listen: 0.0.0.0:65535, workers: 2}\n").config, faults);
  EXPECT_EQ(faults.size(), 1u);
}

TEST(Config, WhatIsHeardOnHoldMustBeASound) {
  const auto faults_with = [](std::string_view yaml) {
    std::vector<Fault> faults;
    node_options(parse(yaml).config, faults);
    std::vector<std::string> sources;
    for (const Fault& fault : faults) sources.push_back(fault.source);
    return sources;
  };
  EXPECT_THAT(faults_with("hold: {sound: silence, away_sound: \"tone:ringback\"}\n"),
              ElementsAre());
  EXPECT_THAT(faults_with("hold: {sound: waltz}\nsounds: {waltz: w.wav}\n"), ElementsAre());
  EXPECT_THAT(faults_with("hold: {sound: waltz, away_sound: nothing}\n"),
              ElementsAre("hold.sound", "hold.away_sound"));
}

TEST(Config, AdvertisedAddressesMustBeOfTheFamilyListenedOn) {
  const auto faults_with = [](std::string_view media) {
    std::vector<Fault> faults;
    node_options(parse(media).config, faults);
    return texts(faults);
  };
  EXPECT_THAT(faults_with("media: {advertise: '198.51.100.7, 2001:db8::7'}\n"), IsEmpty());
  EXPECT_THAT(faults_with("media: {listen: '[::1]:10000', advertise: '::1'}\n"), IsEmpty());
  EXPECT_EQ(faults_with("media: {listen: 0.0.0.0:10000, advertise: '2001:db8::7'}\n").size(), 1u);
  EXPECT_EQ(faults_with("media: {listen: '[::1]:10000', advertise: 192.0.2.1}\n").size(), 1u);
}

TEST(Config, RoutesAreReadInOrder) {
  const auto result = parse(
      "dialplan:\n"
      "  - match: \"(10\\\\d\\\\d)\"\n"
      "    context: office\n"
      "    do:\n"
      "      - {dial: \"\\\\1\", timeout: 5, codecs: [PCMA, opus], media: direct}\n"
      "      - {reject: busy}\n"
      "  - {match: \"9.*\", do: {play: music, repeat: false}}\n");
  EXPECT_THAT(texts(result.faults), IsEmpty());
  ASSERT_EQ(result.config.routes.size(), 2u);
  const auto& route = result.config.routes[0];
  EXPECT_EQ(route.context, "office");
  ASSERT_EQ(route.steps.size(), 2u);
  const auto& dial = std::get<dialplan::DialUser>(route.steps[0]);
  EXPECT_EQ(dial.user, "\\1");
  EXPECT_EQ(dial.timeout, std::chrono::seconds(5));
  EXPECT_TRUE(dial.direct);
  EXPECT_THAT(dial.codecs.codecs, ElementsAre(negotiation::kPcma, negotiation::kOpus));
  EXPECT_EQ(std::get<dialplan::Reject>(route.steps[1]).q850, 17);
  EXPECT_FALSE(std::get<dialplan::PlayClip>(result.config.routes[1].steps[0]).repeat);
}

TEST(Config, TonesAndDigits) {
  const auto result = parse(
      "tones: de\n"
      "users:\n"
      "  - {name: \"1000\", password: x, dtmf: inband}\n"
      "dialplan:\n"
      "  - {match: \"1\", do: {play: \"tone:busy\"}}\n");
  EXPECT_THAT(texts(result.faults), IsEmpty());
  EXPECT_EQ(result.config.users->at(0).dtmf, directory::Dtmf::inband);
  std::vector<Fault> faults;
  const auto node = node_options(result.config, faults);
  EXPECT_EQ(node.control.calls.tones.busy.steps[0].first_hz, 425);
  const auto wrong = faults_of("tones: atlantis\nusers: [{name: a, password: x, dtmf: loud}]\n");
  ASSERT_EQ(wrong.size(), 2u);
  EXPECT_THAT(wrong[0], ::testing::HasSubstr("tones must be one of at au be"));
  EXPECT_EQ(wrong[1], "v.yaml:2: dtmf must be rfc4733, inband or info");
}

TEST(Config, RecordingsAreSteps) {
  const auto result = parse(
      "recordings: {folder: /var/spool/calls, rate: 8000}\n"
      "dialplan:\n"
      "  - match: \"1\"\n"
      "    do: [{record: true}, {record: \"{caller}\", format: opus, channels: mixed}, echo]\n");
  EXPECT_THAT(texts(result.faults), IsEmpty());
  ASSERT_EQ(result.config.routes.size(), 1u);
  const auto& usual = std::get<dialplan::Record>(result.config.routes[0].steps[0]);
  EXPECT_EQ(usual.file, "{date}/{time}-{call}");
  EXPECT_TRUE(usual.stereo);
  const auto& mixed = std::get<dialplan::Record>(result.config.routes[0].steps[1]);
  EXPECT_EQ(mixed.format, dialplan::Record::Format::opus);
  EXPECT_FALSE(mixed.stereo);
  std::vector<Fault> faults;
  EXPECT_EQ(node_options(result.config, faults).recordings, "/var/spool/calls");
  EXPECT_THAT(faults_of("recordings: {rate: 44100}\n"
                        "dialplan:\n"
                        "  - {match: \"1\", do: [{record: ../x}, echo]}\n"
                        "  - {match: \"2\", do: [{record: \"{user}\", format: mp3}, echo]}\n"),
              ElementsAre("v.yaml:1: recordings.rate must be 8000, 16000 or 48000, not \"44100\"",
                          "v.yaml:3: record: a file name is relative, and no part of it begins "
                          "with a dot",
                          "v.yaml:4: record: there is no {user}, only {call}, {caller}, {dialled}, "
                          "{date} and {time}",
                          "v.yaml:4: format must be wav, flac or opus"));
}

TEST(Config, TheBuiltInRoutesHaveNoFault) {
  dialplan::Dialplan plan;
  for (auto& route : built_in_routes()) EXPECT_EQ(plan.add(std::move(route)), std::nullopt);
  EXPECT_TRUE(plan.route("default", "9196"));
  EXPECT_TRUE(plan.route("default", "1005"));
  EXPECT_FALSE(plan.route("default", "2000"));
}

// `viaduct reference > docs/configuration.md` when this fails.
TEST(Config, TheReferenceInTheDocumentsIsTheProgramsOwn) {
  std::ifstream file(VIADUCT_SOURCE_DIR "/docs/configuration.md");
  const std::string documented{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(documented == config_reference())
      << "docs/configuration.md differs from `viaduct reference`";
}

// The example in the reference is itself a configuration.
TEST(Config, TheExampleOfTheReferenceHasNoFault) {
  const std::string text(routes_reference());
  const size_t begin = text.find("```yaml\n") + 8;
  const std::string yaml = text.substr(begin, text.find("```", begin) - begin);
  EXPECT_THAT(faults_of(yaml), IsEmpty());
}

TEST(Config, AStepThatNamesAGroupTheMatchHasNotIsAFault) {
  EXPECT_THAT(faults_of("dialplan:\n"
                        "  - {match: \"(1)\\\\d\", do: {dial: \"\\\\7\"}}\n"),
              ElementsAre("v.yaml:2: its steps name \\7, a group that match has not"));
}

TEST(Config, WhatIsAdvertisedIsAnAddressOfOneHost) {
  for (const char* wrong : {"0.0.0.0", "::", "224.0.0.1", "ff02::1", "198.51.100.7,0.0.0.0"})
    EXPECT_EQ(faults_of("media: {advertise: '" + std::string(wrong) + "'}\n").size(), 1u) << wrong;
}

TEST(Config, FoldersAreTriedBeforeTheStart) {
  namespace fs = std::filesystem;
  const fs::path here =
      fs::temp_directory_path() / ("viaduct-config-" + std::to_string(::getpid()));
  fs::create_directories(here);
  std::ofstream(here / "file").put('x');
  const auto faults_with = [&](const std::string& below) {
    Config config;
    config.web_root = (here / "file").string();
    config.data = config.recordings = config.capture_folder = (here / below).string();
    std::vector<Fault> faults;
    check_folders(config, faults);
    std::vector<std::string> keys;
    for (const Fault& fault : faults) keys.push_back(fault.source);
    return keys;
  };
  EXPECT_THAT(faults_with("file/under/it"),
              ElementsAre("web.root", "data", "recordings.folder", "capture.folder"));
  EXPECT_THAT(faults_with("file"),
              ElementsAre("web.root", "data", "recordings.folder", "capture.folder"));
  EXPECT_THAT(faults_with("not/there/yet"), ElementsAre("web.root"));
  EXPECT_FALSE(fs::exists(here / "not")) << "nothing is made by trying";
  fs::remove_all(here);
}

TEST(Config, CertificatesAndListenersAreTriedBeforeTheStart) {
  const auto parsed = parse_config(
      "https: {listen: '127.0.0.1:8081', certificate: /nowhere.pem, key: /nowhere.key}\n", "v.yaml",
      {});
  ASSERT_TRUE(parsed.faults.empty());
  std::vector<Fault> faults;
  node_options(parsed.config, faults);
  ASSERT_EQ(faults.size(), 2u);
  EXPECT_EQ(faults[0].str(), "https.listen: is the same address and port as http.listen");
  EXPECT_NE(faults[1].text.find("cannot use the certificate /nowhere.pem"), std::string::npos);
}

TEST(Config, TokensNeedAKeyThatCanBeUsed) {
  const auto faults_with = [](const std::string& yaml) {
    const auto parsed = parse_config(yaml, "v.yaml", {});
    EXPECT_THAT(texts(parsed.faults), IsEmpty());
    std::vector<Fault> faults;
    EXPECT_FALSE(load_token_keys(parsed.config, faults));
    return texts(faults);
  };
  EXPECT_THAT(faults_with(""), IsEmpty());
  EXPECT_THAT(faults_with("tokens: {algorithm: RS256}"),
              ElementsAre("tokens.key: is missing: RS256 needs a key"));
  EXPECT_THAT(faults_with("tokens: {algorithm: HS256, key: /nowhere}"),
              ElementsAre("tokens.key: /nowhere cannot be read, or is no key"));
  EXPECT_THAT(faults_with("tokens: {algorithm: ES256, key: /etc/hostname}"),
              ElementsAre("tokens.key: /etc/hostname: there is no public key in PEM form"));
  EXPECT_THAT(faults_of("tokens: {algorithm: none}"),
              ElementsAre("v.yaml:1: tokens.algorithm must be off, HS256, RS256 or ES256, not "
                          "\"none\""));
}

}  // namespace
}  // namespace viaduct::app
