// Phones with SRTP on a port pair, proven by tones.
#include <gtest/gtest.h>

#include "media/audio/testing/tone_measure.h"
#include "media/graph/testing/rig.h"

namespace viaduct::graph {
namespace {

using namespace std::chrono_literals;
using testing::Party;
using testing::Rig;
using testing::TalkerOptions;

TalkerOptions phone(double hz) {
  TalkerOptions options;
  options.hz = hz;
  return options;
}

void expect_tone(const Party& listener, double hz, int longest_gap = 20) {
  const uint32_t rate = listener.talker.rate();
  ASSERT_GT(listener.talker.heard().size(), rate);
  const auto heard = listener.talker.heard().subspan(rate / 2);
  const auto tone = audio::testing::strongest_tone(heard, rate);
  EXPECT_NEAR(tone.hz, hz, 3);
  EXPECT_NEAR(tone.dbov, -20, 3);
  EXPECT_LE(audio::testing::longest_gap_ms(heard, rate, -32), longest_gap);
}

TEST(SecurePlain, SdesPhoneAndPlainPhoneHearEachOther) {
  Rig rig;
  Party& secure = rig.add_sdes(phone(1000));
  Party& plain = rig.add_plain(phone(600));
  rig.bridge(secure, plain);
  rig.run(8s);
  expect_tone(secure, 600);
  expect_tone(plain, 1000);
  EXPECT_FALSE(secure.rtcp_heard.empty());
  EXPECT_EQ(rig.worker.stats(secure.id)->received.rejected.total(), 0u);
  EXPECT_EQ(rig.events<MediaConnected>().size(), 2u);
}

// The talkers' sequence numbers have gone round by then.
TEST(SecurePlain, ReinvitesWithTheOldKeysAndWithNewOnesKeepTheTone) {
  Rig rig;
  Party& secure = rig.add_sdes(phone(1000));
  Party& browser = rig.add_webrtc(phone(600));
  rig.bridge(secure, browser);
  rig.run(2s);
  for (const bool renew : {false, true}) {
    SCOPED_TRACE(renew);
    if (renew) rig.renew_keys(secure);
    else rig.apply(secure);
    rig.apply(browser);
    secure.talker.forget();
    browser.talker.forget();
    rig.run(3s);
    expect_tone(secure, 600);
    expect_tone(browser, 1000);
  }
  EXPECT_EQ(rig.worker.stats(secure.id)->received.rejected.total(), 0u);
  EXPECT_EQ(rig.worker.stats(browser.id)->received.rejected.total(), 0u);
}

class DtlsPhone : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Rtcp, DtlsPhone, ::testing::Values(true, false),
                         [](const auto& one) { return one.param ? "muxed" : "apart"; });

TEST_P(DtlsPhone, AndPlainPhoneHearEachOther) {
  for (const bool real : {false, true}) {
    SCOPED_TRACE(real);
    const auto identity = [&](const char* name) {
      return real ? dtls::testing::openssl_identity() : dtls::testing::fake_identity(name);
    };
    Rig rig(identity("server"));
    Party& secure = rig.add_dtls(phone(1000), GetParam(), identity("phone"));
    Party& plain = rig.add_plain(phone(600));
    rig.bridge(secure, plain);
    rig.run(8s);
    expect_tone(secure, 600);
    expect_tone(plain, 1000);
    EXPECT_FALSE(secure.rtcp_heard.empty());
    rig.close_all();
    EXPECT_EQ(rig.worker.counts().timers, 0u);
  }
}

TEST(SecurePlain, AStrangersPacketsAreNotHeard) {
  Rig rig;
  Party& secure = rig.add_sdes(phone(0));
  Party& plain = rig.add_plain(phone(600));
  rig.bridge(secure, plain);
  testing::Talker stranger(phone(2000));
  for (int i = 0; i < 100; ++i) {
    std::vector<uint8_t> packet = stranger.speak();
    const size_t length = packet.size();
    packet.resize(length + kTailroom);
    rig.worker.receive(secure.sockets.rtp, *base::SocketAddress::parse("198.51.100.66:7000"),
                       packet, length, rig.now, rig);
  }
  rig.run(2s);
  EXPECT_TRUE(plain.talker.heard().empty());
  expect_tone(secure, 600);
  EXPECT_GE(rig.worker.stats(secure.id)->received.rejected.total(), 100u);
}

}  // namespace
}  // namespace viaduct::graph
