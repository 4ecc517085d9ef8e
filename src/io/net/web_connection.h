// One HTTP connection of the server until it ends or becomes a WebSocket. Internal to io/net.
#pragma once

#include <boost/beast/ssl.hpp>
#include <optional>

#include "io/net/web_socket.h"

namespace viaduct::net {

using PlainStream = beast::tcp_stream;
using TlsStream = beast::ssl_stream<beast::tcp_stream>;

// Kept alive by its own pending operation.
template <class Stream>
class WebConnection final : public std::enable_shared_from_this<WebConnection<Stream>> {
 public:
  static constexpr bool kSecure = std::is_same_v<Stream, TlsStream>;

  WebConnection(std::shared_ptr<WebShared> shared, Stream stream, base::SocketAddress peer,
                std::shared_ptr<TlsContext> tls)
      : shared_(std::move(shared)), tls_(std::move(tls)), stream_(std::move(stream)), peer_(peer) {
    ++shared_->connections;
  }
  ~WebConnection() { --shared_->connections; }

  void start() {
    arm();
    if constexpr (kSecure) {
      stream_->async_handshake(boost::asio::ssl::stream_base::server,
                               [self = this->shared_from_this()](error_code error) {
                                 if (!error) self->read();
                               });
    } else {
      read();
    }
  }

 private:
  using Request = http::request<http::string_body>;
  using Response = http::response<http::string_body>;

  void arm() {
    beast::get_lowest_layer(*stream_).expires_after(
        std::chrono::duration_cast<std::chrono::steady_clock::duration>(
            shared_->options.request_timeout));
  }

  void read() {
    arm();
    parser_.emplace();
    parser_->header_limit(static_cast<uint32_t>(shared_->options.max_request_header));
    parser_->body_limit(shared_->options.max_request_body);
    http::async_read(*stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](error_code error, size_t) {
                       if (!error) self->answer(self->parser_->release());
                     });
  }

  static std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

  void answer(Request request) {
    if (beast::websocket::is_upgrade(request)) {
      upgrade(std::move(request));
      return;
    }
    const HttpResponse response =
        shared_->handler.request({.method = view(request.method_string()),
                                  .target = view(request.target()),
                                  .host = view(request[http::field::host]),
                                  .peer = peer_,
                                  .secure = kSecure});
    write(response, request);
  }

  void upgrade(Request request) {
    const std::string_view offered = view(request[http::field::sec_websocket_protocol]);
    std::string subprotocol(offered.substr(0, offered.find(',')));
    while (!subprotocol.empty() && subprotocol.back() == ' ') subprotocol.pop_back();
    const HttpResponse verdict =
        shared_->handler.upgrade({.target = view(request.target()),
                                  .origin = view(request[http::field::origin]),
                                  .subprotocol = subprotocol,
                                  .peer = peer_,
                                  .secure = kSecure});
    if (verdict.status != 101) {
      write(verdict, request);
      return;
    }
    auto socket =
        std::make_shared<WebSocketOn<Stream>>(shared_, std::move(*stream_), peer_, kSecure);
    stream_.reset();
    socket->accept(std::move(request), std::move(subprotocol));
  }

  void write(const HttpResponse& response, const Request& request) {
    response_ = Response(static_cast<http::status>(response.status), request.version());
    response_.set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) response_.set(name, value);
    response_.keep_alive(request.keep_alive());
    response_.content_length(response.body.size());
    if (request.method() != http::verb::head) response_.body() = response.body;
    http::serializer<false, http::string_body>* serializer = &serializer_.emplace(response_);
    if (request.method() == http::verb::head) serializer->split(true);
    const auto done = [self = this->shared_from_this()](error_code error, size_t) {
      if (!error && self->response_.keep_alive()) self->read();
      else self->finish();
    };
    if (request.method() == http::verb::head) http::async_write_header(*stream_, *serializer, done);
    else http::async_write(*stream_, *serializer, done);
  }

  void finish() {
    error_code ignored;
    beast::get_lowest_layer(*stream_).socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send,
                                                        ignored);
  }

  std::shared_ptr<WebShared> shared_;
  std::shared_ptr<TlsContext> tls_;  // outlives the stream
  std::optional<Stream> stream_;     // empty once handed to a WebSocket
  base::SocketAddress peer_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  Response response_;
  std::optional<http::serializer<false, http::string_body>> serializer_;
};

}  // namespace viaduct::net
