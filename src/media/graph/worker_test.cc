// The worker's door: commands, demultiplexing, reports, closing, WebRTC.
#include "media/graph/worker.h"

#include <gtest/gtest.h>

#include "media/audio/testing/tone_measure.h"
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
TalkerOptions opus(double hz) {
  TalkerOptions options;
  options.format = {111, negotiation::kOpus, ""};
  options.hz = hz;
  return options;
}

void expect_tone(const Party& listener, double hz) {
  const uint32_t rate = listener.talker.rate();
  ASSERT_GT(listener.talker.heard().size(), rate);
  const auto heard = listener.talker.heard().subspan(rate / 2);
  const auto tone = audio::testing::strongest_tone(heard, rate);
  EXPECT_NEAR(tone.hz, hz, 3);
  EXPECT_NEAR(tone.dbov, -20, 3);
  EXPECT_LE(audio::testing::longest_gap_ms(heard, rate, -32), 20);
}

void expect_nothing_left(const Worker& worker) {
  const WorkerCounts counts = worker.counts();
  EXPECT_EQ(counts.sessions, 0u);
  EXPECT_EQ(counts.timers, 0u);
  EXPECT_EQ(counts.addresses, 0u);
  EXPECT_EQ(counts.ufrags, 0u);
  EXPECT_EQ(counts.sockets, 0u);
  EXPECT_EQ(worker.next_timeout(), base::kNever);
}

class WebRtc : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(Dtls, WebRtc, ::testing::Values(false, true),
                         [](const auto& one) { return one.param ? "openssl" : "fake"; });

TEST_P(WebRtc, BrowserAndPhoneHearEachOther) {
  for (const bool same_codec : {true, false}) {
    SCOPED_TRACE(same_codec);
    const auto identity = [](const char* name) {
      return GetParam() ? dtls::testing::openssl_identity() : dtls::testing::fake_identity(name);
    };
    Rig rig(identity("server"));
    Party& browser = rig.add_webrtc(same_codec ? phone(500) : opus(500), identity("browser"));
    Party& sip = rig.add_plain(phone(800));
    rig.bridge(browser, sip);
    rig.run(4s);
    ASSERT_TRUE(browser.client->connected());
    EXPECT_EQ(rig.events<MediaConnected>().size(), 2u);
    expect_tone(browser, 800);
    expect_tone(sip, 500);
    EXPECT_EQ(rig.worker.counts().addresses, 1u);
    EXPECT_EQ(browser.client->stats().rejected, 0u);
    rig.close_all();
    EXPECT_EQ(rig.events<SessionClosed>().size(), 2u);
    expect_nothing_left(rig.worker);
  }
}

TEST(WebRtcSessions, TwoBrowsersShareTheSocket) {
  Rig rig;
  Party& a = rig.add_webrtc(opus(500));
  Party& b = rig.add_webrtc(opus(800));
  rig.bridge(a, b);
  rig.run(4s);
  expect_tone(a, 800);
  expect_tone(b, 500);
  EXPECT_EQ(rig.worker.counts().addresses, 2u);
}

TEST(WebRtcSessions, ToneStartsWhenTheTransportIsReady) {
  Rig rig;
  Party& a = rig.add_webrtc(opus(0));
  rig.set_source(a, Tone{{{425, 0, 1s}}, -13, true});
  rig.run(3s);
  ASSERT_GT(a.talker.headers().size(), 100u);
  EXPECT_TRUE(a.talker.headers()[0].marker);
}

TEST(WebRtcSessions, ANewPageTakesTheSessionOver) {
  Rig rig;
  auto& phone_party = rig.add_plain(phone(1000));
  auto& page = rig.add_webrtc(opus(500));
  rig.bridge(phone_party, page);
  rig.run(1s);

  // Another browser process: other address, certificate and ICE; checks before its answer arrives.
  const auto identity = dtls::testing::fake_identity("new page");
  peer::testing::ClientOptions options;
  options.dtls = identity.factory;
  page.client = std::make_unique<peer::testing::WebRtcClient>(options, rig.rng);
  page.client->on_rtp = [&](std::span<const uint8_t> packet) { page.talker.hear(packet); };
  page.address.port = 50001;
  page.talker.forget();
  const negotiation::IceParameters fresh{"fresh",
                                         base::Secret<std::string>("anotherPasswordOfServer1")};
  const auto server = base::SocketAddress::parse("192.0.2.1:10000").value();
  page.client->connect({{fresh.ufrag, fresh.password}, {server}, {rig.server.print}}, rig.now);
  rig.run(100ms);
  auto& remote = *page.agreement.webrtc;
  remote.ice.ufrag = page.client->ufrag();
  remote.fingerprints = {{identity.print.algorithm, identity.print.digest}};
  rig.command(ApplyAgreement{page.id, page.agreement, fresh});
  rig.run(3s);
  ASSERT_TRUE(page.client->connected());
  expect_tone(page, 1000);
  rig.close_all();
  expect_nothing_left(rig.worker);
}

