// One WebSocket of the server, over TCP or TLS. Internal to io/net.
#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>
#include <string>

#include "base/slot_map.h"
#include "io/net/any_stream.h"
#include "io/net/web_server.h"

namespace viaduct::net {

class WebSocket;

// What all connections of a server share. Lives as long as any of them.
struct WebShared {
  WebServerOptions options;
  WebHandler& handler;
  base::SlotMap<std::shared_ptr<WebSocket>, WebSocketTag> sockets;
  size_t connections = 0;
};

using WebRequest = boost::beast::http::request<boost::beast::http::string_body>;

// Kept alive by its own pending operations and by WebShared::sockets until closed.
class WebSocket final : public std::enable_shared_from_this<WebSocket> {
 public:
  WebSocket(std::shared_ptr<WebShared> shared, AnyStream stream, base::SocketAddress peer);
  ~WebSocket() { --shared_->connections; }

  void accept(WebRequest request, std::string subprotocol);
  void send(std::string text);
  void close(uint16_t code, std::string_view reason);

 private:
  void accepted();
  void read();
  void message();
  void write();
  void written();
  void send_close();
  void cut_off();
  void gone();

  std::shared_ptr<WebShared> shared_;
  // False: no compression. Messages are short, and inflating what strangers send is asking for
  // trouble.
  boost::beast::websocket::stream<AnyStream, false> ws_;
  base::SocketAddress peer_;
  WebRequest request_;
  std::string subprotocol_;
  boost::beast::flat_buffer buffer_;
  std::deque<std::string> queue_;  // the front one is being written
  size_t queued_bytes_ = 0;
  bool closing_ = false;
  boost::beast::websocket::close_reason close_reason_;
  WebSocketId id_;
};

}  // namespace viaduct::net
