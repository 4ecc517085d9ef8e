// A whole leg's life against a hostile peer. The first byte chooses our transport, who begins and
// what encryption we want; the rest is texts between lines of "---", taken in turn as offers and as
// answers to offers of ours.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ascii.h"
#include "base/check.h"
#include "signalling/negotiation/negotiator.h"
#include "signalling/negotiation/sdes.h"

namespace {

using namespace viaduct;
using namespace viaduct::negotiation;

constexpr std::array kCodecs = {kOpus, kPcmu, kPcma, Codec{Encoding::l16, 16000, 1}};

LocalTransport transport(bool webrtc, Encryption wanted) {
  const auto ip = base::IpAddress::v4(0xc0000201);
  static base::SeededRng rng{1};
  rng = base::SeededRng{1};
  if (!webrtc)
    return LocalPlain{
        {ip, 20000}, 20001, &rng, Fingerprint{"sha-256", std::vector<uint8_t>(32, 7)}, wanted};
  return LocalWebRtc{{"local", base::Secret<std::string>("localpasswordlocalpassword")},
                     {"sha-256", std::vector<uint8_t>(32, 7)},
                     {{ip, 10000}}};
}

// What a peer may expect of any text of ours. Returns its o= version.
uint64_t check_text(const std::string& text, bool webrtc) {
  VIADUCT_CHECK(std::ranges::all_of(
      text, [](char c) { return (c >= ' ' && c < 0x7f) || c == '\r' || c == '\n'; }));
  const auto parsed = sdp::parse(text);
  VIADUCT_CHECK(parsed.has_value());
  VIADUCT_CHECK(sdp::print(*parsed) == text);
  const auto alive = std::ranges::count_if(parsed->media, [](auto& m) { return m.port != 0; });
  VIADUCT_CHECK(alive == 1);
  const auto kind = offered_transport(text);
  VIADUCT_CHECK(kind && (webrtc || *kind == TransportKind::plain));
  return *base::parse_number<uint64_t>(parsed->origin.version);
}

void check_protection(const PlainRemote& plain, Encryption wanted) {
  if (const auto* sdes = std::get_if<SdesKeys>(&plain.protection)) {
    VIADUCT_CHECK(sdes->send.reveal().size() == key_and_salt_size(sdes->suite));
    VIADUCT_CHECK(sdes->receive.reveal().size() == key_and_salt_size(sdes->suite));
  } else if (const auto* dtls = std::get_if<DtlsRemote>(&plain.protection)) {
    VIADUCT_CHECK(!dtls->fingerprints.empty());
  } else {
    VIADUCT_CHECK(wanted == Encryption::none);
  }
}

void check_agreement(const AudioAgreement& a, bool webrtc) {
  VIADUCT_CHECK(!a.receive.empty() && a.send.payload_type < 128);
  VIADUCT_CHECK(a.send.codec == a.receive.front().codec);
  VIADUCT_CHECK(a.webrtc.has_value() == webrtc && a.plain.has_value() != webrtc);
  VIADUCT_CHECK(a.ptime.count() >= 10 && a.ptime.count() <= 60);
  if (webrtc) VIADUCT_CHECK(!a.webrtc->fingerprints.empty() && a.webrtc->ice.ufrag.size() >= 4);
  for (const Format& format : a.receive)
    for (const Format& other : a.receive)
      VIADUCT_CHECK(&format == &other || format.payload_type != other.payload_type);
}

class Leg {
 public:
  Leg(bool webrtc, Encryption wanted)
      : webrtc_(webrtc), wanted_(wanted), negotiator_(transport(webrtc, wanted), 1) {}

  void take_offer(std::string_view text) {
    const auto codecs = negotiator_.receive_offer(text);
    if (!codecs) return;
    const auto answer = negotiator_.make_answer({});
    VIADUCT_CHECK(answer.has_value());
    sent(answer->text);
    check(answer->agreement);
    VIADUCT_CHECK(sdp::parse(text)->media.size() == sdp::parse(answer->text)->media.size());
    VIADUCT_CHECK(negotiator_.make_answer(kCodecs)->text == answer->text);
  }

  void take_answer(std::string_view text) {
    sent(negotiator_.make_offer(kCodecs));
    if (const auto agreed = negotiator_.receive_answer(text)) check(*agreed);
  }

 private:
  void check(const AudioAgreement& agreement) const {
    check_agreement(agreement, webrtc_);
    if (agreement.plain) check_protection(*agreement.plain, wanted_);
  }
  void sent(const std::string& text) {
    const uint64_t version = check_text(text, webrtc_);
    VIADUCT_CHECK(last_.empty() || version == version_ + (text == last_ ? 0 : 1));
    version_ = version;
    last_ = text;
  }

  bool webrtc_;
  Encryption wanted_;
  Negotiator negotiator_;
  std::string last_;
  uint64_t version_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  Leg leg(data[0] & 1, static_cast<Encryption>((data[0] >> 2) % 3));
  for (unsigned turn = data[0] >> 1; !rest.empty(); ++turn) {
    constexpr std::string_view kCut = "\n---\n";
    const size_t at = rest.find(kCut);
    const std::string_view text = rest.substr(0, at);
    rest.remove_prefix(at == std::string_view::npos ? rest.size() : at + kCut.size());
    if (turn & 1) leg.take_answer(text);
    else leg.take_offer(text);
  }
  return 0;
}
