// One WebSocket of the server, over TCP or TLS. Internal to io/net.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <string>

#include "base/slot_map.h"
#include "io/net/web_server.h"

namespace viaduct::net {

namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

class WebSocket {
 public:
  virtual ~WebSocket() = default;
  virtual void send(std::string text) = 0;
  virtual void close(uint16_t code, std::string_view reason) = 0;
};

// What all connections of a server share. Lives as long as any of them.
struct WebShared {
  WebServerOptions options;
  WebHandler& handler;
  base::SlotMap<std::shared_ptr<WebSocket>, WebSocketTag> sockets;
  size_t connections = 0;
};

inline base::SocketAddress to_base(const boost::asio::ip::tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  if (address.is_v4()) return {base::IpAddress::v4(address.to_v4().to_uint()), endpoint.port()};
  const auto bytes = address.to_v6().to_bytes();
  return {base::IpAddress::v6(std::span<const uint8_t, 16>(bytes.data(), 16)), endpoint.port()};
}

// Kept alive by its own pending operations and by WebShared::sockets until closed.
template <class Stream>
class WebSocketOn final : public WebSocket,
                          public std::enable_shared_from_this<WebSocketOn<Stream>> {
 public:
  WebSocketOn(std::shared_ptr<WebShared> shared, Stream stream, base::SocketAddress peer,
              bool secure)
      : shared_(std::move(shared)), ws_(std::move(stream)), peer_(peer), secure_(secure) {
    ++shared_->connections;
  }
  ~WebSocketOn() override { --shared_->connections; }

  void accept(http::request<http::string_body> request, std::string subprotocol) {
    request_ = std::move(request);
    subprotocol_ = std::move(subprotocol);
    beast::get_lowest_layer(ws_).expires_never();
    beast::websocket::stream_base::timeout timeouts{};
    timeouts.handshake_timeout = std::chrono::seconds(10);
    timeouts.idle_timeout =
        std::chrono::duration_cast<std::chrono::seconds>(shared_->options.dead_after);
    timeouts.keep_alive_pings = true;
    ws_.set_option(timeouts);
    ws_.set_option(beast::websocket::stream_base::decorator([this](auto& response) {
      if (!subprotocol_.empty()) response.set(http::field::sec_websocket_protocol, subprotocol_);
    }));
    ws_.async_accept(request_, [self = this->shared_from_this()](error_code error) {
      if (!error) self->accepted();
    });
  }

  void send(std::string text) override {
    if (closing_) return;
    queued_bytes_ += text.size();
    if (queued_bytes_ > shared_->options.max_queued_bytes) {
      cut_off();
      return;
    }
    queue_.push_back(std::move(text));
    if (queue_.size() == 1) write();
  }

  void close(uint16_t code, std::string_view reason) override {
    if (closing_) return;
    closing_ = true;
    close_reason_ = {beast::websocket::close_code(code), std::string(reason.substr(0, 120))};
    if (queue_.empty()) send_close();
  }

 private:
  void accepted() {
    id_ = shared_->sockets.emplace(this->shared_from_this());
    const auto origin = request_[http::field::origin];
    shared_->handler.opened(id_, {.target = std::string_view(request_.target()),
                                  .origin = std::string_view(origin.data(), origin.size()),
                                  .subprotocol = subprotocol_,
                                  .peer = peer_,
                                  .secure = secure_});
    read();
  }

  void read() {
    if (!id_) return;
    ws_.read_message_max(shared_->handler.message_limit(id_));
    ws_.async_read(buffer_, [self = this->shared_from_this()](error_code error, size_t) {
      if (error) {
        self->gone();
        return;
      }
      const auto data = self->buffer_.data();
      self->shared_->handler.message(
          self->id_, std::string_view(static_cast<const char*>(data.data()), data.size()));
      self->buffer_.consume(self->buffer_.size());
      self->read();
    });
  }

  void write() {
    ws_.text(true);
    ws_.async_write(boost::asio::buffer(queue_.front()),
                    [self = this->shared_from_this()](error_code error, size_t) {
                      if (!error) self->written();
                    });
  }

  void written() {
    queued_bytes_ -= queue_.front().size();
    queue_.pop_front();
    if (!queue_.empty()) {
      write();
    } else if (closing_) {
      send_close();
    } else if (id_) {
      shared_->handler.drained(id_);
    }
  }

  void send_close() {
    ws_.async_close(close_reason_, [self = this->shared_from_this()](error_code) { self->gone(); });
  }

  // Without a closing handshake, which a reader that does not read would not see anyway.
  void cut_off() {
    closing_ = true;
    beast::get_lowest_layer(ws_).cancel();
    beast::get_lowest_layer(ws_).socket().close();
  }

  void gone() {
    closing_ = true;
    if (!id_) return;
    const WebSocketId id = std::exchange(id_, {});
    shared_->sockets.erase(id);
    shared_->handler.closed(id);
  }

  std::shared_ptr<WebShared> shared_;
  beast::websocket::stream<Stream> ws_;
  base::SocketAddress peer_;
  bool secure_;
  http::request<http::string_body> request_;
  std::string subprotocol_;
  beast::flat_buffer buffer_;
  std::deque<std::string> queue_;  // the front one is being written
  size_t queued_bytes_ = 0;
  bool closing_ = false;
  beast::websocket::close_reason close_reason_;
  WebSocketId id_;
};

}  // namespace viaduct::net
