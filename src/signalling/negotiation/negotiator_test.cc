// What whole conversations look like is in tests/golden/sdp; here are the rules one by one.
#include "signalling/negotiation/negotiator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace viaduct::negotiation {
namespace {

using base::Errc;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const std::string kFingerprint =
    "a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n";
const std::string kIce = "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n";
const std::string kHead =
    "v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n";
constexpr std::array kTwo = {kOpus, kPcmu};

base::SocketAddress address(std::string_view text) { return *base::SocketAddress::parse(text); }

Negotiator webrtc_leg(std::string ufrag = "uuuu") {
  LocalWebRtc local;
  local.ice = {std::move(ufrag), base::Secret<std::string>("pppppppppppppppppppppp")};
  local.fingerprint = {"sha-256", std::vector<uint8_t>(32, 7)};
  local.candidates = {address("192.0.2.1:10000")};
  return Negotiator(local, 42);
}

Negotiator plain_leg(std::string_view rtp = "192.0.2.1:20000", uint16_t rtcp = 20001) {
  return Negotiator(LocalPlain{address(rtp), rtcp}, 42);
}

std::string webrtc_offer(const std::string& more = "a=setup:actpass\r\na=rtcp-mux\r\n") {
  return kHead + "m=audio 9 UDP/TLS/RTP/SAVPF 111 0\r\na=rtpmap:111 opus/48000/2\r\n" +
         kFingerprint + kIce + more;
}

std::string plain_offer(const std::string& more = {}) {
  return kHead + "m=audio 4000 RTP/AVP 0 8\r\n" + more;
}

AudioAgreement answered(Negotiator& leg, const std::string& offer) {
  EXPECT_TRUE(leg.receive_offer(offer)) << offer;
  auto answer = leg.make_answer({});
  EXPECT_TRUE(answer);
  return answer ? answer->agreement : AudioAgreement{};
}

std::string answer_text(Negotiator& leg, const std::string& offer) {
  EXPECT_TRUE(leg.receive_offer(offer)) << offer;
  auto answer = leg.make_answer({});
  EXPECT_TRUE(answer);
  return answer ? answer->text : std::string();
}

// --- two of us
// ------------------------------------------------------------------------------------

void expect_mirrored(const AudioAgreement& a, const AudioAgreement& b) {
  EXPECT_EQ(a.send.codec, b.send.codec);
  EXPECT_EQ(a.send.payload_type, b.receive.front().payload_type);
  EXPECT_EQ(b.send.payload_type, a.receive.front().payload_type);
  ASSERT_TRUE(a.dtmf_send && a.dtmf_receive && b.dtmf_send && b.dtmf_receive);
  EXPECT_EQ(a.dtmf_send->payload_type, b.dtmf_receive->payload_type);
  EXPECT_EQ(b.dtmf_send->payload_type, a.dtmf_receive->payload_type);
  EXPECT_EQ(a.dtmf_send->codec.clock_rate, a.send.codec.clock_rate);
  EXPECT_EQ(a.direction, reversed(b.direction));
  EXPECT_EQ(a.rtcp_mux, b.rtcp_mux);
}

void expect_understanding(Negotiator a, Negotiator b) {
  ASSERT_THAT(*b.receive_offer(a.make_offer(kTwo)), ElementsAre(kOpus, kPcmu));
  const auto first = b.make_answer(std::array{kPcmu, kOpus});
  ASSERT_TRUE(first);
  const auto agreed = a.receive_answer(first->text);
  ASSERT_TRUE(agreed);
  EXPECT_EQ(agreed->send.codec, kPcmu);
  expect_mirrored(*agreed, first->agreement);

  // The other side turns to Opus and holds.
  ASSERT_TRUE(a.receive_offer(b.make_offer(kTwo, Direction::sendonly)));
  const auto second = a.make_answer({});
  ASSERT_TRUE(second);
  const auto held = b.receive_answer(second->text);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->send.codec, kOpus);
  EXPECT_EQ(held->direction, Direction::sendonly);
  expect_mirrored(*held, second->agreement);
  EXPECT_EQ(a.agreement()->direction, Direction::recvonly);
}

