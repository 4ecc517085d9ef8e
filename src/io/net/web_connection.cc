#include "io/net/web_connection.h"

#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

namespace viaduct::net {
namespace beast = boost::beast;
namespace http = beast::http;

namespace {
std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }
}  // namespace

WebConnection::WebConnection(std::shared_ptr<WebShared> shared, AnyStream stream,
                             base::SocketAddress peer)
    : shared_(std::move(shared)), stream_(std::move(stream)), peer_(peer) {
  ++shared_->connections;
}

void WebConnection::start() {
  arm();
  stream_->handshake(Completion([self = shared_from_this()](error_code error) {
    if (!error) self->read();
  }));
}

void WebConnection::arm() { stream_->expire_after(shared_->options.request_timeout); }

void WebConnection::read() {
  arm();
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(shared_->options.max_request_header));
  parser_->body_limit(shared_->options.max_request_body);
  http::async_read(*stream_, buffer_, *parser_,
                   [self = shared_from_this()](error_code error, size_t) {
                     if (!error) self->answer(self->parser_->release());
                     else self->refuse(error);
                   });
}

// What is too long is told, so that nobody takes it for a broken server and tries again. Anything
// else that is no request just ends.
void WebConnection::refuse(error_code error) {
  HttpResponse response;
  if (error == http::error::header_limit) response.status = 431;
  else if (error == http::error::body_limit) response.status = 413;
  else return;
  response.body = "The request is too long.\n";
  WebRequest unread;
  unread.keep_alive(false);
  write(response, unread);
}

void WebConnection::answer(WebRequest request) {
  if (beast::websocket::is_upgrade(request)) {
    upgrade(std::move(request));
    return;
  }
  const HttpResponse response =
      shared_->handler.request({.method = view(request.method_string()),
                                .target = view(request.target()),
                                .host = view(request[http::field::host]),
                                .authorization = view(request[http::field::authorization]),
                                .body = request.body(),
                                .peer = peer_,
                                .secure = stream_->secure()});
  write(response, request);
}

void WebConnection::upgrade(WebRequest request) {
  const std::string_view offered = view(request[http::field::sec_websocket_protocol]);
  std::string subprotocol(offered.substr(0, offered.find(',')));
  while (!subprotocol.empty() && subprotocol.back() == ' ') subprotocol.pop_back();
  const HttpResponse verdict =
      shared_->handler.upgrade({.target = view(request.target()),
                                .origin = view(request[http::field::origin]),
                                .subprotocol = subprotocol,
                                .peer = peer_,
                                .secure = stream_->secure()});
  if (verdict.status != 101) {
    write(verdict, request);
    return;
  }
  auto socket = std::make_shared<WebSocket>(shared_, std::move(*stream_), peer_);
  stream_.reset();
  socket->accept(std::move(request), std::move(subprotocol));
}

void WebConnection::write(const HttpResponse& response, const WebRequest& request) {
  response_ = http::response<Body>(static_cast<http::status>(response.status), request.version());
  response_.set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) response_.set(name, value);
  response_.keep_alive(request.keep_alive());
  response_.content_length(response.body.size());
  const bool head = request.method() == http::verb::head;
  if (!head) response_.body() = response.body;
  serializer_.emplace(response_);
  serializer_->split(head);
  const auto done = [self = shared_from_this()](error_code error, size_t) {
    if (!error && self->response_.keep_alive()) self->read();
    else self->finish();
  };
  if (head) http::async_write_header(*stream_, *serializer_, done);
  else http::async_write(*stream_, *serializer_, done);
}

// Reads on for a moment: closing with unread bytes would take the answer back (RST).
void WebConnection::finish() {
  stream_->tear_down(Completion([self = shared_from_this()](error_code) {}));
}

}  // namespace viaduct::net
