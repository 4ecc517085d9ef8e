#include "core/call/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/log.h"
#include "core/call/diagnosis.h"

namespace viaduct::call {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr LegId kAnn{1, 1}, kBob{2, 1};
constexpr CallId kCall{1, 1};

class Lines final : public base::LogSink {
 public:
  Lines() { base::set_log_sink(this, base::LogLevel::info); }
  ~Lines() override { base::set_log_sink(nullptr, base::LogLevel::off); }
  void write(const base::LogRecord& record) override {
    lines.push_back(base::format_human(record));
  }
  std::vector<std::string> lines;
};

class LedgerTest : public ::testing::Test {
 protected:
  Lines log_;
  Ledger ledger_{{.max_ended = 2, .max_findings = 4}};
  base::TimePoint now_{1h};

  void begin(CallId call = kCall, LegId ann = kAnn, LegId bob = kBob) {
    ledger_.observe(News(CallBegan{call, ann, {"1000", "Ann"}, "1001"}), now_);
    ledger_.observe(News(LegCalled{call, bob, {"1001", "Bob"}, {negotiation::kPcmu}}), now_);
    for (const LegId leg : {ann, bob}) {
      ledger_.observe(
          graph::Command(graph::OpenSession{media_of(leg), graph::PlainTransport{}, ""}),
          {base::IpAddress::v4(0xC6336401), 20000}, now_);
      negotiation::AudioAgreement agreement;
      agreement.receive = {{0, negotiation::kPcmu, ""}};
      agreement.plain = negotiation::PlainRemote{{base::IpAddress::v4(0xC0000209), 4000}, {}};
      ledger_.observe(graph::Command(graph::ApplyAgreement{media_of(leg), agreement}), {}, now_);
    }
    for (const LegId leg : {bob, ann}) ledger_.observe(News(LegTaken{leg}), now_);
  }
  graph::SessionStats heard(base::Duration ago) const {
    graph::SessionStats stats;
    stats.received.expected_since = base::TimePoint{1h};
    stats.received.last_packet = now_ - ago;
    stats.received.last_rtcp = now_ - 1s;
    stats.received.packets = 100;
    stats.received.mos = 4.25;
    return stats;
  }
  void report(LegId leg, const graph::SessionStats& stats) {
    ledger_.observe(graph::Event(graph::StatsReport{media_of(leg), stats}), now_);
  }
  void end(CallId call = kCall, LegId ann = kAnn, LegId bob = kBob) {
    ledger_.observe(News(CallOver{call, {.result = Result::completed, .reason = {}}}), now_);
    for (const LegId leg : {ann, bob}) {
      ledger_.observe(News(LegLeft{leg, {}}), now_);
      ledger_.observe(graph::Event(graph::SessionClosed{media_of(leg), heard(0s)}), now_);
    }
  }
  std::vector<Trouble> troubles(size_t leg) const {
    std::vector<Trouble> out;
    for (const Finding& finding : ledger_.find(kCall)->legs[leg].findings)
      out.push_back(finding.trouble);
    return out;
  }
};

TEST_F(LedgerTest, OneLineAtTheEndSaysWhatTheCallWas) {
  begin();
  now_ += 90s;
  end();
  ASSERT_THAT(log_.lines, SizeIs(1));
  EXPECT_THAT(log_.lines[0], HasSubstr("call record"));
  EXPECT_THAT(log_.lines[0], HasSubstr("seconds=90"));
  EXPECT_THAT(log_.lines[0], HasSubstr("caller_mos=4.25"));
  EXPECT_THAT(log_.lines[0], Not(HasSubstr("1001"))) << "numbers are personal data";
  const CallRecord* record = ledger_.find(kCall);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->callee_leg()->party.number, "1001");
  EXPECT_EQ(record->callee_leg()->stats.transport.local.port, 20000);
  EXPECT_EQ(record->callee_leg()->stats.received.packets, 100u);
}

TEST_F(LedgerTest, ATroubleIsToldOnceEachTimeItBegins) {
  begin();
  now_ += 20s;
  report(kAnn, heard(0s));
  report(kBob, heard(4s));
  report(kBob, heard(9s));
  EXPECT_THAT(troubles(1), ElementsAre(Trouble::one_way));
  EXPECT_THAT(log_.lines, SizeIs(1));
  EXPECT_THAT(log_.lines[0], HasSubstr("The called leg: no RTP has come from it for 4 s"));
  EXPECT_THAT(log_.lines[0], Not(HasSubstr("1001")));
  EXPECT_THAT(log_.lines[0], Not(HasSubstr("192.0.2")));
  report(kBob, heard(0s));
  report(kBob, heard(4s));
  EXPECT_THAT(troubles(1), ElementsAre(Trouble::one_way, Trouble::one_way));
  for (int i = 0; i < 9; ++i) {
    report(kBob, heard(0s));
    report(kBob, heard(4s));
  }
  EXPECT_THAT(troubles(1), SizeIs(4)) << "bounded";
  EXPECT_THAT(ledger_.find(kCall)->legs[1].findings[0].sentence, HasSubstr("(1001)"));
}