// The browser's network changes in mid-call: it comes from another address, or over TCP, with new
// ICE credentials.
struct Move {
  const char* name;
  const char* address;
  SocketHandle via;
};
class NetworkChange : public ::testing::TestWithParam<Move> {};
INSTANTIATE_TEST_SUITE_P(
    To, NetworkChange,
    ::testing::Values(Move{"AnotherAddress", "198.51.100.4:7000", kSharedSocket},
                      Move{"IPv6", "[2001:db8::4]:7000", kSharedSocket},
                      Move{"TcpFromTheSameAddress", "", kFirstConnection + 5},
                      Move{"TcpOverIPv6", "[2001:db8::4]:9", kFirstConnection}),
    [](const auto& one) { return one.param.name; });

TEST_P(NetworkChange, LeavesNoGap) {
  Rig rig;
  Party& sip = rig.add_plain(phone(1000));
  Party& browser = rig.add_webrtc(opus(500));
  rig.bridge(sip, browser);
  rig.run(2s);
  const negotiation::IceParameters fresh{"fresh",
                                         base::Secret<std::string>("anotherPasswordOfServer1")};
  browser.agreement.webrtc->ice.ufrag = browser.client->new_ufrag();
  rig.command(ApplyAgreement{browser.id, browser.agreement, fresh});
  rig.run(200ms);  // the answer is on its way: audio goes on over the old path
  if (*GetParam().address) browser.address = base::SocketAddress::parse(GetParam().address).value();
  browser.via = GetParam().via;
  const auto server = base::SocketAddress::parse("192.0.2.1:10000").value();
  browser.client->restart_ice({{fresh.ufrag, fresh.password}, {server}, {rig.server.print}},
                              rig.now);
  rig.run(2s);
  expect_tone(browser, 1000);
  expect_tone(sip, 500);
  EXPECT_EQ(rig.worker.stats(browser.id)->transport.remote, browser.address);
  EXPECT_TRUE(rig.worker.is_validated(browser.via, browser.address));
  EXPECT_EQ(rig.worker.counts().addresses, 1u);
  EXPECT_EQ(rig.events<MediaFailed>().size(), 0u);
  rig.close_all();
  expect_nothing_left(rig.worker);
}

TEST(WebRtcSessions, OverTcpAreNotReachedOverUdp) {
  Rig rig;
  Party& browser =
      rig.add_webrtc(opus(500), dtls::testing::fake_identity("browser"), kFirstConnection + 1);
  Party& sip = rig.add_plain(phone(0));
  rig.bridge(browser, sip);
  rig.run(2s);
  ASSERT_TRUE(browser.client->connected());
  EXPECT_TRUE(rig.worker.is_validated(browser.via, browser.address));
  EXPECT_FALSE(rig.worker.is_validated(kSharedSocket, browser.address));
  EXPECT_FALSE(rig.worker.is_validated(kFirstConnection + 2, browser.address));

  // A ClientHello and media from the same address, but not that way, are nobody's.
  const uint64_t before = rig.worker.counters().unknown_source;
  const auto received = rig.worker.stats(browser.id)->received.packets;
  for (const SocketHandle via : {kSharedSocket, kFirstConnection + 2}) {
    for (const int first : {22, 0x80}) {
      std::vector<uint8_t> buffer(100 + kTailroom, static_cast<uint8_t>(first));
      rig.worker.receive(via, browser.address, buffer, 100, rig.now, rig);
    }
  }
  EXPECT_EQ(rig.worker.counters().unknown_source, before + 4);
  EXPECT_EQ(rig.worker.stats(browser.id)->received.packets, received);

  rig.worker.connection_closed(browser.via, browser.address, rig.now, rig);
  EXPECT_FALSE(rig.worker.is_validated(browser.via, browser.address));
  EXPECT_EQ(rig.worker.counts().addresses, 0u);
  rig.close_all();
  expect_nothing_left(rig.worker);
}

TEST(WebRtcSessions, AWrongFingerprintFails) {
  Rig rig;
  Party& a = rig.add_webrtc(opus(500));
  auto identity = dtls::testing::fake_identity("other");
  identity.print.digest[0] ^= 1;  // its description lies about the certificate it will show
  Party& b = rig.add_webrtc(opus(500), identity);
  rig.run(3s);
  EXPECT_TRUE(a.client->connected());
  ASSERT_EQ(rig.events<MediaFailed>().size(), 1u);
  EXPECT_EQ(rig.events<MediaFailed>()[0].id, b.id);
  EXPECT_EQ(rig.events<MediaFailed>()[0].fault, MediaFault::fingerprint_mismatch);
}

