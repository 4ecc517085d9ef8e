// What a session tells of itself: figures both ways, and that its far side fell silent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "media/graph/fault_name.h"
#include "media/graph/testing/rig.h"
#include "transport/rtp/rtcp.h"

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

SessionStats last_report(const Rig& rig, MediaId id) {
  SessionStats out;
  for (const auto& report : rig.events<StatsReport>())
    if (report.id == id) out = report.stats;
  return out;
}

// The far side's receiver report about what it hears of us.
void report_loss(Rig& rig, Party& party, uint8_t fraction, int32_t lost, uint32_t jitter) {
  rtp::ReportBlock block;
  block.ssrc = party.talker.headers()[0].ssrc;
  block.fraction_lost = fraction;
  block.cumulative_lost = lost;
  block.jitter = jitter;
  std::array<uint8_t, 200> buffer;
  base::ByteWriter out(buffer);
  rtp::write_receiver_report(out, party.talker.options().ssrc, {&block, 1});
  rig.send(party, {out.written().begin(), out.written().end()});
}

TEST(Stats, BothWaysAreTold) {
  Rig rig;
  Party& a = rig.add_plain(phone(500));
  Party& b = rig.add_plain(phone(800));
  rig.bridge(a, b);
  rig.run(10s);
  report_loss(rig, a, 26, 12, 80);
  rig.run(10s);
  const SessionStats stats = last_report(rig, a.id);
  EXPECT_NEAR(stats.received.bitrate, 64'000, 700);
  EXPECT_NEAR(stats.sent.bitrate, 64'000, 700);
  EXPECT_EQ(stats.received.coding, (Coding{negotiation::kPcmu, 0}));
  EXPECT_EQ(stats.sent.coding, (Coding{negotiation::kPcmu, 0}));
  EXPECT_EQ(stats.received.lost_percent, 0);
  EXPECT_NEAR(stats.received.mos.value(), 4.38, 0.02);
  EXPECT_GT(stats.received.last_packet.value(), rig.now - 8s);
  EXPECT_GT(stats.sent.last_packet.value(), rig.now - 8s);
  EXPECT_EQ(stats.received.last_rtcp.value(), stats.sent.reported->at);
  EXPECT_EQ(stats.transport.remote, a.address);
  EXPECT_EQ(stats.sent.reported->lost, 12);
  EXPECT_NEAR(stats.sent.reported->lost_percent, 10.2, 0.1);
  EXPECT_EQ(stats.sent.reported->jitter_ms, 10);
  EXPECT_LT(stats.sent.mos.value(), 3.6) << "a tenth is lost on the way there";
}

TEST(Stats, LossIsOfTheLastInterval) {
  Rig rig;
  Party& a = rig.add_plain(phone(500));
  a.network = [](size_t word) {
    return word < 500 && word % 5 == 0 ? std::nullopt : std::optional<base::Duration>(0ms);
  };
  rig.run(9s);
  EXPECT_NEAR(last_report(rig, a.id).received.lost_percent, 20, 1);
  EXPECT_LT(last_report(rig, a.id).received.mos.value(), 2.7);
  rig.run(20s);
  EXPECT_EQ(last_report(rig, a.id).received.lost_percent, 0);
  EXPECT_NEAR(static_cast<double>(last_report(rig, a.id).received.lost), 100, 2);
}

TEST(Stats, OfWhatIsRefusedWithItsReason) {
  Rig rig;
  Party& a = rig.add_plain(phone(500));
  rig.run(100ms);
  auto packet = a.talker.speak();
  packet[1] = 99;
  rig.send(a, packet);
  auto foreign = a.talker.speak();
  foreign.resize(foreign.size() + kTailroom);
  const auto elsewhere = base::SocketAddress::parse("192.0.2.99:9").value();
  rig.worker.receive(a.sockets.rtp, elsewhere, foreign, foreign.size() - kTailroom, rig.now, rig);
  const SessionStats stats = rig.worker.stats(a.id).value();
  EXPECT_EQ(stats.received.rejected.unknown_payload_type, 1u);
  EXPECT_EQ(stats.received.unknown_payload_type, 99);
  EXPECT_EQ(stats.received.rejected.foreign_source, 1u);
  EXPECT_EQ(stats.transport.foreign, elsewhere);
  EXPECT_EQ(stats.received.rejected.total(), 2u);
}

TEST(Stats, OfABrowserSayHowFarItsTransportIs) {
  Rig rig;
  Party& a = rig.add_webrtc(phone(500));
  rig.run(1s);
  const SessionStats stats = rig.worker.stats(a.id).value();
  EXPECT_EQ(stats.transport.ice, TransportState::connected);
  EXPECT_EQ(stats.transport.dtls, TransportState::connected);
  EXPECT_GT(stats.transport.checks_answered, 0u);
  EXPECT_TRUE(stats.received.expected_since);
}

TEST(Stats, OfAPhoneSayHowFarItsDtlsIsWhereItHasAny) {
  Rig rig;
  const Party& plain = rig.add_plain(phone(500));
  const Party& secure = rig.add_dtls(phone(500));
  Party& silent = rig.add_plain(phone(500));
  silent.agreement.plain->protection = negotiation::DtlsRemote{
      {{"sha-256", std::vector<uint8_t>(32)}}, negotiation::DtlsRole::server};
  rig.apply(silent);
  rig.run(1s);
  const auto dtls = [&](const Party& party) { return rig.worker.stats(party.id)->transport.dtls; };
  EXPECT_EQ(dtls(plain), TransportState::unused);
  EXPECT_EQ(dtls(secure), TransportState::connected);
  EXPECT_EQ(dtls(silent), TransportState::waiting);
  EXPECT_EQ(rig.worker.stats(secure.id)->transport.ice, TransportState::unused);
}

TEST(Messages, EachFaultHasItsOwnWord) {
  std::set<std::string_view> words;
  for (int i = 0; i <= static_cast<int>(MediaFault::refused); ++i)
    words.insert(fault_name(static_cast<MediaFault>(i)));
  EXPECT_EQ(words.size(), static_cast<size_t>(MediaFault::refused) + 1);
  EXPECT_EQ(fault_name(MediaFault::fingerprint_mismatch), "fingerprint_mismatch");
}

TEST(Reception, ThatStopsIsToldWithinThreeSecondsAndThatItComesBack) {
  Rig rig;
  Party& a = rig.add_plain(phone(500));
  rig.run(5s);
  EXPECT_TRUE(rig.events<MediaStalled>().empty());
  a.speaking = false;
  rig.run(3s);
  ASSERT_EQ(rig.events<MediaStalled>().size(), 1u);
  EXPECT_TRUE(rig.events<MediaStalled>()[0].ever_heard);
  rig.run(60s);
  EXPECT_EQ(rig.events<MediaStalled>().size(), 1u) << "told once";
  EXPECT_TRUE(rig.events<MediaResumed>().empty());
  a.speaking = true;
  a.next_word = rig.now;
  rig.run(3s);
  EXPECT_EQ(rig.events<MediaResumed>().size(), 1u);
  EXPECT_EQ(rig.events<MediaStalled>().size(), 1u);
}

TEST(Reception, ThatNeverBeginsIsToldToo) {
  Rig rig;
  rig.add_plain(phone(0));
  rig.run(3s);
  ASSERT_EQ(rig.events<MediaStalled>().size(), 1u);
  EXPECT_FALSE(rig.events<MediaStalled>()[0].ever_heard);
}

TEST(Reception, IsNotMissedOnHold) {
  Rig rig;
  Party& a = rig.add_plain(phone(500));
  rig.run(2s);
  a.agreement.direction = negotiation::Direction::sendonly;
  rig.apply(a);
  a.speaking = false;
  rig.run(30s);
  EXPECT_TRUE(rig.events<MediaStalled>().empty());
  a.agreement.direction = negotiation::Direction::sendrecv;
  rig.apply(a);
  rig.run(3s);
  EXPECT_EQ(rig.events<MediaStalled>().size(), 1u) << "retrieved, and nothing came";
}

TEST(Reception, OfAnnouncedSilenceIsPatient) {
  Rig rig;
  Party& a = rig.add_plain(phone(500));
  rig.run(1s);
  a.speaking = false;
  auto noise = a.talker.speak();
  noise[1] = 13;
  noise.resize(13);
  rig.send(a, noise);
  rig.run(20s);
  EXPECT_TRUE(rig.events<MediaStalled>().empty());
  EXPECT_TRUE(last_report(rig, a.id).received.comfort_noise);
  EXPECT_EQ(last_report(rig, a.id).received.rejected.total(), 0u);
  rig.run(15s);
  EXPECT_EQ(rig.events<MediaStalled>().size(), 1u);
}

}  // namespace
}  // namespace viaduct::graph
