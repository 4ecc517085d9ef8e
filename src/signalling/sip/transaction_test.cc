#include "signalling/sip/transaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "signalling/sip/parser.h"

namespace viaduct::sip {
namespace {

using namespace std::chrono_literals;
using base::Duration;
using base::TimePoint;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

const Flow kUdp{Transport::udp, 1, {base::IpAddress::v4(0xC0000205), 5060}, 0};  // 192.0.2.5
const Flow kTcp{Transport::tcp, 2, {base::IpAddress::v4(0xC0000205), 40000}, 7};

// A layer with its clock, and what came out of it sorted by kind.
class TransactionTest : public testing::Test {
 protected:
  TransactionTest() { restart({}); }
  void restart(TransactionOptions options) {
    layer_ = std::make_unique<TransactionLayer>(options, rng_);
    layer_->set_listener({1, Transport::udp, "198.51.100.1", 5060});
    layer_->set_listener({2, Transport::tcp, "198.51.100.1", 5060});
  }

  void drain() {
    while (auto output = layer_->poll()) {
      if (auto* sent = std::get_if<SendMessage>(&*output)) {
        sent_.push_back(sent->bytes);
        sent_at_.push_back(now_ - start_);
        last_flow_ = sent->flow;
      } else {
        events_.push_back(std::move(*output));
      }
    }
  }
  void run_for(Duration duration) {
    const TimePoint end = now_ + duration;
    while (layer_->next_timeout() <= end) {
      now_ = std::max(now_, layer_->next_timeout());
      layer_->handle_timeout(now_);
      drain();
    }
    now_ = end;
  }
  void receive(std::string_view bytes, const Flow& flow = kUdp) {
    auto message = parse(bytes);
    ASSERT_TRUE(message) << bytes;
    layer_->receive(std::move(*message), flow, now_);
    drain();
  }
  ClientTransactionId start(Method method, const Flow& flow = kUdp) {
    Message request = Message::request(method, "sip:bob@192.0.2.5");
    request.add(HeaderName::max_forwards, "70");
    request.add(HeaderName::from, "<sip:alice@example.org>;tag=a1");
    request.add(HeaderName::to, "<sip:bob@example.org>");
    request.add(HeaderName::call_id, "call-1");
    request.add(HeaderName::cseq, CSeq::of(1, method).str());
    const auto id = layer_->send_request(std::move(request), flow, now_);
    EXPECT_TRUE(id);
    drain();
    return *id;
  }
  // The far side's response to what we sent as number `index`.
  std::string response_to(size_t index, uint16_t status) {
    const auto request = parse(sent_.at(index));
    EXPECT_TRUE(request);
    return make_response(*request, status, "b1").str();
  }
  template <class T>
  std::vector<T> take() {
    std::vector<T> out;
    std::vector<TransactionOutput> rest;
    for (TransactionOutput& event : events_) {
      if (T* wanted = std::get_if<T>(&event)) out.push_back(std::move(*wanted));
      else rest.push_back(std::move(event));
    }
    events_ = std::move(rest);
    return out;
  }
  void expect_idle() {
    const TransactionCounts counts = layer_->counts();
    EXPECT_EQ(counts.clients, 0u);
    EXPECT_EQ(counts.servers, 0u);
    EXPECT_EQ(counts.timers, 0u);
  }

