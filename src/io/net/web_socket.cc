#include "io/net/web_socket.h"

#include <boost/beast/websocket.hpp>

namespace viaduct::net {
namespace beast = boost::beast;
namespace http = beast::http;

WebSocket::WebSocket(std::shared_ptr<WebShared> shared, AnyStream stream, base::SocketAddress peer)
    : shared_(std::move(shared)), ws_(std::move(stream)), peer_(peer) {
  ++shared_->connections;
}

void WebSocket::accept(WebRequest request, std::string subprotocol) {
  request_ = std::move(request);
  subprotocol_ = std::move(subprotocol);
  ws_.next_layer().expire_never();
  beast::websocket::stream_base::timeout timeouts{};
  timeouts.handshake_timeout = std::chrono::seconds(10);
  timeouts.idle_timeout =
      std::chrono::duration_cast<std::chrono::seconds>(shared_->options.dead_after);
  timeouts.keep_alive_pings = true;
  ws_.set_option(timeouts);
  ws_.set_option(beast::websocket::stream_base::decorator([this](auto& response) {
    if (!subprotocol_.empty()) response.set(http::field::sec_websocket_protocol, subprotocol_);
  }));
  ws_.async_accept(request_, [self = shared_from_this()](error_code error) {
    if (!error) self->accepted();
  });
}

void WebSocket::accepted() {
  id_ = shared_->sockets.emplace(shared_from_this());
  const auto origin = request_[http::field::origin];
  shared_->handler.opened(id_, {.target = std::string_view(request_.target()),
                                .origin = std::string_view(origin.data(), origin.size()),
                                .subprotocol = subprotocol_,
                                .peer = peer_,
                                .secure = ws_.next_layer().secure()});
  read();
}

void WebSocket::read() {
  if (!id_) return;
  ws_.read_message_max(shared_->handler.message_limit(id_));
  ws_.async_read(buffer_, [self = shared_from_this()](error_code error, size_t) {
    if (error) self->gone();
    else self->message();
  });
}

void WebSocket::message() {
  const auto data = buffer_.data();
  shared_->handler.message(id_,
                           std::string_view(static_cast<const char*>(data.data()), data.size()));
  buffer_.consume(buffer_.size());
  read();
}

void WebSocket::send(std::string text) {
  if (closing_) return;
  queued_bytes_ += text.size();
  if (queued_bytes_ > shared_->options.max_queued_bytes) {
    cut_off();
    return;
  }
  queue_.push_back(std::move(text));
  if (queue_.size() == 1) write();
}

void WebSocket::write() {
  ws_.text(true);
  ws_.async_write(boost::asio::buffer(queue_.front()),
                  [self = shared_from_this()](error_code error, size_t) {
                    if (!error) self->written();
                  });
}

void WebSocket::written() {
  queued_bytes_ -= queue_.front().size();
  queue_.pop_front();
  if (!queue_.empty()) write();
  else if (closing_) send_close();
  else if (id_) shared_->handler.drained(id_);
}

void WebSocket::close(uint16_t code, std::string_view reason) {
  if (closing_) return;
  closing_ = true;
  close_reason_ = {beast::websocket::close_code(code), std::string(reason.substr(0, 120))};
  if (queue_.empty()) send_close();
}

void WebSocket::send_close() {
  ws_.async_close(close_reason_, [self = shared_from_this()](error_code) { self->gone(); });
}

// Without a closing handshake, which a reader that does not read would not see anyway.
void WebSocket::cut_off() {
  closing_ = true;
  ws_.next_layer().close();
}

void WebSocket::gone() {
  closing_ = true;
  if (!id_) return;
  const WebSocketId id = std::exchange(id_, {});
  shared_->sockets.erase(id);
  shared_->handler.closed(id);
}

}  // namespace viaduct::net
