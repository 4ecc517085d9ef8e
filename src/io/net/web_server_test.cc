// A client on a thread of its own talks to the server over real loopback sockets.
#include "io/net/web_server.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "io/net/os_address.h"

namespace viaduct::net {
namespace {

class EchoHandler final : public WebHandler {
 public:
  explicit EchoHandler(Loop& loop) : loop_(loop) {}
  WebServer* server = nullptr;
  size_t limit = 100;
  std::vector<std::string> log;

  HttpResponse request(const HttpRequest& request) override {
    return {.status = 200,
            .body = std::string(request.method) + " " + std::string(request.target),
            .headers = {{"X-Test", "yes"}}};
  }
  HttpResponse upgrade(const WebSocketRequest& request) override {
    if (request.target == "/refused") return {.status = 403, .body = "no", .headers = {}};
    return {.status = 101, .body = {}, .headers = {}};
  }
  void opened(WebSocketId, const WebSocketRequest& request) override {
    log.push_back("opened " + std::string(request.target) + " " + std::string(request.subprotocol));
  }
  size_t message_limit(WebSocketId) override { return limit; }
  void message(WebSocketId id, std::string_view text) override {
    log.push_back("message " + std::string(text));
    if (text == "close") server->close(id, 1000, "bye");
    else server->send(id, "echo " + std::string(text));
  }
  void drained(WebSocketId) override { log.push_back("drained"); }
  void closed(WebSocketId) override {
    log.push_back("closed");
    loop_.stop();
  }

 private:
  Loop& loop_;
};

// Blocking, with a receive timeout so that a broken server fails the test instead of hanging it.
class Client {
 public:
  explicit Client(const base::SocketAddress& to) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    OsAddress os;
    to_os(to, false, os);
    connected_ = ::connect(fd_, os.get(), os.size) == 0;
  }
  ~Client() { ::close(fd_); }
  bool connected() const { return connected_; }
  void send(std::string_view bytes) {
    ASSERT_EQ(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL), ssize_t(bytes.size()));
  }
  // Until `needle` has been seen or the connection ends.
  std::string read_until(std::string_view needle) {
    while (seen_.find(needle) == std::string::npos) {
      char buffer[4096];
      const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
      if (n <= 0) break;
      seen_.append(buffer, static_cast<size_t>(n));
    }
    return seen_;
  }
  // A text frame of up to 125 bytes, masked with zeros (RFC 6455 §5.2).
  void send_text(std::string_view text) {
    std::string frame = "\x81";
    frame += static_cast<char>(0x80 | text.size());
    frame.append(4, '\0');
    send(frame + std::string(text));
  }
  void upgrade(std::string_view path, std::string_view extra = "") {
    send("GET " + std::string(path) +
         " HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
         "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
         "Sec-WebSocket-Version: 13\r\n" +
         std::string(extra) + "\r\n");
  }

 private:
  int fd_;
  bool connected_ = false;
  std::string seen_;
};

class WebServerTest : public ::testing::Test {
 protected:
  Loop loop_;
  EchoHandler handler_{loop_};
  WebServerOptions options_;

  // Serves until the client's script is over (or a socket has closed, if it waits for that).
  template <class Script>
  void serve(Script script, bool until_closed = false) {
    WebServer server(loop_, options_, handler_);
    handler_.server = &server;
    const auto address = server.listen(*base::SocketAddress::parse("127.0.0.1:0"), nullptr);
    ASSERT_TRUE(address);
    std::thread client([&] {
      Client c(*address);
      EXPECT_TRUE(c.connected());
      script(c);
      if (!until_closed) loop_.stop();
    });
    loop_.run();
    client.join();
  }
};

TEST_F(WebServerTest, AnswersHttpAndKeepsTheConnection) {
  serve([](Client& c) {
    c.send("GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_NE(c.read_until("GET /a?b").find("X-Test: yes"), std::string::npos);
    c.send("GET /second HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_NE(c.read_until("GET /second").find("GET /second"), std::string::npos);
  });
}

TEST_F(WebServerTest, HeadHasNoBody) {
  serve([](Client& c) {
    c.send("HEAD /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    const std::string answer = c.read_until("never");
    EXPECT_NE(answer.find("Content-Length: 7"), std::string::npos) << answer;
    EXPECT_EQ(answer.find("HEAD /a"), std::string::npos) << answer;
  });
}

TEST_F(WebServerTest, ABodyTooLongIsToldSo) {
  serve([](Client& c) {
    c.send("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n" +
           std::string(70'000, 'x'));
    EXPECT_EQ(c.read_until("never").find("HTTP/1.1 413 "), 0u);
  });
}

TEST_F(WebServerTest, AHeaderTooLongIsToldSo) {
  serve([](Client& c) {
    c.send("GET /a HTTP/1.1\r\nHost: x\r\nX-Long: " + std::string(20'000, 'x') + "\r\n\r\n");
    EXPECT_EQ(c.read_until("never").find("HTTP/1.1 431 "), 0u);
  });
}

TEST_F(WebServerTest, EchoesOverWebSocketWithTheFirstOfferedProtocol) {
  serve(
      [](Client& c) {
        c.upgrade("/any", "Sec-WebSocket-Protocol: json , other\r\n");
        EXPECT_NE(c.read_until("\r\n\r\n").find("Sec-WebSocket-Protocol: json\r\n"),
                  std::string::npos);
        c.send_text("hello");
        EXPECT_NE(c.read_until("echo hello").find("echo hello"), std::string::npos);
        c.send_text("close");
        c.read_until("bye");
      },
      true);
  EXPECT_EQ(handler_.log, (std::vector<std::string>{"opened /any json", "message hello", "drained",
                                                    "message close", "closed"}));
}

TEST_F(WebServerTest, ARefusedUpgradeSaysWhy) {
  serve([](Client& c) {
    c.upgrade("/refused");
    EXPECT_NE(c.read_until("no").find("403"), std::string::npos);
  });
  EXPECT_TRUE(handler_.log.empty());
}

TEST_F(WebServerTest, AMessageOverTheLimitClosesTheSocket) {
  handler_.limit = 4;
  serve(
      [](Client& c) {
        c.upgrade("/");
        c.read_until("\r\n\r\n");
        c.send_text("12345");
        c.read_until("never");
      },
      true);
  EXPECT_EQ(handler_.log, (std::vector<std::string>{"opened / ", "closed"}));
}

TEST_F(WebServerTest, AReaderThatLagsIsCutOff) {
  options_.max_queued_bytes = 4;
  serve(
      [](Client& c) {
        c.upgrade("/");
        c.read_until("\r\n\r\n");
        c.send_text("x");
        c.read_until("never");
      },
      true);
  EXPECT_EQ(handler_.log.back(), "closed");
}

TEST_F(WebServerTest, GarbageEndsOnlyItsOwnConnection) {
  serve([](Client& c) {
    c.send("\x16\x03\x01 this is no HTTP\r\n\r\n");
    c.read_until("never");
  });
  EXPECT_TRUE(handler_.log.empty());
}

TEST_F(WebServerTest, APortInUseIsAnError) {
  WebServer first(loop_, options_, handler_);
  const auto address = first.listen(*base::SocketAddress::parse("127.0.0.1:0"), nullptr);
  ASSERT_TRUE(address);
  WebServer second(loop_, options_, handler_);
  const auto again = second.listen(*address, nullptr);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().os_error, EADDRINUSE);
}

}  // namespace
}  // namespace viaduct::net