TEST_F(LedgerTest, SilenceBeforeTheAnswerOnHoldOrAnnouncedIsNoTrouble) {
  begin();
  now_ += 20s;
  report(kAnn, heard(0s));
  auto stats = heard(20s);
  stats.received.comfort_noise = true;
  report(kBob, stats);
  stats.received.comfort_noise = false;
  stats.received.expected_since.reset();
  report(kBob, stats);
  EXPECT_THAT(troubles(1), SizeIs(0));
}

TEST_F(LedgerTest, OnlyTheLastCallsAreKept) {
  for (uint32_t i = 1; i <= 4; ++i) {
    begin({i, 1}, {10 + i, 1}, {20 + i, 1});
    end({i, 1}, {10 + i, 1}, {20 + i, 1});
  }
  ASSERT_THAT(ledger_.calls(), SizeIs(2));
  EXPECT_EQ(ledger_.calls()[0]->id, (CallId{4, 1})) << "the last one first";
  EXPECT_FALSE(ledger_.find({1, 1}));
}

TEST_F(LedgerTest, ACallIsNotOverBeforeItsMediaIs) {
  begin();
  ledger_.observe(News(CallOver{kCall, {}}), now_);
  for (const LegId leg : {kAnn, kBob}) ledger_.observe(News(LegLeft{leg, {}}), now_);
  EXPECT_THAT(log_.lines, SizeIs(0));
  for (const LegId leg : {kAnn, kBob})
    ledger_.observe(graph::Event(graph::SessionClosed{media_of(leg), {}}), now_);
  EXPECT_THAT(log_.lines, SizeIs(1));
}

// Addresses count by where they are good: the phone in our own network is no trouble.
TEST(Diagnosis, APrivateAddressIsOnlyWrongFromOutside) {
  LegRecord leg;
  leg.answered = base::TimePoint{1h};
  leg.stats_at = base::TimePoint{1h} + 10s;
  leg.agreement.emplace().plain =
      negotiation::PlainRemote{{base::IpAddress::v4(0x0A000005), 4000}, {}};
  leg.stats.received.expected_since = base::TimePoint{1h};
  const auto troubles = [&](std::string_view local) {
    leg.stats.transport.local = base::SocketAddress::parse(local).value();
    std::vector<Trouble> out;
    for (const Finding& one : diagnose(leg, nullptr, leg.stats_at)) out.push_back(one.trouble);
    return out;
  };
  EXPECT_THAT(troubles("10.0.0.1:20000"), ElementsAre(Trouble::silent));
  EXPECT_THAT(troubles("127.0.0.1:20000"), ElementsAre(Trouble::silent));
  EXPECT_THAT(troubles("198.51.100.1:20000"), ElementsAre(Trouble::unreachable_address));
  leg.agreement->plain->rtp.ip = base::IpAddress::v4(0x7F000001);
  EXPECT_THAT(troubles("10.0.0.1:20000"), ElementsAre(Trouble::unreachable_address));
}

TEST_F(LedgerTest, ADirectCallSaysSoAndIsNotSilent) {
  ledger_.observe(News(CallBegan{kCall, kAnn, {"1000", "Ann"}, "1001"}), now_);
  ledger_.observe(News(LegCalled{kCall, kBob, {"1001", "Bob"}, {}}), now_);
  for (const LegId leg : {kBob, kAnn}) ledger_.observe(News(LegTaken{leg}), now_);
  ledger_.observe(News(DirectMediaBegan{kCall}), now_);
  EXPECT_TRUE(ledger_.find(kCall)->direct);
  now_ += 60s;
  report(kAnn, {});
  for (const LegRecord& leg : ledger_.find(kCall)->legs) EXPECT_THAT(leg.findings, SizeIs(0));
  ledger_.observe(News(DirectMediaEnded{kCall}), now_);
  EXPECT_FALSE(ledger_.find(kCall)->direct);
  EXPECT_EQ(ledger_.find(kCall)->taken_over, now_);
  for (const LegId leg : {kBob, kAnn}) ledger_.observe(News(LegLeft{leg, {}}), now_);
  ledger_.observe(News(CallOver{kCall, {}}), now_);
  EXPECT_THAT(log_.lines.back(), HasSubstr("direct, then server"));
}

}  // namespace
}  // namespace viaduct::call