  base::SeededRng rng_{1};
  std::unique_ptr<TransactionLayer> layer_;
  TimePoint start_{1000s};
  TimePoint now_ = start_;
  std::vector<std::string> sent_;
  std::vector<Duration> sent_at_;
  Flow last_flow_;
  std::vector<TransactionOutput> events_;
};

std::string request(std::string_view method, std::string_view branch = "z9hG4bKx1",
                    std::string_view cseq = "1") {
  std::string out(method);
  out += " sip:bob@198.51.100.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.5:5060;branch=";
  out += branch;
  out += "\r\nMax-Forwards: 70\r\nFrom: <sip:a@example.org>;tag=f1\r\nTo: <sip:b@example.org>\r\n";
  out += "Call-ID: c1\r\nCSeq: ";
  out += cseq;
  out += " ";
  out += method;
  out += "\r\nContent-Length: 0\r\n\r\n";
  return out;
}

TEST_F(TransactionTest, InviteIsRepeatedWithDoublingIntervalUntilTimerB) {
  start(Method::invite);
  EXPECT_THAT(sent_[0], HasSubstr("Via: SIP/2.0/UDP 198.51.100.1:5060;branch=z9hG4bK"));
  EXPECT_THAT(sent_[0], HasSubstr(";rport"));
  run_for(40s);
  EXPECT_THAT(sent_at_, ElementsAre(0ms, 500ms, 1500ms, 3500ms, 7500ms, 15500ms, 31500ms));
  EXPECT_EQ(take<ClientTimedOut>().size(), 1u);
  expect_idle();
}

TEST_F(TransactionTest, OtherRequestsAreRepeatedAtMostEveryT2) {
  start(Method::options);
  run_for(40s);
  EXPECT_THAT(sent_at_, ElementsAre(0ms, 500ms, 1500ms, 3500ms, 7500ms, 11500ms, 15500ms, 19500ms,
                                    23500ms, 27500ms, 31500ms));
  EXPECT_EQ(take<ClientTimedOut>().size(), 1u);
  expect_idle();
}

TEST_F(TransactionTest, NothingIsRepeatedOverAConnection) {
  start(Method::invite, kTcp);
  start(Method::bye, kTcp);
  run_for(40s);
  EXPECT_EQ(sent_.size(), 2u);
  EXPECT_EQ(take<ClientTimedOut>().size(), 2u);
  expect_idle();
}

TEST_F(TransactionTest, RefusalIsAcknowledgedOnTheSameBranchEachTimeItComes) {
  const auto id = start(Method::invite);
  const std::string busy = response_to(0, 486);
  receive(busy);
  ASSERT_EQ(sent_.size(), 2u);
  const auto invite = parse(sent_[0]);
  const auto ack = parse(sent_[1]);
  ASSERT_TRUE(ack);
  EXPECT_TRUE(ack->is(Method::ack));
  EXPECT_EQ(ack->via()->branch(), invite->via()->branch());
  EXPECT_EQ(ack->to()->tag(), "b1");
  EXPECT_EQ(ack->cseq()->str(), "1 ACK");
  const auto received = take<ResponseReceived>();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_EQ(received[0].transaction, id);
  run_for(1s);
  receive(busy);
  EXPECT_EQ(sent_.size(), 3u);
  EXPECT_TRUE(take<ResponseReceived>().empty());
  run_for(31s);
  expect_idle();
}

TEST_F(TransactionTest, EverySuccessIsHandedUpUntilTimerM) {
  start(Method::invite);
  const std::string ok = response_to(0, 200);
  receive(ok);
  run_for(10s);
  receive(ok);
  EXPECT_EQ(take<ResponseReceived>().size(), 2u);
  EXPECT_EQ(sent_.size(), 1u) << "the TU acknowledges, not the transaction";
  run_for(22s);
  EXPECT_EQ(take<InviteEnded>().size(), 1u);
  expect_idle();
  receive(ok);
  EXPECT_EQ(layer_->counts().stray_responses, 1u);
}

TEST_F(TransactionTest, ProvisionalStopsRepeatingAndTheTimeLimit) {
  start(Method::invite);
  receive(response_to(0, 180));
  run_for(120s);
  EXPECT_EQ(sent_.size(), 1u);
  EXPECT_TRUE(take<ClientTimedOut>().empty());
  receive(response_to(0, 404));
  run_for(33s);
  expect_idle();
}

TEST_F(TransactionTest, CancelWaitsForAProvisionalResponse) {
  const auto id = start(Method::invite);
  EXPECT_TRUE(layer_->cancel(id, "SIP;cause=200", now_));
  drain();
  EXPECT_EQ(sent_.size(), 1u);
  receive(response_to(0, 100));
  ASSERT_EQ(sent_.size(), 2u);
  const auto cancel = parse(sent_[1]);
  ASSERT_TRUE(cancel);
  EXPECT_TRUE(cancel->is(Method::cancel));
  EXPECT_EQ(cancel->via()->branch(), parse(sent_[0])->via()->branch());
  EXPECT_EQ(cancel->value(HeaderName::reason), "SIP;cause=200");
  receive(response_to(1, 200));
  receive(response_to(0, 487));
  const auto received = take<ResponseReceived>();
  ASSERT_EQ(received.size(), 2u) << "100 and 487; the 200 to the CANCEL interests nobody";
  EXPECT_EQ(received[1].response.status(), 487);
  run_for(33s);
  expect_idle();
}

TEST_F(TransactionTest, CancelledInviteWithoutFinalResponseEndsByTimer) {
  const auto id = start(Method::invite);
  receive(response_to(0, 180));
  EXPECT_TRUE(layer_->cancel(id, {}, now_));
  EXPECT_FALSE(layer_->cancel(id, {}, now_));
  drain();
  receive(response_to(1, 200));
  run_for(33s);
  EXPECT_EQ(take<ClientTimedOut>().size(), 1u);
  expect_idle();
}

TEST_F(TransactionTest, FailedFlowFailsItsTransactions) {
  const auto id = start(Method::invite, kTcp);
  start(Method::options);
  layer_->flow_failed(kTcp);
  drain();
  const auto failed = take<ClientFailed>();
  ASSERT_EQ(failed.size(), 1u);
  EXPECT_EQ(failed[0].transaction, id);
  EXPECT_EQ(layer_->counts().clients, 1u);
}

TEST_F(TransactionTest, SlowAnswerGetsATryingAndRepeatsAreAbsorbed) {
  receive(request("INVITE"));
  auto received = take<RequestReceived>();
  ASSERT_EQ(received.size(), 1u);
  EXPECT_TRUE(sent_.empty());
  run_for(250ms);
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_THAT(sent_[0], StartsWith("SIP/2.0 100 "));
  receive(request("INVITE"));
  EXPECT_EQ(sent_.size(), 2u);
  EXPECT_TRUE(take<RequestReceived>().empty());
  layer_->respond(received[0].transaction, make_response(received[0].request, 180, "t"), now_);
  receive(request("INVITE"));
  EXPECT_THAT(sent_.back(), StartsWith("SIP/2.0 180 "));
  layer_->flow_failed(kUdp);
  drain();
  EXPECT_EQ(take<ServerFailed>().size(), 1u);
  expect_idle();
}

TEST_F(TransactionTest, RefusalIsRepeatedUntilItsAck) {
  receive(request("INVITE"));
  const auto received = take<RequestReceived>();
  layer_->respond(received[0].transaction, make_response(received[0].request, 486, "t"), now_);
  drain();
  run_for(8s);
  EXPECT_THAT(sent_at_, ElementsAre(0ms, 500ms, 1500ms, 3500ms, 7500ms));
  receive(request("ACK"));
  run_for(10s);
  EXPECT_EQ(sent_.size(), 5u);
  EXPECT_TRUE(take<AckReceived>().empty());
  expect_idle();
}

TEST_F(TransactionTest, RefusalWithoutAckEndsByTimerH) {
  receive(request("INVITE"));
  const auto received = take<RequestReceived>();
  layer_->respond(received[0].transaction, make_response(received[0].request, 486, "t"), now_);
  run_for(33s);
  EXPECT_EQ(take<ServerFailed>().size(), 1u);
  expect_idle();
}

TEST_F(TransactionTest, SuccessIsRepeatedByTheUserOnlyAndAcksComeUp) {
  receive(request("INVITE"));
  const auto received = take<RequestReceived>();
  const Message ok = make_response(received[0].request, 200, "t");
  EXPECT_TRUE(layer_->respond(received[0].transaction, ok, now_));
  receive(request("INVITE"));
  EXPECT_EQ(sent_.size(), 1u) << "RFC 6026: absorbed";
  EXPECT_TRUE(layer_->respond(received[0].transaction, ok, now_));
  EXPECT_FALSE(
      layer_->respond(received[0].transaction, make_response(received[0].request, 486), now_));
  drain();
  EXPECT_EQ(sent_.size(), 2u);
  receive(request("ACK", "z9hG4bKother"));
  receive(request("ACK"));
  EXPECT_EQ(take<AckReceived>().size(), 2u);
  run_for(33s);
  expect_idle();
  EXPECT_FALSE(layer_->respond(received[0].transaction, ok, now_));
}

TEST_F(TransactionTest, FinalResponseToOtherRequestsIsRepeatedOnDemand) {
  receive(request("BYE"));
  const auto received = take<RequestReceived>();
  receive(request("BYE"));
  EXPECT_TRUE(sent_.empty());
  layer_->respond(received[0].transaction, make_response(received[0].request, 200, "t"), now_);
  receive(request("BYE"));
  EXPECT_EQ(sent_.size(), 2u);
  EXPECT_EQ(layer_->counts().retransmissions_absorbed, 2u);
  run_for(33s);
  expect_idle();
}

TEST_F(TransactionTest, CancelNamesItsInvite) {
  receive(request("INVITE"));
  const auto invite = take<RequestReceived>();
  receive(request("CANCEL"));
  receive(request("CANCEL", "z9hG4bKunknown"));
  const auto cancels = take<RequestReceived>();
  ASSERT_EQ(cancels.size(), 2u);
  EXPECT_EQ(cancels[0].cancels, invite[0].transaction);
  EXPECT_FALSE(cancels[1].cancels);
}

TEST_F(TransactionTest, SameRequestOnAnotherPathIsMarked) {
  receive(request("INVITE"));
  receive(request("INVITE", "z9hG4bKx2"));
  receive(request("INVITE", "z9hG4bKx3", "2"));
  const auto received = take<RequestReceived>();
  ASSERT_EQ(received.size(), 3u);
  EXPECT_FALSE(received[0].merged);
  EXPECT_TRUE(received[1].merged);
  EXPECT_FALSE(received[2].merged);
}

TEST_F(TransactionTest, SameBranchOfAnotherSenderIsAnotherTransaction) {
  receive(request("OPTIONS"));
  std::string other = request("OPTIONS");
  other.replace(other.find("192.0.2.5:5060"), 14, "192.0.2.5:5062");
  receive(other);
  EXPECT_EQ(take<RequestReceived>().size(), 2u);
}

TEST_F(TransactionTest, BranchesOfOldElementsAreNotTrusted) {
  // RFC 2543: one branch for all; the CSeq tells the requests apart, the ACK finds its INVITE.
  receive(request("INVITE", "1", "1"));
  receive(request("INVITE", "1", "1"));
  receive(request("INVITE", "1", "2"));
  const auto received = take<RequestReceived>();
  ASSERT_EQ(received.size(), 2u);
  layer_->respond(received[0].transaction, make_response(received[0].request, 486, "t"), now_);
  receive(request("ACK", "1", "1"));
  EXPECT_TRUE(take<AckReceived>().empty());
}

TEST_F(TransactionTest, OverTheLimitRequestsGetAStateless503) {
  TransactionOptions options;
  options.max_server_transactions = 1;
  restart(options);
  receive(request("OPTIONS"));
  receive(request("OPTIONS", "z9hG4bKx2", "2"));
  EXPECT_EQ(take<RequestReceived>().size(), 1u);
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_THAT(sent_[0], StartsWith("SIP/2.0 503 "));
  EXPECT_THAT(sent_[0], HasSubstr("Retry-After: "));
  EXPECT_EQ(layer_->counts().refused_overload, 1u);
  EXPECT_EQ(layer_->counts().servers, 1u);
}

TEST_F(TransactionTest, ResponseGoesWhereTheRequestCameFromWhenAskedTo) {
  Flow natted = kUdp;
  natted.remote.port = 33333;
  std::string with_rport = request("OPTIONS");
  with_rport.replace(with_rport.find(";branch"), 7, ";rport;branch");
  receive(with_rport, natted);
  auto received = take<RequestReceived>();
  layer_->respond(received[0].transaction, make_response(received[0].request, 200, "t"), now_);
  drain();
  EXPECT_EQ(last_flow_, natted);
  EXPECT_THAT(sent_.back(), HasSubstr("rport=33333"));

  receive(request("OPTIONS", "z9hG4bKx2", "2"), natted);
  received = take<RequestReceived>();
  layer_->respond(received[0].transaction, make_response(received[0].request, 200, "t"), now_);
  drain();
  EXPECT_EQ(last_flow_, kUdp) << "without rport to the port of sent-by";
}

TEST_F(TransactionTest, ConnectionsNeedNoLingering) {
  std::string over_tcp = request("OPTIONS");
  over_tcp.replace(over_tcp.find("/UDP"), 4, "/TCP");
  receive(over_tcp, kTcp);
  const auto received = take<RequestReceived>();
  layer_->respond(received[0].transaction, make_response(received[0].request, 200, "t"), now_);
  drain();
  EXPECT_EQ(last_flow_, kTcp);
  expect_idle();
}

TEST_F(TransactionTest, UnknownListenerIsAnError) {
  Message message = Message::request(Method::options, "sip:bob@192.0.2.5");
  message.add(HeaderName::cseq, "1 OPTIONS");
  Flow flow = kUdp;
  flow.listener = 9;
  EXPECT_FALSE(layer_->send_request(message, flow, now_));
  EXPECT_TRUE(layer_->send_stateless(message, flow).empty());
}

TEST(Flow, PrintsAndReadsItself) {
  for (const Flow& flow : {kUdp, kTcp}) EXPECT_EQ(*Flow::parse(flow.str()), flow);
  EXPECT_EQ(kTcp.str(), "tcp/2/7/192.0.2.5:40000");
  for (const char* bad : {"", "udp", "udp/1/0/", "xyz/1/0/192.0.2.1:1", "udp/-1/0/192.0.2.1:1"})
    EXPECT_FALSE(Flow::parse(bad)) << bad;
}

}  // namespace
}  // namespace viaduct::sip