TEST(Negotiator, UnderstandsItselfOverWebRtc) {
  expect_understanding(webrtc_leg("aaaa"), webrtc_leg("bbbb"));
}

TEST(Negotiator, UnderstandsItselfOverPlainRtp) {
  expect_understanding(plain_leg(), plain_leg("[2001:db8::5]:30000", 30007));
}

TEST(Negotiator, NamesAnUnusualRtcpPortAndAnIpv6Address) {
  auto leg = plain_leg("[2001:db8::5]:30000", 30007);
  EXPECT_THAT(leg.make_offer(kTwo),
              AllOf(HasSubstr("c=IN IP6 2001:db8::5\r\n"), HasSubstr("a=rtcp:30007\r\n")));
}

// --- codecs and payload types
// ---------------------------------------------------------------------

TEST(Negotiator, OffersEachCodecOnceAndEventsForEachClock) {
  auto leg = plain_leg();
  const std::array codecs = {kPcma, kPcma, Codec{Encoding::telephone_event, 8000, 1}, kPcmu};
  EXPECT_THAT(leg.make_offer(codecs), HasSubstr("m=audio 20000 RTP/AVP 8 0 101\r\n"));
}

TEST(Negotiator, TakesThePreferredCodecNotTheFirstOffered) {
  auto leg = plain_leg();
  ASSERT_TRUE(leg.receive_offer(plain_offer()));
  const auto answer = leg.make_answer(std::array{kG722, kPcma, kPcmu});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->agreement.send.codec, kPcma);
  EXPECT_EQ(answer->agreement.receive.size(), 1u);
}

TEST(Negotiator, RefusesAnAnswerWithAnotherCodecOnlyAndKeepsItsAgreement) {
  auto leg = plain_leg();
  leg.make_offer(std::array{kPcmu});
  ASSERT_TRUE(leg.receive_answer(plain_offer()));
  leg.make_offer(std::array{kPcmu});
  const auto refused = leg.receive_answer(kHead + "m=audio 4000 RTP/AVP 8\r\n");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unsupported);
  EXPECT_EQ(leg.agreement()->send.codec, kPcmu);
}

TEST(Negotiator, KeepsPayloadTypesForItsLife) {
  auto leg = webrtc_leg();
  leg.make_offer(kTwo);
  answered(leg, kHead + "m=audio 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 opus/48000/2\r\n" +
                    kFingerprint + kIce);
  EXPECT_THAT(leg.make_offer(kTwo), HasSubstr("SAVPF 96 0 110 101\r\n"));
}

// --- exchange
// -------------------------------------------------------------------------------------

TEST(Negotiator, WantsOffersBeforeAnswers) {
  auto leg = plain_leg();
  EXPECT_EQ(leg.receive_answer(plain_offer()).error().code, Errc::conflict);
  EXPECT_EQ(leg.make_answer({}).error().code, Errc::conflict);
  leg.make_offer(kTwo);
  ASSERT_TRUE(leg.receive_offer(plain_offer()));  // takes the place of ours
  EXPECT_EQ(leg.receive_answer(plain_offer()).error().code, Errc::conflict);
  EXPECT_TRUE(leg.make_answer({}));
}

