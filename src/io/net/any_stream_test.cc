// Over real loopback sockets: a client thread that writes bytes by hand, plain or through TLS.
// Waits for nothing but the bytes themselves.
#include "io/net/any_stream.h"

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <filesystem>
#include <thread>

#include "io/net/web_server.h"

namespace viaduct::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

HttpResponse reply(unsigned status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

// Echoes messages; "close" asks for the server's close; "flood" sends far more than anyone reads.
class Echo final : public WebHandler {
 public:
  HttpResponse request(const HttpRequest& request) override {
    if (request.target == "/missing") return reply(404, "no such page");
    return reply(200, std::string(request.method) + " " + std::string(request.target) +
                          (request.secure ? " secure" : " plain"));
  }
  HttpResponse upgrade(const WebSocketRequest& request) override {
    return reply(request.target == "/" || request.target == "/verto" ? 101 : 404, "");
  }
  void opened(WebSocketId, const WebSocketRequest& request) override {
    subprotocol = request.subprotocol;
  }
  size_t message_limit(WebSocketId) override { return 1000; }
  void message(WebSocketId id, std::string_view text) override {
    if (text == "close") {
      server->send(id, "last words");
      server->close(id, 4001, "enough");
    } else if (text == "flood") {
      for (int i = 0; i < 100; ++i) server->send(id, std::string(100'000, 'x'));
    } else {
      server->send(id, "echo " + std::string(text));
    }
  }
  void drained(WebSocketId) override {}
  void closed(WebSocketId) override { ++closed_count; }

  WebServer* server = nullptr;
  std::string subprotocol;
  int closed_count = 0;
};

// A blocking client; every call ends with the bytes or with the end of the connection.
class Client {
 public:
  Client(uint16_t port, bool tls) : socket_(context_) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    if (!tls) return;
    tls_.emplace(socket_, tls_context_);
    tls_->handshake(asio::ssl::stream_base::client);
  }

  void write(std::string_view text) {
    boost::system::error_code ignored;
    if (tls_) asio::write(*tls_, asio::buffer(text), ignored);
    else asio::write(socket_, asio::buffer(text), ignored);
  }
  // Exactly this many bytes; fewer when the server closes.
  std::string read(size_t size) {
    std::string text(size, '\0');
    boost::system::error_code error;
    const size_t got = tls_ ? asio::read(*tls_, asio::buffer(text), error)
                            : asio::read(socket_, asio::buffer(text), error);
    text.resize(got);
    return text;
  }
  std::string read_head() {
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
      const std::string next = read(1);
      if (next.empty()) break;
      head += next;
    }
    return head;
  }
  bool ended() { return read(1).empty(); }

  // Masked with zeros, which leaves the text as it is (RFC 6455 §5.3).
  void send_frame(uint8_t opcode, std::string_view payload) {
    ASSERT_LT(payload.size(), 65536u);
    std::string frame{static_cast<char>(0x80 | opcode)};
    if (payload.size() < 126) {
      frame += static_cast<char>(0x80 | payload.size());
    } else {
      frame += static_cast<char>(0x80 | 126);
      frame += static_cast<char>(payload.size() >> 8);
      frame += static_cast<char>(payload.size());
    }
    frame.append(4, '\0').append(payload);
    write(frame);
  }
  // First byte (FIN and opcode) and payload of a short frame.
  std::pair<uint8_t, std::string> read_frame() {
    const std::string head = read(2);
    if (head.size() < 2) return {0, ""};
    return {static_cast<uint8_t>(head[0]), read(static_cast<uint8_t>(head[1]))};
  }
  std::string open_socket(std::string_view target, std::string_view more = "") {
    write("GET " + std::string(target) +
          " HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
          std::string(more) + "\r\n");
    return read_head();
  }

 private:
  asio::io_context context_;
  tcp::socket socket_;
  asio::ssl::context tls_context_{asio::ssl::context::tls_client};
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
};

// Runs the client's part in its own thread and the server in this one until that part is over. The
// parameter says whether there is TLS between them.
class AnyStreamTest : public testing::TestWithParam<bool> {
 protected:
  void converse(const std::function<void(Client&)>& part) {
    Loop loop;
    WebServerOptions options;
    options.max_request_header = 2000;
    options.max_queued_bytes = 1'000'000;
    WebServer server(loop, options, echo_);
    echo_.server = &server;
    const auto address =
        server.listen({base::IpAddress::v4(0x7f000001), 0}, GetParam() ? certificate() : nullptr);
    ASSERT_TRUE(address);
    // The client is gone; the server must notice, and let go of every connection.
    std::function<void()> stop_when_quiet = [&] {
      if (server.connections() == 0) loop.stop();
      else loop.post(stop_when_quiet);
    };
    std::thread client([&] {
      {
        Client connection(address->port, GetParam());
        part(connection);
      }
      loop.post(stop_when_quiet);
    });
    loop.run();
    client.join();
  }

  static std::shared_ptr<TlsContext> certificate() {
    const auto folder = std::filesystem::temp_directory_path();
    const std::string stem = (folder / ("viaduct-test-" + std::to_string(getpid()))).string();
    EXPECT_TRUE(make_self_signed("localhost", stem + ".crt", stem + ".key"));
    auto context = TlsContext::load(stem + ".crt", stem + ".key");
    std::filesystem::remove(stem + ".crt");
    std::filesystem::remove(stem + ".key");
    return context ? *context : nullptr;
  }

  Echo echo_;
};

INSTANTIATE_TEST_SUITE_P(Transports, AnyStreamTest, testing::Bool(),
                         [](const auto& kind) { return kind.param ? "Tls" : "Plain"; });

TEST_P(AnyStreamTest, AnswersRequestsOnOneConnection) {
  converse([&](Client& client) {
    const std::string body = GetParam() ? "GET /a secure" : "GET /a plain";
    for (int i = 0; i < 3; ++i) {
      client.write("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
      const std::string head = client.read_head();
      EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
      EXPECT_EQ(client.read(body.size()), body);
    }
    client.write("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\nGET /missing HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_TRUE(client.read_head().starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(client.read_head().starts_with("HTTP/1.1 404 Not Found\r\n"));
  });
}

TEST_P(AnyStreamTest, ClosesWhereTheClientAsksOrTalksNonsense) {
  converse([](Client& client) {
    client.write("GET /a HTTP/1.0\r\n\r\n");
    EXPECT_TRUE(client.read_head().starts_with("HTTP/1.0 200 OK\r\n"));
    client.read(13);
    EXPECT_TRUE(client.ended());
  });
  converse([](Client& client) {
    client.write("\x16\x03\x01 this is no request\r\n\r\n");
    EXPECT_TRUE(client.ended());
  });
  converse([](Client& client) {
    client.write("GET / HTTP/1.1\r\nX: " + std::string(5000, 'x') + "\r\n\r\n");
    EXPECT_TRUE(client.read_head().starts_with("HTTP/1.1 431 "));
    client.read(std::string("The request is too long.\n").size());
    EXPECT_TRUE(client.ended());
  });
}

TEST_P(AnyStreamTest, CarriesMessagesBothWays) {
  converse([&](Client& client) {
    const std::string head = client.open_socket("/verto", "Sec-WebSocket-Protocol: sip, other\r\n");
    EXPECT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
    // RFC 6455 §1.3, the key of its example.
    EXPECT_NE(head.find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), head.npos);
    EXPECT_NE(head.find("Sec-WebSocket-Protocol: sip\r\n"), head.npos);
    client.send_frame(1, "one");
    client.send_frame(1, "two");
    EXPECT_EQ(client.read_frame(), std::pair(uint8_t{0x81}, std::string("echo one")));
    EXPECT_EQ(client.read_frame(), std::pair(uint8_t{0x81}, std::string("echo two")));
    client.send_frame(9, "ping");
    EXPECT_EQ(client.read_frame(), std::pair(uint8_t{0x8a}, std::string("ping")));
    client.send_frame(8, "");
    EXPECT_EQ(client.read_frame().first, 0x88);
    EXPECT_TRUE(client.ended());
  });
  EXPECT_EQ(echo_.subprotocol, "sip");
  EXPECT_EQ(echo_.closed_count, 1);
}

TEST_P(AnyStreamTest, ClosesAfterWhatWasSentBefore) {
  converse([](Client& client) {
    client.open_socket("/");
    client.send_frame(1, "close");
    EXPECT_EQ(client.read_frame().second, "last words");
    const auto [opcode, payload] = client.read_frame();
    EXPECT_EQ(opcode, 0x88);
    EXPECT_EQ(payload,
              "\x0f\xa1"
              "enough");
    client.send_frame(8, payload);
    EXPECT_TRUE(client.ended());
  });
  EXPECT_EQ(echo_.closed_count, 1);
}

TEST_P(AnyStreamTest, CutsOffTooLongMessagesAndSlowReaders) {
  converse([](Client& client) {
    client.open_socket("/");
    client.send_frame(1, std::string(1001, 'x'));
    const auto [opcode, payload] = client.read_frame();
    EXPECT_EQ(opcode, 0x88);
    EXPECT_EQ(payload.substr(0, 2), "\x03\xf1");  // 1009, message too big
  });
  converse([](Client& client) {
    client.open_socket("/");
    client.send_frame(1, "flood");
    client.read(20'000'000);  // ends early, with the connection
  });
}

}  // namespace
}  // namespace viaduct::net
