#include "io/net/web_server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <list>

#include "io/net/web_connection.h"

namespace viaduct::net {
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

base::SocketAddress to_base(const tcp::endpoint& endpoint) {
  const auto address = endpoint.address();
  if (address.is_v4()) return {base::IpAddress::v4(address.to_v4().to_uint()), endpoint.port()};
  const auto bytes = address.to_v6().to_bytes();
  return {base::IpAddress::v6(std::span<const uint8_t, 16>(bytes.data(), 16)), endpoint.port()};
}

}  // namespace

struct WebServer::Impl : std::enable_shared_from_this<WebServer::Impl> {
  struct Listener {
    tcp::acceptor acceptor;
    std::shared_ptr<TlsContext> tls;
  };

  asio::io_context& context;
  std::shared_ptr<WebShared> shared;
  std::list<Listener> listeners;

  Impl(Loop& loop, const WebServerOptions& options, WebHandler& handler)
      : context(loop.asio()),
        shared(std::make_shared<WebShared>(WebShared{options, handler, {}, 0})) {}

  void accept(Listener& listener) {
    listener.acceptor.async_accept(
        [self = shared_from_this(), &listener](error_code error, tcp::socket socket) {
          if (error == asio::error::operation_aborted) return;
          if (!error) self->start(listener, std::move(socket));
          self->accept(listener);
        });
  }

  void start(Listener& listener, tcp::socket socket) {
    error_code ignored;
    const auto peer = socket.remote_endpoint(ignored);
    // At the limit the newcomer goes, not those who are talking.
    if (ignored || shared->connections >= shared->options.max_connections) return;
    socket.set_option(tcp::no_delay(true), ignored);
    std::make_shared<WebConnection>(shared, AnyStream(std::move(socket), listener.tls),
                                    to_base(peer))
        ->start();
  }
};

WebServer::WebServer(Loop& loop, const WebServerOptions& options, WebHandler& handler)
    : impl_(std::make_shared<Impl>(loop, options, handler)) {}

WebServer::~WebServer() {
  error_code ignored;
  for (auto& listener : impl_->listeners) listener.acceptor.close(ignored);
}

base::Result<base::SocketAddress> WebServer::listen(const base::SocketAddress& address,
                                                    std::shared_ptr<TlsContext> tls) {
  const auto ip = asio::ip::make_address(address.ip.str());
  const tcp::endpoint endpoint(ip, address.port);
  tcp::acceptor acceptor(impl_->context);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(1024, error);
  if (error) return base::Error{base::Errc::io, "the TCP port cannot be bound", error.value()};
  const auto taken = to_base(acceptor.local_endpoint());
  impl_->listeners.push_back({std::move(acceptor), std::move(tls)});
  impl_->accept(impl_->listeners.back());
  return taken;
}

void WebServer::send(WebSocketId id, std::string text) {
  // Copied: sending may close the socket, which takes it out of the map.
  if (auto* socket = impl_->shared->sockets.find(id)) {
    const auto held = *socket;
    held->send(std::move(text));
  }
}

void WebServer::close(WebSocketId id, uint16_t code, std::string_view reason) {
  if (auto* socket = impl_->shared->sockets.find(id)) {
    const auto held = *socket;
    held->close(code, reason);
  }
}

size_t WebServer::connections() const { return impl_->shared->connections; }

}  // namespace viaduct::net