TEST(WebRtcSessions, SilenceAfterSetUpLosesConsent) {
  Rig rig;
  Party& a = rig.add_webrtc(opus(500));
  rig.run(2s);
  ASSERT_TRUE(a.client->connected());
  a.address.port = 9;  // from now on nothing reaches it
  a.speaking = false;
  rig.run(60s);
  ASSERT_GE(rig.events<MediaFailed>().size(), 1u);
  EXPECT_EQ(rig.events<MediaFailed>()[0].fault, MediaFault::consent_expired);
  rig.close_all();
  expect_nothing_left(rig.worker);
}

TEST(WebRtcSessions, ThatNobodyCallsTimeOut) {
  Rig rig;
  rig.command(OpenSession{
      {5, 1}, WebRtcTransport{{"abcd", base::Secret<std::string>("0123456789012345678901")}}, "x"});
  negotiation::AudioAgreement agreement;
  agreement.send = {111, negotiation::kOpus, ""};
  agreement.receive = {agreement.send};
  agreement.webrtc = negotiation::WebRtcRemote{};
  agreement.webrtc->ice.ufrag = "peer";
  agreement.webrtc->fingerprints.push_back({"sha-256", std::vector<uint8_t>(32)});
  rig.command(ApplyAgreement{{5, 1}, agreement});
  rig.run(120s);
  ASSERT_EQ(rig.events<MediaFailed>().size(), 1u);
  EXPECT_EQ(rig.events<MediaFailed>()[0].fault, MediaFault::ice_timeout);
  rig.command(CloseSession{{5, 1}});
  expect_nothing_left(rig.worker);
}

TEST(Reports, GoOutOnScheduleAndSayWhatArrived) {
  Rig rig;
  Party& a = rig.add_plain(phone(500));
  Party& b = rig.add_plain(phone(800));
  a.network = [](size_t n) {
    return n % 10 == 3 ? std::nullopt : std::optional<base::Duration>(base::Duration(0));
  };
  rig.bridge(a, b);
  rig.run(30s);
  EXPECT_GE(a.rtcp_heard.size(), 3u);
  EXPECT_LE(a.rtcp_heard.size(), 12u);
  rtp::RtcpReader reader(a.rtcp_heard.back());
  const auto first = reader.next();
  const auto* report = std::get_if<rtp::SenderReport>(&first.value());
  ASSERT_NE(report, nullptr);
  EXPECT_EQ(report->ssrc, a.talker.headers()[0].ssrc);
  const auto block = report->blocks.about(a.talker.options().ssrc);
  ASSERT_TRUE(block);
  EXPECT_NEAR(block->fraction_lost, 25, 8);
  const auto second = reader.next();
  ASSERT_TRUE(std::holds_alternative<rtp::SourceDescription>(*second));
  EXPECT_EQ(std::get<rtp::SourceDescription>(*second).cname, "party");
  const auto stats = rig.worker.stats(a.id).value();
  EXPECT_NEAR(static_cast<double>(stats.received.lost), 150, 3);
  EXPECT_EQ(stats.transport.remote, a.address);
}

TEST(Reports, OfTheFarSideGiveTheRoundTrip) {
  Rig rig;
  Party& a = rig.add_plain(phone(500));
  Party& b = rig.add_plain(phone(800));
  rig.bridge(a, b);
  while (a.rtcp_heard.empty()) rig.run(100ms);
  rtp::RtcpReader reader(a.rtcp_heard.back());
  const auto ours = std::get<rtp::SenderReport>(reader.next().value());
  rig.run(200ms);
  rtp::ReportBlock block;
  block.ssrc = a.talker.headers()[0].ssrc;
  block.last_sr = static_cast<uint32_t>(ours.info.ntp >> 16);
  block.delay_since_last_sr = 65536 / 10;
  std::array<uint8_t, 200> buffer;
  base::ByteWriter out(buffer);
  rtp::write_receiver_report(out, a.talker.options().ssrc, {&block, 1});
  rig.send(a, {out.written().begin(), out.written().end()});
  const double trip = rig.worker.stats(a.id)->round_trip_ms.value_or(0);
  EXPECT_GT(trip, 90);
  EXPECT_LT(trip, 310);
}

