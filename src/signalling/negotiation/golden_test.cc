// Replays the conversations of tests/golden/sdp and compares all that the Negotiator says.
//
// A file is a list of steps, each a line that begins with "== ". Inputs are
//   == local webrtc | plain           a new leg with the transport below
//   == local sdes | dtls              a plain one that wants encryption
//   == receive offer | receive answer with the peer's description under it
//   == make offer | make answer       behind it codecs ("opus/48000/2 PCMU/8000") and a direction
// and under each stand the outputs: == usable, == text, == agreement, == error.
// With VIADUCT_UPDATE_GOLDEN=1 in the environment the outputs are written anew: read the diff.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

#include "base/ascii.h"
#include "base/encoding.h"
#include "signalling/negotiation/negotiator.h"
#include "signalling/negotiation/sdes.h"

namespace viaduct::negotiation {
namespace {

constexpr std::array<Encoding, 7> kEncodings = {Encoding::opus,         Encoding::pcmu,
                                                Encoding::pcma,         Encoding::g722,
                                                Encoding::l16,          Encoding::telephone_event,
                                                Encoding::comfort_noise};

LocalTransport webrtc_transport() {
  LocalWebRtc out;
  out.ice = {"vUfrag01", base::Secret<std::string>("vPassword0123456789abcde")};
  out.fingerprint.algorithm = "sha-256";
  out.fingerprint.digest.resize(32);
  std::iota(out.fingerprint.digest.begin(), out.fingerprint.digest.end(), uint8_t{0xa0});
  for (auto text : {"192.0.2.10:10000", "[2001:db8::10]:10000"})
    out.candidates.push_back(*base::SocketAddress::parse(text));
  return out;
}

LocalTransport plain_transport(Encryption wanted) {
  static base::SeededRng rng{1};
  rng = base::SeededRng{1};
  LocalPlain out{.rtp = *base::SocketAddress::parse("192.0.2.10:20000"), .rtcp_port = 20001};
  out.rng = &rng;
  out.fingerprint = std::get<LocalWebRtc>(webrtc_transport()).fingerprint;
  out.wanted = wanted;
  return out;
}

std::string text_of(const Codec& codec) {
  std::string out(encoding_name(codec.encoding));
  out += '/' + std::to_string(codec.clock_rate);
  if (codec.channels > 1) out += '/' + std::to_string(codec.channels);
  return out;
}

std::optional<Codec> codec_from(std::string_view text) {
  const std::string_view name = base::take_until(text, '/');
  const auto rate = base::parse_number<uint32_t>(base::take_until(text, '/'));
  const auto channels = text.empty() ? uint8_t{1} : base::parse_number<uint8_t>(text);
  for (Encoding encoding : kEncodings)
    if (rate && channels && encoding_name(encoding) == name)
      return Codec{encoding, *rate, *channels};
  return std::nullopt;
}

std::string_view text_of(Direction direction) {
  constexpr std::array<std::string_view, 4> kNames = {"sendrecv", "sendonly", "recvonly",
                                                      "inactive"};
  return kNames[static_cast<size_t>(direction)];
}

std::string text_of(const Format& format) {
  std::string out = std::to_string(format.payload_type) + ' ' + text_of(format.codec);
  return format.fmtp.empty() ? out : out + " (" + format.fmtp + ')';
}

void print_fingerprints(std::ostream& out, const std::vector<Fingerprint>& fingerprints) {
  for (const Fingerprint& fingerprint : fingerprints)
    out << "fingerprint " << fingerprint.algorithm << ' ' << base::hex_encode(fingerprint.digest)
        << '\n';
}

void print_role(std::ostream& out, DtlsRole role) {
  out << "role " << (role == DtlsRole::client ? "client" : "server") << '\n';
}

void print_plain(std::ostream& out, const PlainRemote& remote) {
  out << "rtp " << remote.rtp.str() << " rtcp " << remote.rtcp.str() << '\n';
  if (const auto* dtls = std::get_if<DtlsRemote>(&remote.protection)) {
    print_role(out, dtls->our_role);
    print_fingerprints(out, dtls->fingerprints);
  } else if (const auto* sdes = std::get_if<SdesKeys>(&remote.protection)) {
    out << "srtp " << suite_name(sdes->suite) << '\n';
    out << "key send " << base::base64_encode(sdes->send.reveal()) << '\n';
    out << "key receive " << base::base64_encode(sdes->receive.reveal());
    if (!sdes->receive_mki.empty()) out << " mki " << base::hex_encode(sdes->receive_mki);
    out << '\n';
  }
}

void print_webrtc(std::ostream& out, const WebRtcRemote& remote) {
  print_role(out, remote.our_role);
  out << "ice " << remote.ice.ufrag << ' ' << remote.ice.password.reveal() << '\n';
  print_fingerprints(out, remote.fingerprints);
  for (const IceCandidate& c : remote.candidates)
    out << "candidate " << c.foundation << ' ' << c.component << (c.tcp ? " tcp " : " udp ")
        << c.priority << ' ' << c.address.str() << ' ' << c.type << '\n';
}

std::string text_of(const AudioAgreement& agreement) {
  std::ostringstream out;
  out << "send " << text_of(agreement.send) << '\n';
  for (const Format& format : agreement.receive) out << "receive " << text_of(format) << '\n';
  if (agreement.dtmf_send) out << "dtmf send " << text_of(*agreement.dtmf_send) << '\n';
  if (agreement.dtmf_receive) out << "dtmf receive " << text_of(*agreement.dtmf_receive) << '\n';
  out << text_of(agreement.direction) << " ptime " << agreement.ptime.count()
      << (agreement.rtcp_mux ? " rtcp-mux" : "") << '\n';
  if (agreement.webrtc) print_webrtc(out, *agreement.webrtc);
  if (agreement.plain) print_plain(out, *agreement.plain);
  return out.str();
}

// What stands behind "make offer" and "make answer".
struct Wish {
  std::vector<Codec> codecs;
  Direction direction = Direction::sendrecv;
};

Wish wish_from(std::string_view text) {
  Wish out;
  while (!text.empty()) {
    const std::string_view word = base::take_until(text, ' ');
    if (const auto codec = codec_from(word)) out.codecs.push_back(*codec);
    for (int i = 0; i < 4; ++i)
      if (text_of(static_cast<Direction>(i)) == word) out.direction = static_cast<Direction>(i);
  }
  return out;
}

struct Step {
  std::string name;
  std::string body;  // LF line ends
  bool starts_with(std::string_view prefix) const { return name.starts_with(prefix); }
};

class Replay {
 public:
  // What the step's outputs are, as they stand in the file.
  std::string run(const Step& step) {
    if (step.name == "local webrtc") negotiator_.emplace(webrtc_transport(), 1234567890);
    if (step.name == "local plain")
      negotiator_.emplace(plain_transport(Encryption::none), 1234567890);
    if (step.name == "local sdes")
      negotiator_.emplace(plain_transport(Encryption::sdes), 1234567890);
    if (step.name == "local dtls")
      negotiator_.emplace(plain_transport(Encryption::dtls), 1234567890);
    if (step.name == "receive offer") return receive_offer(step);
    if (step.name == "receive answer") return receive_answer(step);
    if (step.starts_with("make offer")) return make_offer(wish_from(step.name.substr(10)));
    if (step.starts_with("make answer")) return make_answer(wish_from(step.name.substr(11)));
    return {};
  }

