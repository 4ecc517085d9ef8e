#include "server/admin/api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/admin/call_json.h"
#include "signalling/jsonrpc/json.h"

namespace viaduct::admin {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr call::LegId kAnn{1, 1}, kBob{2, 1};

class FakeNode final : public node::ApiView {
 public:
  const call::Ledger& calls() const override { return ledger; }
  base::TimePoint now() const override { return base::TimePoint{1h}; }
  base::WallTime wall(base::TimePoint at) const override {
    return base::WallTime{1'767'225'600s} + (at - now());
  }
  base::Result<std::string> start_capture(call::CallId, const node::CaptureRequest& r) override {
    captured = r;
    return std::string("/captures/call.pcap");
  }
  call::Ledger ledger;
  std::optional<node::CaptureRequest> captured;
};

class ApiTest : public ::testing::Test {
 protected:
  FakeNode node_;
  Api api_{{.token = base::Secret<std::string>("0123456789abcdef")}};
  std::string authorization_ = "Bearer 0123456789abcdef";

  ApiTest() {
    const auto tell = [&](call::News news) { node_.ledger.observe(news, node_.now()); };
    tell(call::CallBegan{{7, 1}, kAnn, {"1000", "Ann"}, "1001"});
    tell(call::LegCalled{{7, 1}, kBob, {"1001", "B\xff"}, {negotiation::kPcmu}});
    tell(call::LegTaken{kBob});
    tell(call::LegTaken{kAnn});
    graph::SessionStats stats;
    stats.received.packets = 100;
    stats.received.mos = 4.25;
    stats.received.expected_since = stats.received.last_packet = node_.now() - 10s;
    stats.received.coding = graph::Coding{negotiation::kPcmu, 0};
    stats.transport.remote = base::SocketAddress::parse("192.0.2.9:4000").value();
    node_.ledger.observe(graph::Event(graph::StatsReport{call::media_of(kBob), stats}),
                         node_.now() + 10s);
  }
  net::HttpResponse ask(std::string_view method, std::string_view target,
                        std::string_view body = {}) {
    return api_.respond({.method = method,
                         .target = target,
                         .host = "h",
                         .authorization = authorization_,
                         .body = body,
                         .peer = {}},
                        node_);
  }
};

TEST_F(ApiTest, TellsNothingWithoutTheToken) {
  for (const char* wrong : {"", "Bearer", "Bearer 0123456789abcdee", "Basic 0123456789abcdef",
                            "Bearer 0123456789abcdef0", "0123456789abcdef"}) {
    authorization_ = wrong;
    for (const char* path : {"/api/v1/calls", "/api/v1/calls/7.1", "/api/nothing"}) {
      const auto response = ask("GET", path);
      EXPECT_EQ(response.status, 401u) << wrong;
      EXPECT_THAT(response.body, Not(HasSubstr("1000")));
    }
  }
  Api unset({.token = {}});
  EXPECT_EQ(unset
                .respond({.method = "GET",
                          .target = "/api/v1/calls",
                          .host = "",
                          .authorization = "Bearer ",
                          .body = "",
                          .peer = {}},
                         node_)
                .status,
            401u);
}

TEST_F(ApiTest, ListsCalls) {
  const auto response = ask("GET", "/api/v1/calls?x=1");
  EXPECT_EQ(response.status, 200u);
  EXPECT_EQ(response.content_type, "application/json");
  const auto document = jsonrpc::parse(response.body, 8).value();
  const auto& call = document.value.at("calls").at(0);
  EXPECT_EQ(call.at("id"), "7.1");
  EXPECT_EQ(call.at("state"), "up");
  EXPECT_EQ(call.at("caller"), "1000");
  EXPECT_EQ(call.at("answered"), "2026-01-01T00:00:00.000Z");
  EXPECT_FALSE(call.as_object().contains("legs"));
}

TEST_F(ApiTest, OneCallHasItsLegsTheirStatisticsAndWhatIsWrong) {
  const auto response = ask("GET", "/api/v1/calls/7.1");
  EXPECT_EQ(response.status, 200u);
  const auto document = jsonrpc::parse(response.body, 8).value();
  const auto& bob = document.value.at("legs").at(1);
  EXPECT_EQ(bob.at("role"), "called");
  EXPECT_EQ(bob.at("name"), "B\xEF\xBF\xBD") << "always UTF-8";
  EXPECT_EQ(bob.at("received").at("packets"), 100);
  EXPECT_EQ(bob.at("received").at("codec"), "PCMU");
  EXPECT_EQ(bob.at("received").at("mos"), 4.25);
  EXPECT_EQ(bob.at("transport").at("remote"), "192.0.2.9:4000");
  EXPECT_EQ(bob.at("diagnosis").at(0).at("trouble"), "silent");
  EXPECT_THAT(std::string(bob.at("diagnosis").at(0).at("sentence").as_string()),
              HasSubstr("The called leg (1001): no RTP has come from it for 10 s"));
}

TEST_F(ApiTest, ATransportTellsOfWhatItUses) {
  using State = graph::TransportState;
  const auto transport = [&](bool webrtc, State ice, State dtls) {
    graph::SessionStats stats;
    stats.transport.webrtc = webrtc;
    stats.transport.ice = ice;
    stats.transport.dtls = dtls;
    node_.ledger.observe(graph::Event(graph::StatsReport{call::media_of(kBob), stats}),
                         node_.now());
    const auto response = ask("GET", "/api/v1/calls/7.1");
    return jsonrpc::parse(response.body, 8).value().value.at("legs").at(1).at("transport");
  };
  const auto phone = transport(false, State::unused, State::waiting);
  EXPECT_EQ(phone.at("kind"), "rtp");
  EXPECT_EQ(phone.at("dtls"), "waiting");
  EXPECT_FALSE(phone.as_object().contains("ice"));
  EXPECT_FALSE(transport(false, State::unused, State::unused).as_object().contains("dtls"));
  const auto page = transport(true, State::connected, State::failed);
  EXPECT_EQ(page.at("ice"), "connected");
  EXPECT_EQ(page.at("dtls"), "failed");
}

TEST_F(ApiTest, SaysInWordsWhatIsNotThere) {
  EXPECT_EQ(ask("GET", "/api/v1/calls/7.2").status, 404u);
  EXPECT_EQ(ask("GET", "/api/v1/calls/x").status, 404u);
  EXPECT_EQ(ask("GET", "/api/v1/callsx").status, 404u);
  EXPECT_EQ(ask("GET", "/api/v1/calls/7.1/nothing").status, 404u);
  EXPECT_EQ(ask("GET", "/api").status, 404u);
  EXPECT_THAT(ask("GET", "/api/v2").body, HasSubstr("/api/v1/calls"));
  const auto wrong = ask("DELETE", "/api/v1/calls");
  EXPECT_EQ(wrong.status, 405u);
  EXPECT_THAT(wrong.body, HasSubstr("GET"));
  EXPECT_EQ(ask("GET", "/api/v1/calls/7.1/capture").status, 405u);
}

TEST_F(ApiTest, CapturesWithinTheRights) {
  const auto response =
      ask("POST", "/api/v1/calls/7.1/capture", R"({"headers_only": true, "seconds": 30})");
  EXPECT_EQ(response.status, 202u);
  EXPECT_THAT(response.body, HasSubstr("/captures/call.pcap"));
  EXPECT_TRUE(node_.captured->headers_only);
  EXPECT_FALSE(node_.captured->decrypted);
  EXPECT_EQ(node_.captured->length, 30s);
  node_.captured.reset();
  const auto refused = ask("POST", "/api/v1/calls/7.1/capture", R"({"decrypted": true})");
  EXPECT_EQ(refused.status, 403u);
  EXPECT_THAT(refused.body, HasSubstr("api.capture_decrypted"));
  for (const char* body :
       {"x", "[]", "{} {}", "{}x", R"({"seconds": 0})", R"({"seconds": "5"})", R"({"a": 1})"})
    EXPECT_EQ(ask("POST", "/api/v1/calls/7.1/capture", body).status, 400u) << body;
  EXPECT_FALSE(node_.captured);
  Api may({.token = base::Secret<std::string>("0123456789abcdef"), .capture_decrypted = true});
  EXPECT_EQ(may.respond({.method = "POST",
                         .target = "/api/v1/calls/7.1/capture",
                         .host = "",
                         .authorization = authorization_,
                         .body = R"({"decrypted": true, "seconds": 80000})",
                         .peer = {}},
                        node_)
                .status,
            202u);
  EXPECT_TRUE(node_.captured->decrypted);
  EXPECT_EQ(node_.captured->length, 1h) << "a forgotten capture ends";
}

}  // namespace
}  // namespace viaduct::admin