TEST(Commands, CloseIsAlwaysAnsweredOnce) {
  Rig rig;
  Party& a = rig.add_plain(phone(500));
  Party& b = rig.add_plain(phone(800));
  rig.bridge(a, b);
  rig.run(1s);
  rig.command(CloseSession{a.id});
  ASSERT_EQ(rig.events<SessionClosed>().size(), 1u);
  EXPECT_NEAR(static_cast<double>(rig.events<SessionClosed>()[0].stats.received.packets), 50, 2);
  // What is left neither hears nor crashes; the goodbye was said.
  rtp::RtcpReader reader(a.rtcp_heard.back());
  bool bye = false;
  while (const auto packet = reader.next()) bye |= std::holds_alternative<rtp::Bye>(*packet);
  EXPECT_TRUE(bye);
  b.talker.forget();
  rig.run(1s);
  EXPECT_TRUE(b.talker.headers().empty());
  rig.command(CloseSession{a.id});
  EXPECT_EQ(rig.events<SessionClosed>().size(), 2u);
  rig.command(CloseSession{b.id});
  expect_nothing_left(rig.worker);
}

TEST(Commands, WhatIsInUseOrTooMuchIsRefused) {
  WorkerOptions options;
  options.max_sessions = 2;
  Rig rig(dtls::testing::fake_identity("server"), options);
  rig.command(OpenSession{{1, 1}, PlainTransport{10, 11}, ""});
  rig.command(OpenSession{{2, 1}, PlainTransport{10, 12}, ""});
  rig.command(OpenSession{{3, 1}, PlainTransport{0, 12}, ""});
  rig.command(OpenSession{{1, 1}, PlainTransport{20, 21}, ""});
  rig.command(OpenSession{{6, 1}, PlainTransport{20, kMostSockets}, ""});
  const WebRtcTransport webrtc{{"abcd", base::Secret<std::string>("0123456789012345678901")}};
  rig.command(OpenSession{{4, 1}, webrtc, ""});
  rig.command(OpenSession{{5, 1}, PlainTransport{30, 31}, ""});
  EXPECT_EQ(rig.worker.counts().sessions, 2u);
  EXPECT_EQ(rig.worker.counters().refused_sessions, 4u);
  EXPECT_EQ(rig.worker.counters().bad_command, 1u);
  for (const auto& failed : rig.events<MediaFailed>()) EXPECT_EQ(failed.fault, MediaFault::refused);
  for (uint32_t i = 1; i <= 6; ++i) rig.command(CloseSession{{i, 1}});
  EXPECT_EQ(rig.events<SessionClosed>().size(), 6u);
  expect_nothing_left(rig.worker);
}

TEST(Commands, OfUnknownSessionsAreCounted) {
  Rig rig;
  rig.command(SetSource{{9, 9}, NoSource{}});
  rig.command(SendDtmf{{9, 9}, "1"});
  rig.command(ApplyAgreement{{9, 9}, {}});
  EXPECT_EQ(rig.worker.counters().bad_command, 3u);
}

TEST(Packets, FromNowhereAreCounted) {
  Rig rig;
  Party& a = rig.add_plain(phone(0));
  std::vector<uint8_t> buffer(100 + kTailroom, 0x80);
  rig.worker.receive(kSharedSocket, a.address, buffer, 100, rig.now, rig);
  rig.worker.receive(77, a.address, buffer, 100, rig.now, rig);
  EXPECT_EQ(rig.worker.counters().unknown_source, 2u);
  std::vector<uint8_t> large(2000 + kTailroom);
  rig.worker.receive(a.sockets.rtp, a.address, large, 2000, rig.now, rig);
  EXPECT_EQ(rig.worker.counters().too_large, 1u);
}

TEST(Packets, OfAnUnknownPayloadTypeAreRejected) {
  Rig rig;
  Party& a = rig.add_plain(phone(0));
  Party& b = rig.add_plain(phone(0));
  rig.bridge(a, b);
  auto packet = a.talker.speak();
  packet[1] = 99;
  rig.send(a, packet);
  EXPECT_EQ(rig.worker.stats(a.id)->received.rejected.unknown_payload_type, 1u);
  EXPECT_TRUE(b.talker.headers().empty());
}

TEST(Packets, TeachWhereASymmetricPhoneIs) {
  Rig rig;
  Party& a = rig.add_plain(phone(500));
  a.agreement.plain =
      negotiation::PlainRemote{};  // behind a NAT: the description says nothing of use
  rig.apply(a);
  rig.set_source(a, Tone{{{425, 0, 1s}}, -13, true});
  rig.run(100ms);
  EXPECT_GT(a.talker.headers().size(), 2u);
  EXPECT_EQ(rig.events<MediaConnected>().size(), 1u);
  EXPECT_EQ(rig.misdelivered, 0u);
}

}  // namespace
}  // namespace viaduct::graph
