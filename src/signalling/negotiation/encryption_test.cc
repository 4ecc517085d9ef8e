// SDES and DTLS on a port pair, rule by rule; whole conversations are in tests/golden/sdp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "base/encoding.h"
#include "signalling/negotiation/negotiator.h"
#include "signalling/negotiation/sdes.h"

namespace viaduct::negotiation {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::string kHead =
    "v=0\r\no=- 1 1 IN IP4 198.51.100.1\r\ns=-\r\nc=IN IP4 198.51.100.1\r\nt=0 0\r\n";
const std::string kFingerprint =
    "a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n";
const std::string kKey30 = "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
const std::string kOther30 = "inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR";
const std::string kKey28 = "inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==";
const std::string kCm = "AES_CM_128_HMAC_SHA1_80 ";
const std::string kGcm = "AEAD_AES_128_GCM ";
constexpr std::array kCodecs = {kPcmu};

LocalPlain local(Encryption wanted = Encryption::none) {
  static base::SeededRng rng{5};
  LocalPlain out{.rtp = *base::SocketAddress::parse("192.0.2.1:20000"), .rtcp_port = 20001};
  out.rng = &rng;
  out.fingerprint = Fingerprint{"sha-256", std::vector<uint8_t>(32, 7)};
  out.wanted = wanted;
  return out;
}
Negotiator leg(Encryption wanted = Encryption::none) { return {local(wanted), 42}; }

std::string offer(std::string_view protocol, std::string_view attributes) {
  return kHead + "m=audio 4000 " + std::string(protocol) + " 0\r\n" + std::string(attributes);
}
std::string crypto(const std::string& line) { return "a=crypto:" + line + "\r\n"; }

// The suite of the answer, "none", "dtls" or what went wrong.
std::string taken(Negotiator& leg, const std::string& text) {
  if (const auto read = leg.receive_offer(text); !read) return read.error().what;
  const auto answer = leg.make_answer({});
  if (!answer) return answer.error().what;
  const PlainRemote& plain = *answer->agreement.plain;
  if (const auto* sdes = std::get_if<SdesKeys>(&plain.protection))
    return std::string(suite_name(sdes->suite));
  return std::holds_alternative<DtlsRemote>(plain.protection) ? "dtls" : "none";
}
std::string taken(const std::string& text, Encryption wanted = Encryption::none) {
  auto one = leg(wanted);
  return taken(one, text);
}

const SdesKeys& sdes_of(const AudioAgreement& agreement) {
  return std::get<SdesKeys>(agreement.plain->protection);
}

TEST(Encryption, TheAnswerTakesTheBestSuiteUnderItsTag) {
  auto one = leg();
  ASSERT_EQ(
      taken(one, offer("RTP/SAVP", crypto("3 " + kCm + kKey30) + crypto("7 " + kGcm + kKey28))),
      "AEAD_AES_128_GCM");
  const auto answer = *one.make_answer({});
  EXPECT_THAT(answer.text, HasSubstr("m=audio 20000 RTP/SAVP 0\r\n"));
  const SdesKeys& keys = sdes_of(answer.agreement);
  EXPECT_THAT(answer.text, HasSubstr("a=crypto:7 AEAD_AES_128_GCM inline:" +
                                     base::base64_encode(keys.send.reveal()) + "\r\n"));
  EXPECT_THAT(answer.text, Not(HasSubstr("a=crypto:3")));
  EXPECT_EQ("inline:" + base::base64_encode(keys.receive.reveal()), kKey28);
}

TEST(Encryption, LinesThatCannotBeFollowedArePassedOver) {
  const std::string good = crypto("9 AES_CM_128_HMAC_SHA1_32 " + kKey30);
  for (const std::string& bad :
       {"1 F8_128_HMAC_SHA1_80 " + kKey30, "1 " + kCm + kKey28,
        "1 " + kCm + kKey30 + " UNENCRYPTED_SRTP", "1 " + kCm + kKey30 + " KDR=3",
        "1 " + kCm + kKey30 + " somethingNew",
        "1 " + kCm + kKey30 + "|2^20|1:1;" + kOther30 + "|2^20|2:1"}) {
    EXPECT_EQ(taken(offer("RTP/SAVP", crypto(bad) + good)), "AES_CM_128_HMAC_SHA1_32") << bad;
    EXPECT_THAT(taken(offer("RTP/SAVP", crypto(bad))), HasSubstr("SRTP without a key")) << bad;
  }
  for (const char* harmless : {" WSH=128", " -later=1", " KDR=0"})
    EXPECT_EQ(taken(offer("RTP/SAVP", crypto("1 " + kCm + kKey30 + harmless))),
              "AES_CM_128_HMAC_SHA1_80");
}

TEST(Encryption, AnMkiIsExpectedInWhatWeGetAndNotSent) {
  auto one = leg();
  taken(one, offer("RTP/SAVP", crypto("1 " + kCm + kKey30 + "|2^31|1:4")));
  const auto answer = *one.make_answer({});
  EXPECT_EQ(sdes_of(answer.agreement).receive_mki, (std::vector<uint8_t>{0, 0, 0, 1}));
  EXPECT_THAT(answer.text, Not(HasSubstr("|")));
}

TEST(Encryption, OurKeyStaysAsLongAsTheirs) {
  auto one = leg();
  std::vector<SrtpKey> sent;
  for (const std::string& key : {kKey30, kKey30, kOther30, kKey30}) {
    taken(one, offer("RTP/SAVP", crypto("1 " + kCm + key)));
    const SdesKeys& now = sdes_of(*one.agreement());
    EXPECT_EQ("inline:" + base::base64_encode(now.receive.reveal()), key);
    sent.push_back(now.send);
  }
  EXPECT_EQ(sent[0].reveal(), sent[1].reveal());
  EXPECT_NE(sent[1].reveal(), sent[2].reveal());
  EXPECT_NE(sent[2].reveal(), sent[3].reveal());
  EXPECT_NE(sent[0].reveal(), sent[3].reveal()) << "a key that was left never comes back";
}

TEST(Encryption, TheSuiteInForceStaysAsLongAsItIsOffered) {
  auto one = leg();
  const std::string cm = crypto("1 " + kCm + kKey30), gcm = crypto("2 " + kGcm + kKey28);
  EXPECT_EQ(taken(one, offer("RTP/SAVP", cm)), "AES_CM_128_HMAC_SHA1_80");
  EXPECT_EQ(taken(one, offer("RTP/SAVP", gcm + cm)), "AES_CM_128_HMAC_SHA1_80");
  const std::string again = one.make_offer(kCodecs);
  EXPECT_THAT(again, HasSubstr("a=crypto:1 AES_CM_128_HMAC_SHA1_80"));
  EXPECT_THAT(again, Not(HasSubstr("GCM")));
  EXPECT_EQ(taken(one, offer("RTP/SAVP", gcm)), "AEAD_AES_128_GCM");
}

TEST(Encryption, PlainSectionsWithKeysAreEncrypted) {
  EXPECT_EQ(taken(offer("RTP/AVP", crypto("1 " + kCm + kKey30))), "AES_CM_128_HMAC_SHA1_80");
  EXPECT_EQ(taken(offer("RTP/AVP", kFingerprint + crypto("1 " + kCm + kKey30))), "dtls");
  EXPECT_EQ(taken(offer("RTP/AVP", crypto("1 nonsense"))), "none");
  EXPECT_EQ(taken(offer("RTP/AVPF", "")), "none");
  EXPECT_EQ(taken(offer("RTP/SAVP", kFingerprint + crypto("1 " + kCm + kKey30))),
            "AES_CM_128_HMAC_SHA1_80");
  EXPECT_EQ(taken(offer("RTP/SAVPF", kFingerprint)), "dtls");
  EXPECT_EQ(taken(offer("UDP/TLS/RTP/SAVP", kFingerprint)), "dtls");
}

TEST(Encryption, TheEncryptedSectionIsTakenWhereverItStands) {
  const std::string plain = "m=audio 4000 RTP/AVP 0\r\n";
  const std::string secure = "m=audio 4002 RTP/SAVP 0\r\n" + crypto("1 " + kCm + kKey30);
  for (const std::string& sections : {plain + secure, secure + plain}) {
    auto one = leg();
    EXPECT_EQ(taken(one, kHead + sections), "AES_CM_128_HMAC_SHA1_80");
    const std::string text = one.make_answer({})->text;
    EXPECT_THAT(text, HasSubstr("m=audio 0 RTP/AVP 0\r\n"));
    EXPECT_THAT(text, HasSubstr("m=audio 20000 RTP/SAVP 0\r\n"));
  }
  const std::string useless =
      "m=audio 4002 RTP/SAVP 0\r\n" + crypto("1 F8_128_HMAC_SHA1_80 " + kKey30);
  EXPECT_EQ(taken(kHead + useless + plain), "none");
}

TEST(Encryption, WhereItIsRequiredPlainIsRefused) {
  for (const Encryption wanted : {Encryption::sdes, Encryption::dtls}) {
    EXPECT_THAT(taken(offer("RTP/AVP", ""), wanted), HasSubstr("encryption is required"));
    EXPECT_EQ(taken(offer("RTP/AVP", crypto("1 " + kCm + kKey30)), wanted),
              "AES_CM_128_HMAC_SHA1_80");
    EXPECT_EQ(taken(offer("UDP/TLS/RTP/SAVP", kFingerprint), wanted), "dtls");
  }
}

TEST(Encryption, OurOfferNamesSuitesAndTheAnswerChooses) {
  auto one = leg(Encryption::sdes);
  const std::string text = one.make_offer(kCodecs);
  EXPECT_THAT(text, HasSubstr("m=audio 20000 RTP/SAVP 0 "));
  EXPECT_THAT(text, HasSubstr("a=crypto:1 AEAD_AES_128_GCM inline:"));
  EXPECT_THAT(text, HasSubstr("a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:"));
  const auto agreed = one.receive_answer(offer("RTP/SAVP", crypto("2 " + kCm + kKey30)));
  ASSERT_TRUE(agreed);
  const SdesKeys& keys = sdes_of(*agreed);
  EXPECT_THAT(text, HasSubstr("a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:" +
                              base::base64_encode(keys.send.reveal()) + "\r\n"));
  EXPECT_EQ("inline:" + base::base64_encode(keys.receive.reveal()), kKey30);
}

TEST(Encryption, AnAnswerWithoutItIsNone) {
  for (const std::string& answer :
       {offer("RTP/AVP", ""), offer("RTP/SAVP", ""),
        offer("RTP/SAVP", crypto("1 AES_CM_128_HMAC_SHA1_32 " + kKey30))}) {
    auto one = leg(Encryption::sdes);
    one.make_offer(kCodecs);
    const auto agreed = one.receive_answer(answer);
    ASSERT_FALSE(agreed) << answer;
    EXPECT_THAT(agreed.error().what, HasSubstr("answered without the encryption"));
  }
  auto dtls = leg(Encryption::dtls);
  dtls.make_offer(kCodecs);
  EXPECT_FALSE(dtls.receive_answer(offer("RTP/AVP", "")));
  auto plain = leg();
  plain.make_offer(kCodecs);
  EXPECT_FALSE(plain.receive_answer(offer("RTP/SAVP", crypto("1 " + kCm + kKey30))));
}

TEST(Encryption, ASecondAnswerCannotBringBackASuite) {
  auto one = leg(Encryption::sdes);
  one.make_offer(kCodecs);
  ASSERT_TRUE(one.receive_answer(offer("RTP/SAVP", crypto("1 " + kGcm + kKey28))));
  ASSERT_TRUE(one.receive_answer(offer("RTP/SAVP", crypto("2 " + kCm + kKey30))));
  EXPECT_FALSE(one.receive_answer(offer("RTP/SAVP", crypto("1 " + kGcm + kKey28))));
}

TEST(Encryption, DtlsIsOfferedWithBothRoles) {
  auto one = leg(Encryption::dtls);
  const std::string text = one.make_offer(kCodecs);
  for (const char* line : {"m=audio 20000 UDP/TLS/RTP/SAVP 0 ",
                           "a=fingerprint:sha-256 07:07:", "a=setup:actpass\r\n", "a=rtcp-mux\r\n"})
    EXPECT_THAT(text, HasSubstr(line));
  EXPECT_THAT(text, Not(HasSubstr("ice")));
  const auto agreed =
      one.receive_answer(offer("UDP/TLS/RTP/SAVP", kFingerprint + "a=setup:passive\r\n"));
  ASSERT_TRUE(agreed);
  EXPECT_EQ(std::get<DtlsRemote>(agreed->plain->protection).our_role, DtlsRole::client);
  EXPECT_FALSE(agreed->rtcp_mux);
}

// RFC 8842 §5.3: who keeps the certificate keeps the association, and its roles.
TEST(Encryption, TheDtlsRoleStaysWithTheCertificate) {
  auto one = leg(Encryption::dtls);
  one.make_offer(kCodecs);
  ASSERT_TRUE(one.receive_answer(offer("UDP/TLS/RTP/SAVP", kFingerprint + "a=setup:passive\r\n")));
  taken(one, offer("UDP/TLS/RTP/SAVP", kFingerprint + "a=setup:actpass\r\n"));
  EXPECT_THAT(one.make_answer({})->text, HasSubstr("a=setup:active\r\n"));
  std::string other = kFingerprint;
  other.replace(other.find("00:11"), 2, "99");
  taken(one, offer("UDP/TLS/RTP/SAVP", other + "a=setup:actpass\r\n"));
  EXPECT_THAT(one.make_answer({})->text, HasSubstr("a=setup:passive\r\n"));
}

}  // namespace
}  // namespace viaduct::negotiation
