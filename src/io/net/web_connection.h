// One HTTP connection of the server until it ends or becomes a WebSocket. Internal to io/net.
#pragma once

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/serializer.hpp>
#include <optional>

#include "io/net/web_socket.h"

namespace viaduct::net {

// Kept alive by its own pending operation.
class WebConnection final : public std::enable_shared_from_this<WebConnection> {
 public:
  WebConnection(std::shared_ptr<WebShared> shared, AnyStream stream, base::SocketAddress peer);
  ~WebConnection() { --shared_->connections; }

  void start();

 private:
  using Body = boost::beast::http::string_body;

  void arm();
  void read();
  void answer(WebRequest request);
  void upgrade(WebRequest request);
  void refuse(error_code error);
  void write(const HttpResponse& response, const WebRequest& request);
  void finish();

  std::shared_ptr<WebShared> shared_;
  std::optional<AnyStream> stream_;  // empty once handed to a WebSocket
  base::SocketAddress peer_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<Body>> parser_;
  boost::beast::http::response<Body> response_;
  std::optional<boost::beast::http::serializer<false, Body>> serializer_;
};

}  // namespace viaduct::net