 private:
  static std::string wire(const std::string& body) {
    std::string out;
    for (char c : body) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
    return out;
  }
  static std::string from_wire(const std::string& text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
      EXPECT_EQ(text[i] == '\n', i > 0 && text[i - 1] == '\r') << "line end at " << i;
      if (text[i] != '\r') out += text[i];
    }
    EXPECT_TRUE(text.ends_with("\r\n"));
    return out;
  }
  static std::string error(const base::Error& e) {
    return std::string("== error ") + e.what + '\n';
  }
  static std::string agreement(const AudioAgreement& a) { return "== agreement\n" + text_of(a); }

  std::string receive_offer(const Step& step) {
    const auto codecs = negotiator_->receive_offer(wire(step.body));
    if (!codecs) return error(codecs.error());
    std::string out = "== usable";
    for (const Codec& codec : *codecs) out += ' ' + text_of(codec);
    return out + '\n';
  }
  std::string receive_answer(const Step& step) {
    const auto agreed = negotiator_->receive_answer(wire(step.body));
    return agreed ? agreement(*agreed) : error(agreed.error());
  }
  std::string make_offer(const Wish& wish) {
    return "== text\n" + from_wire(negotiator_->make_offer(wish.codecs, wish.direction));
  }
  std::string make_answer(const Wish& wish) {
    const auto answer = negotiator_->make_answer(wish.codecs, wish.direction);
    if (!answer) return error(answer.error());
    return "== text\n" + from_wire(answer->text) + agreement(answer->agreement);
  }

  std::optional<Negotiator> negotiator_;
};

bool is_output(const Step& step) {
  return step.name == "text" || step.name == "agreement" || step.starts_with("usable") ||
         step.starts_with("error");
}

std::string replayed(const std::string& file) {
  std::istringstream lines(file);
  std::string out;
  std::vector<Step> steps;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("== ")) steps.push_back({line.substr(3), {}});
    else if (steps.empty()) out += line + '\n';
    else steps.back().body += line + '\n';
  }
  Replay replay;
  for (const Step& step : steps) {
    if (is_output(step)) continue;
    out += "== " + step.name + '\n' + step.body;
    out += replay.run(step);
  }
  return out;
}

std::string content_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Golden, ConversationsGoAsWritten) {
  const std::filesystem::path folder =
      std::filesystem::path(VIADUCT_SOURCE_DIR) / "tests" / "golden" / "sdp";
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    ++count;
    SCOPED_TRACE(entry.path().filename().string());
    const std::string written = content_of(entry.path());
    const std::string said = replayed(written);
    if (std::getenv("VIADUCT_UPDATE_GOLDEN")) std::ofstream(entry.path()) << said;
    EXPECT_EQ(said, written);
  }
  EXPECT_GE(count, 10u);
}

}  // namespace
}  // namespace viaduct::negotiation
