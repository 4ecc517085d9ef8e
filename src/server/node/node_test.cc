// The whole shell on loopback, on ports of the kernel's choice.
#include "server/node/node.h"

#include <gmock/gmock.h>

#include "base/log.h"

namespace viaduct::node {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class NoClips final : public call::ClipLibrary {
  std::shared_ptr<const audio::Clip> find(std::string_view) const override { return nullptr; }
};

class NoApi final : public ApiPort {
  net::HttpResponse respond(const net::HttpRequest&, ApiView&) override { return {}; }
};

class Lines final : public base::LogSink {
 public:
  void write(const base::LogRecord& record) override { all.push_back(base::format_human(record)); }
  std::vector<std::string> all;
};

class NodeTest : public ::testing::Test {
 protected:
  NodeTest() { base::set_log_sink(&log_, base::LogLevel::warning); }
  ~NodeTest() override { base::set_log_sink(nullptr, base::LogLevel::off); }

  // Starts and ends one.
  NodeAddresses start(std::vector<WebListen> web) {
    const base::SocketAddress any = *base::SocketAddress::parse("127.0.0.1:0");
    NodeOptions options;
    options.web = std::move(web);
    options.sip_udp = options.media = any;
    options.rtp_address = any.ip;
    Node node(std::move(options), directory_, dialplan_, clips_, api_);
    const auto bound = node.start();
    EXPECT_TRUE(bound);
    return bound ? *bound : NodeAddresses{};
  }

  Lines log_;
  directory::Directory directory_{"example.net"};
  dialplan::Dialplan dialplan_;
  NoClips clips_;
  NoApi api_;
};

TEST_F(NodeTest, WithoutPagesItStartsAndSaysSo) {
  const auto bound = start({{*base::SocketAddress::parse("127.0.0.1:0"), {}, {}}});
  EXPECT_NE(bound.web.at(0).port, 0);
  EXPECT_NE(bound.sip_udp.value().port, 0);
  EXPECT_NE(bound.media.at(0).port, 0);
  EXPECT_THAT(log_.all, Contains(HasSubstr("no pages")));
}

TEST_F(NodeTest, WhoServesNoWebNeedsNoPages) {
  start({});
  EXPECT_THAT(log_.all, Not(Contains(HasSubstr("no pages"))));
}

}  // namespace
}  // namespace viaduct::node
