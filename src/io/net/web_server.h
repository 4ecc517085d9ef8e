// WebServer: HTTP and WebSocket, plain or over TLS, on the control thread's loop. What the requests
// and messages mean is the handler's affair.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "io/net/loop.h"
#include "io/net/tls.h"

namespace viaduct::net {

struct WebSocketTag;
using WebSocketId = base::Id<WebSocketTag>;

// Views: valid during the call only.
struct HttpRequest {
  std::string_view method;
  std::string_view target;  // path and query as sent
  std::string_view host;
  std::string_view authorization;  // empty: none
  std::string_view body;
  base::SocketAddress peer;
  bool secure = false;
};
struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};
struct WebSocketRequest {
  std::string_view target;
  std::string_view origin;       // empty: none
  std::string_view subprotocol;  // the first one offered; empty: none. It is what we accept.
  base::SocketAddress peer;
  bool secure = false;
};

// Called on the loop's thread. May call the server back (send, close) at any time.
class WebHandler {
 public:
  virtual ~WebHandler() = default;
  virtual HttpResponse request(const HttpRequest& request) = 0;
  // An answer other than status 101 refuses the upgrade.
  virtual HttpResponse upgrade(const WebSocketRequest& request) = 0;
  virtual void opened(WebSocketId id, const WebSocketRequest& request) = 0;
  // How long a message this socket may send now; asked before each one.
  virtual size_t message_limit(WebSocketId id) = 0;
  virtual void message(WebSocketId id, std::string_view text) = 0;
  virtual void drained(WebSocketId id) = 0;  // everything sent has left
  // Gone, whoever closed it; the last call for this id.
  virtual void closed(WebSocketId id) = 0;
};

struct WebServerOptions {
  // A browser opens at most six connections; 20,000 sockets are a large office.
  size_t max_connections = 20'000;
  size_t max_request_body = 64 * 1024;
  size_t max_request_header = 16 * 1024;
  // A reader that lags by more than this is cut off: a call survives its socket, memory does not
  // survive a thousand slow readers.
  size_t max_queued_bytes = 8 * 1024 * 1024;
  base::Duration request_timeout = std::chrono::seconds(30);
  // Without any frame for half of it the server pings; without an answer for all of it the socket
  // is dead.
  base::Duration dead_after = std::chrono::seconds(60);
};

class WebServer {
 public:
  // `loop` and `handler` must outlive the server, and the loop must have stopped running before it
  // is destroyed.
  WebServer(Loop& loop, const WebServerOptions& options, WebHandler& handler);
  ~WebServer();
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;

  // Without `tls` plain. Gives the address with the port really taken. Errors: io.
  base::Result<base::SocketAddress> listen(const base::SocketAddress& address,
                                           std::shared_ptr<TlsContext> tls);
  // One text message; ignored for a socket that is gone.
  void send(WebSocketId id, std::string text);
  // Closes after everything sent before; closed() follows.
  void close(WebSocketId id, uint16_t code, std::string_view reason);
  size_t connections() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace viaduct::net
