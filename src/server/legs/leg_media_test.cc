#include "server/legs/leg_media.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/legs/testing/fake_ports.h"

namespace viaduct::legs {
namespace {

using negotiation::TransportKind;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr call::LegId kLeg{1, 1};
const LegMedia::Codecs kPhoneCodecs{negotiation::kPcmu};

const std::string kPhone =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
    "m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n";
const std::string kBrowser =
    "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=rtpmap:111 "
    "opus/48000/2\r\na=setup:active\r\na=rtcp-mux\r\n"
    "a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
    "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"
    "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\n";

class LegMediaTest : public ::testing::Test {
 protected:
  base::SeededRng rng_{1};
  testing::FakePorts ports_;
  base::TimePoint now_{};
  MediaServices services_{{.webrtc = {{*base::SocketAddress::parse("192.0.2.1:10000")}},
                           .rtp = *base::IpAddress::parse("192.0.2.1")},
                          {"sha-256", std::vector<uint8_t>(32, 7)},
                          ports_,
                          rng_};
  std::unique_ptr<LegMedia> media_ = std::make_unique<LegMedia>(services_, kLeg);

  template <class Command>
  std::vector<Command> take() {
    std::vector<Command> out;
    for (auto& command : std::exchange(services_.commands(), {}))
      if (auto* wanted = std::get_if<Command>(&command.command)) out.push_back(*wanted);
    return out;
  }
};

TEST_F(LegMediaTest, AnOfferOpensTheSessionAndTheAnswerAgrees) {
  const auto offer = media_->offer(TransportKind::plain, kPhoneCodecs, now_);
  ASSERT_TRUE(offer);
  EXPECT_THAT(*offer, HasSubstr("m=audio 20000 RTP/AVP 0"));
  EXPECT_EQ(take<graph::OpenSession>().size(), 1u);
  EXPECT_FALSE(media_->codec());
  EXPECT_FALSE(media_->can_send_events());
  ASSERT_TRUE(media_->receive_answer(kPhone));
  EXPECT_EQ(media_->codec(), negotiation::kPcmu);
  EXPECT_TRUE(media_->can_send_events());
  const auto agreed = take<graph::ApplyAgreement>();
  ASSERT_EQ(agreed.size(), 1u);
  EXPECT_EQ(agreed[0].agreement.plain->rtp.str(), "192.0.2.9:4000");
  media_->send_events("12");
  EXPECT_EQ(take<graph::SendDtmf>().at(0).digits, "12");
}

TEST_F(LegMediaTest, TheirOfferDecidesTheTransport) {
  const auto codecs = media_->receive_offer(kPhone, now_);
  ASSERT_TRUE(codecs);
  EXPECT_EQ(ports_.leased(), 1u);
  const auto answer = media_->answer({});
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, *media_->answer({})) << "the same for 183 and 200";
  EXPECT_THAT(*answer, Not(HasSubstr("ice-ufrag")));
}

TEST_F(LegMediaTest, AnOfferWithKeysIsAnsweredWithOurs) {
  std::string offer = kPhone;
  offer.replace(offer.find("RTP/AVP"), 7, "RTP/SAVP");
  offer += "a=crypto:4 AEAD_AES_128_GCM inline:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGw==\r\n";
  ASSERT_TRUE(media_->receive_offer(offer, now_));
  const auto answer = media_->answer({});
  ASSERT_TRUE(answer);
  EXPECT_THAT(*answer, HasSubstr("RTP/SAVP 0"));
  EXPECT_THAT(*answer, HasSubstr("a=crypto:4 AEAD_AES_128_GCM inline:"));
  const auto agreed = take<graph::ApplyAgreement>();
  ASSERT_EQ(agreed.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<negotiation::SdesKeys>(agreed[0].agreement.plain->protection));
}

TEST_F(LegMediaTest, WhoMustBeEncryptedIsOfferedThatAndNothingElseWillDo) {
  using negotiation::Encryption;
  uint32_t number = kLeg.index;
  for (const auto& [encryption, line] :
       {std::pair{Encryption::sdes, "a=crypto:1 AEAD_AES_128_GCM inline:"},
        std::pair{Encryption::dtls, "a=setup:actpass"}}) {
    media_ =
        std::make_unique<LegMedia>(services_, call::LegId{++number, 1}, call::LegId{}, encryption);
    const auto offer = media_->offer(TransportKind::plain, kPhoneCodecs, now_);
    ASSERT_TRUE(offer);
    EXPECT_THAT(*offer, HasSubstr(line));
    EXPECT_FALSE(media_->receive_answer(kPhone));
    EXPECT_THAT(media_->refusal().reason, HasSubstr("without the encryption"));
    EXPECT_FALSE(media_->receive_offer(kPhone, now_));
    EXPECT_THAT(media_->refusal().reason, HasSubstr("encryption is required"));
  }
}

TEST_F(LegMediaTest, WhatCannotBeUsedLeavesNothingBehind) {
  EXPECT_FALSE(media_->receive_offer("v=0\r\n", now_));
  EXPECT_FALSE(media_->answer({}));
  EXPECT_FALSE(media_->receive_answer(kPhone));
  EXPECT_FALSE(media_->offer_to_new_page({}));
  media_.reset();
  EXPECT_EQ(services_.sessions(), 0u);
  EXPECT_TRUE(services_.commands().empty());
}

TEST_F(LegMediaTest, WithoutAPortThereIsNoOffer) {
  ports_.pairs = 0;
  const auto offer = media_->offer(TransportKind::plain, kPhoneCodecs, now_);
  ASSERT_FALSE(offer);
  EXPECT_EQ(offer.error().code, base::Errc::exhausted);
}

TEST_F(LegMediaTest, ANewPageGetsNewIceCredentials) {
  const LegMedia::Codecs opus{negotiation::kOpus};
  const auto first = media_->offer(TransportKind::webrtc, opus, now_);
  ASSERT_TRUE(first);
  ASSERT_TRUE(media_->receive_answer(kBrowser));
  services_.commands().clear();
  const auto second = media_->offer_to_new_page(opus);
  ASSERT_TRUE(second);
  ASSERT_TRUE(media_->receive_answer(kBrowser));
  const auto agreed = take<graph::ApplyAgreement>();
  ASSERT_EQ(agreed.size(), 1u);
  ASSERT_TRUE(agreed[0].new_local_ice);
  EXPECT_THAT(*second, HasSubstr("a=ice-ufrag:" + agreed[0].new_local_ice->ufrag + "\r\n"));
  EXPECT_THAT(*first, Not(HasSubstr(agreed[0].new_local_ice->ufrag)));
}

TEST_F(LegMediaTest, AnOfferThatWasNeverAnsweredGivesWayToOurs) {
  // A direct call: its parties answer each other, until this node offers to take it over.
  ASSERT_TRUE(media_->receive_offer(kBrowser, now_));
  const auto first = media_->offer(TransportKind::webrtc, {negotiation::kOpus}, now_);
  ASSERT_TRUE(first);
  EXPECT_THAT(*first, HasSubstr("a=setup:actpass"));
  EXPECT_FALSE(media_->answer({})) << "their offer is void";
  // The page is gone before it answered; the one that follows gets other credentials.
  const auto second = media_->offer_to_new_page({});
  ASSERT_TRUE(second);
  EXPECT_THAT(*second, HasSubstr("opus/48000/2"));
  EXPECT_THAT(*second, Not(HasSubstr("PCMA")));
  services_.commands().clear();
  ASSERT_TRUE(media_->receive_answer(kBrowser));
  EXPECT_EQ(media_->codec(), negotiation::kOpus);
  const auto agreed = take<graph::ApplyAgreement>();
  ASSERT_EQ(agreed.size(), 1u);
  ASSERT_TRUE(agreed[0].new_local_ice);
  EXPECT_THAT(*second, HasSubstr("a=ice-ufrag:" + agreed[0].new_local_ice->ufrag + "\r\n"));
}

TEST_F(LegMediaTest, AnotherNetworkOfTheirsGetsNewIceCredentials) {
  ASSERT_TRUE(media_->receive_offer(kBrowser, now_));
  const auto first = media_->answer({});
  ASSERT_TRUE(first);
  services_.commands().clear();

  std::string moved = kBrowser;
  moved.replace(moved.find("a=ice-ufrag:abcd"), 16, "a=ice-ufrag:wxyz");
  const auto second = media_->answer_anew(moved, now_);
  ASSERT_TRUE(second);
  auto agreed = take<graph::ApplyAgreement>();
  ASSERT_EQ(agreed.size(), 1u);
  EXPECT_EQ(agreed[0].agreement.webrtc->ice.ufrag, "wxyz");
  ASSERT_TRUE(agreed[0].new_local_ice);
  const std::string ours = "a=ice-ufrag:" + agreed[0].new_local_ice->ufrag + "\r\n";
  EXPECT_THAT(*second, HasSubstr(ours));
  EXPECT_THAT(*first, Not(HasSubstr(ours)));

  // Offered again without a change of theirs, ours stay too.
  const auto third = media_->answer_anew(moved, now_);
  ASSERT_TRUE(third);
  EXPECT_THAT(*third, HasSubstr(ours));
  EXPECT_FALSE(media_->answer_anew("v=0\r\n", now_));
}

TEST_F(LegMediaTest, ItsEndClosesTheSession) {
  ASSERT_TRUE(media_->receive_offer(kPhone, now_));
  media_.reset();
  EXPECT_EQ(take<graph::CloseSession>().size(), 1u);
  EXPECT_EQ(ports_.leased(), 1u);
  services_.closed(call::media_of(kLeg), now_);
  EXPECT_EQ(ports_.leased(), 0u);
}

}  // namespace
}  // namespace viaduct::legs