TEST(Negotiator, SurvivesABadOffer) {
  auto leg = plain_leg();
  answered(leg, plain_offer());
  EXPECT_EQ(leg.receive_offer("INVITE").error().code, Errc::malformed);
  EXPECT_EQ(leg.receive_offer(std::string(200'000, 'v')).error().code, Errc::too_large);
  EXPECT_EQ(leg.receive_offer(kHead).error().code, Errc::unsupported);
  EXPECT_TRUE(leg.agreement());
}

TEST(Negotiator, RefusesAnAnswerWithoutOurSection) {
  auto leg = plain_leg();
  answered(leg, kHead + "m=video 9 RTP/AVP 31\r\nm=audio 4000 RTP/AVP 0\r\n");
  leg.make_offer(kTwo);
  EXPECT_EQ(leg.receive_answer(kHead + "m=video 0 RTP/AVP 31\r\n").error().code, Errc::malformed);
  EXPECT_EQ(leg.receive_answer(plain_offer()).error().code, Errc::malformed);
}

TEST(Negotiator, FollowsAudioThatStaysInItsSection) {
  auto leg = plain_leg();
  const std::string two = "m=audio 0 RTP/AVP 0\r\nm=audio 4010 RTP/AVP 8\r\n";
  EXPECT_EQ(answered(leg, kHead + two).plain->rtp.port, 4010);
  const std::string both = "m=audio 4000 RTP/AVP 0\r\nm=audio 4010 RTP/AVP 8\r\n";
  EXPECT_EQ(answered(leg, kHead + both).plain->rtp.port, 4010);
}

TEST(Negotiator, EchoesOnlyAscii) {
  auto leg = webrtc_leg();
  const std::string text = answer_text(leg, webrtc_offer("a=mid:\xc3\xa4\r\n"));
  EXPECT_THAT(text, Not(HasSubstr("a=mid")));
  EXPECT_EQ(leg.receive_offer(webrtc_offer() + "m=v\xc3\xa4 9 x y\r\n").error().code,
            Errc::malformed);
}

// --- mid, BUNDLE, mux
// -----------------------------------------------------------------------------

TEST(Negotiator, EchoesMidButNoBundleWithoutAGroup) {
  auto leg = webrtc_leg();
  EXPECT_THAT(answer_text(leg, webrtc_offer("a=mid:voice\r\n")),
              AllOf(HasSubstr("a=mid:voice\r\n"), Not(HasSubstr("BUNDLE"))));
}

TEST(Negotiator, DropsMidForAPeerThatDoesNotAnswerIt) {
  auto leg = webrtc_leg();
  EXPECT_THAT(leg.make_offer(kTwo),
              AllOf(HasSubstr("a=group:BUNDLE 0\r\n"), HasSubstr("a=mid:0\r\n")));
  ASSERT_TRUE(leg.receive_answer(webrtc_offer("a=setup:active\r\n")));
  EXPECT_THAT(leg.make_offer(kTwo), AllOf(Not(HasSubstr("BUNDLE")), Not(HasSubstr("a=mid"))));
}

TEST(Negotiator, MuxesWhereOffered) {
  auto leg = plain_leg();
  EXPECT_THAT(leg.make_offer(kTwo), Not(HasSubstr("rtcp-mux")));
  // An answer cannot bring what was not offered.
  EXPECT_FALSE(leg.receive_answer(plain_offer("a=rtcp-mux\r\n"))->rtcp_mux);
  EXPECT_TRUE(answered(leg, plain_offer("a=rtcp-mux\r\n")).rtcp_mux);
  EXPECT_EQ(leg.agreement()->plain->rtcp, address("198.51.100.1:4000"));
  EXPECT_THAT(leg.make_offer(kTwo), HasSubstr("a=rtcp-mux\r\n"));
}

// --- DTLS and ICE
// ---------------------------------------------------------------------------------

TEST(Negotiator, PlaysThePassivePartWhereItMay) {
  for (auto [theirs, ours, role] :
       {std::tuple{"a=setup:actpass\r\n", "a=setup:passive\r\n", DtlsRole::server},
        std::tuple{"a=setup:active\r\n", "a=setup:passive\r\n", DtlsRole::server},
        std::tuple{"a=setup:passive\r\n", "a=setup:active\r\n", DtlsRole::client},
        std::tuple{"", "a=setup:passive\r\n", DtlsRole::server}}) {
    auto leg = webrtc_leg();
    ASSERT_TRUE(leg.receive_offer(webrtc_offer(theirs)));
    const auto answer = leg.make_answer({});
    EXPECT_THAT(answer->text, HasSubstr(ours));
    EXPECT_EQ(answer->agreement.webrtc->our_role, role) << theirs;
  }
}

TEST(Negotiator, ReadsTheRoleFromAnAnswer) {
  for (auto [theirs, role] :
       {std::pair{"a=setup:active\r\n", DtlsRole::server},
        std::pair{"a=setup:passive\r\n", DtlsRole::client}, std::pair{"", DtlsRole::server}}) {
    auto leg = webrtc_leg();
    EXPECT_THAT(leg.make_offer(kTwo), HasSubstr("a=setup:actpass\r\n"));
    EXPECT_EQ(leg.receive_answer(webrtc_offer(theirs))->webrtc->our_role, role);
  }
}

TEST(Negotiator, TakesIceAndFingerprintFromTheSession) {
  auto leg = webrtc_leg();
  const auto agreement =
      answered(leg, kHead + kFingerprint + kIce + "a=ice-lite\r\na=setup:active\r\n" +
                        "m=audio 9 RTP/SAVP 0\r\n");
  EXPECT_EQ(agreement.webrtc->ice.ufrag, "abcd");
  EXPECT_EQ(agreement.webrtc->fingerprints.size(), 1u);
}

TEST(Negotiator, ShowsAnIceRestartAsNewParameters) {
  auto leg = webrtc_leg();
  answered(leg, webrtc_offer());
  std::string restart = webrtc_offer();
  restart.replace(restart.find("abcd"), 4, "wxyz");
  EXPECT_EQ(answered(leg, restart).webrtc->ice.ufrag, "wxyz");
}

TEST(Negotiator, RestartsIceByItself) {
  Negotiator leg = webrtc_leg();
  answered(leg, webrtc_offer());
  leg.restart_ice({"fresh", base::Secret<std::string>("qqqqqqqqqqqqqqqqqqqqqq")});
  const std::string offer = leg.make_offer(kTwo);
  EXPECT_THAT(offer, HasSubstr("a=ice-ufrag:fresh\r\na=ice-pwd:qqqqqqqqqqqqqqqqqqqqqq\r\n"));
  EXPECT_THAT(offer, HasSubstr("o=- 42 2 ")) << "another description, another version";
}

TEST(Negotiator, RefusesSecureMediaWithoutItsParameters) {
  for (const std::string& text : {kIce, kFingerprint, kFingerprint + "a=ice-ufrag:abcd\r\n",
                                  kFingerprint + "a=ice-ufrag:a\r\na=ice-pwd:short\r\n"}) {
    auto leg = webrtc_leg();
    const auto refused = leg.receive_offer(kHead + "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\n" + text);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unsupported);
  }
}

TEST(Negotiator, KeepsOnlySoManyCandidatesAndFingerprints) {
  auto leg = webrtc_leg();
  std::string many;
  for (int i = 0; i < 200; ++i) many += "a=candidate:1 1 udp 1 198.51.100.9 4000 typ host\r\n";
  for (int i = 0; i < 20; ++i) many += kFingerprint;
  many += "a=candidate:nonsense\r\na=candidate:1 1 udp 1 x.local 4000 typ host\r\n";
  const auto agreement = answered(leg, webrtc_offer(many));
  EXPECT_EQ(agreement.webrtc->candidates.size(), NegotiatorOptions{}.max_candidates);
  EXPECT_EQ(agreement.webrtc->fingerprints.size(), NegotiatorOptions{}.max_fingerprints);
}

// --- plain addresses and packet times
// -------------------------------------------------------------

TEST(Negotiator, LearnsTheAddressWhereItCannotBeUsed) {
  auto leg = plain_leg();
  const auto agreement = answered(leg, plain_offer("c=IN IP4 phone.example.com\r\n"));
  EXPECT_EQ(agreement.plain->rtp, base::SocketAddress{});
  EXPECT_EQ(agreement.direction, Direction::sendrecv);
}

TEST(Negotiator, RefusesMediaToAGroup) {
  for (auto line :
       {"c=IN IP4 224.2.1.1/127\r\n", "c=IN IP4 255.255.255.255\r\n", "c=IN IP6 ff15::1\r\n"}) {
    auto leg = plain_leg();
    const auto codecs = leg.receive_offer(plain_offer(line));
    ASSERT_FALSE(codecs) << line;
    EXPECT_EQ(codecs.error().code, Errc::unsupported);
    EXPECT_THAT(codecs.error().what, HasSubstr("multicast"));
  }
}

TEST(Negotiator, FindsRtcp) {
  for (auto [line, expected] :
       {std::pair{"", "198.51.100.1:4001"}, std::pair{"a=rtcp:5005\r\n", "198.51.100.1:5005"},
        std::pair{"a=rtcp:5005 IN IP4 203.0.113.9\r\n", "203.0.113.9:5005"},
        std::pair{"a=rtcp:5005 IN IP4 0.0.0.0\r\n", "198.51.100.1:5005"},
        std::pair{"c=IN IP6 2001:db8::9\r\n", "[2001:db8::9]:4001"}}) {
    auto leg = plain_leg();
    EXPECT_EQ(answered(leg, plain_offer(line)).plain->rtcp, address(expected)) << line;
  }
}

TEST(Negotiator, HonoursPacketTimes) {
  for (auto [lines, expected] :
       {std::pair{"", 20}, std::pair{"a=ptime:30\r\n", 30}, std::pair{"a=ptime:30.0\r\n", 30},
        std::pair{"a=ptime:25\r\n", 20}, std::pair{"a=ptime:5\r\n", 10},
        std::pair{"a=ptime:120\r\n", 60}, std::pair{"a=maxptime:10\r\n", 10},
        std::pair{"a=ptime:40\r\na=maxptime:30\r\n", 30}, std::pair{"a=ptime:-3\r\n", 20},
        std::pair{"a=ptime:99999999999999\r\n", 20}}) {
    auto leg = plain_leg();
    EXPECT_EQ(answered(leg, plain_offer(lines)).ptime.count(), expected) << lines;
  }
}

// --- which transport
// ------------------------------------------------------------------------------

TEST(OfferedTransport, TellsWhatToOpen) {
  EXPECT_EQ(*offered_transport(webrtc_offer()), TransportKind::webrtc);
  EXPECT_EQ(*offered_transport(plain_offer()), TransportKind::plain);
  EXPECT_EQ(*offered_transport(kHead + "m=audio 9 RTP/SAVP 0\r\nm=audio 9 RTP/AVPF 0\r\n"),
            TransportKind::plain);
  EXPECT_EQ(offered_transport(kHead + "m=audio 9 RTP/SAVP 0\r\n").error().code, Errc::unsupported);
  EXPECT_EQ(*offered_transport(kHead + "m=audio 9 RTP/SAVP 0\r\na=crypto:1 S inline:AAAA\r\n"),
            TransportKind::plain);
  EXPECT_EQ(*offered_transport(kHead + "m=audio 9 UDP/TLS/RTP/SAVP 0\r\n" + kFingerprint),
            TransportKind::plain);
  EXPECT_EQ(
      *offered_transport(kHead + "m=audio 9 RTP/AVP 0\r\n" + webrtc_offer().substr(kHead.size())),
      TransportKind::webrtc);
  // RTCP apart has no place on our shared port.
  const std::string apart = webrtc_offer("a=setup:actpass\r\n");
  EXPECT_EQ(*offered_transport(apart), TransportKind::plain);
  EXPECT_EQ(*offered_transport(apart + "c=IN IP4 0.0.0.0\r\n"), TransportKind::webrtc);
  EXPECT_EQ(offered_transport(kHead + "m=audio 0 RTP/AVP 0\r\n").error().code, Errc::unsupported);
  EXPECT_EQ(offered_transport("x").error().code, Errc::malformed);
}

}  // namespace
}  // namespace viaduct::negotiation
