#include "io/net/any_stream.h"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <optional>

namespace viaduct::net {
namespace asio = boost::asio;
namespace beast = boost::beast;

namespace {
// For the other side's goodbye, on a connection whose end is already decided.
constexpr auto kGoodbye = std::chrono::seconds(5);
}  // namespace

struct AnyStream::Impl {
  Impl(asio::ip::tcp::socket socket, std::shared_ptr<TlsContext> context)
      : tls(std::move(context)), tcp(std::move(socket)) {
    if (tls) ssl.emplace(tcp, tls->asio());
  }

  // Reads and drops what still comes until the other side closes or time is over.
  void drain(Completion done) {
    tcp.async_read_some(asio::buffer(scrap),
                        [this, done = std::move(done)](error_code error, size_t) mutable {
                          if (error) finish(std::move(done));
                          else drain(std::move(done));
                        });
  }
  void finish(Completion done) {
    tcp.close();
    done(error_code());
  }

  std::shared_ptr<TlsContext> tls;  // outlives ssl
  beast::tcp_stream tcp;
  std::optional<asio::ssl::stream<beast::tcp_stream&>> ssl;
  std::array<char, 512> scrap;
};

AnyStream::AnyStream(asio::ip::tcp::socket socket, std::shared_ptr<TlsContext> tls)
    : impl_(std::make_unique<Impl>(std::move(socket), std::move(tls))) {}
AnyStream::AnyStream(AnyStream&&) noexcept = default;
AnyStream& AnyStream::operator=(AnyStream&&) noexcept = default;
AnyStream::~AnyStream() = default;

AnyStream::executor_type AnyStream::get_executor() const { return impl_->tcp.get_executor(); }
bool AnyStream::secure() const { return impl_->ssl.has_value(); }

void AnyStream::handshake(Completion done) {
  if (impl_->ssl) impl_->ssl->async_handshake(asio::ssl::stream_base::server, std::move(done));
  else asio::post(get_executor(), [done = std::move(done)]() mutable { done(error_code()); });
}

void AnyStream::expire_after(base::Duration span) {
  impl_->tcp.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(span));
}
void AnyStream::expire_never() { impl_->tcp.expires_never(); }

void AnyStream::shutdown_send() {
  error_code ignored;
  impl_->tcp.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void AnyStream::close() { impl_->tcp.close(); }

void AnyStream::tear_down(Completion done) {
  impl_->tcp.expires_after(kGoodbye);
  if (impl_->ssl) {
    impl_->ssl->async_shutdown([impl = impl_.get(), done = std::move(done)](error_code) mutable {
      impl->finish(std::move(done));
    });
  } else {
    shutdown_send();
    impl_->drain(std::move(done));
  }
}

void AnyStream::read_some(const BufferList<asio::mutable_buffer>& buffers, Completion done) {
  if (impl_->ssl) impl_->ssl->async_read_some(buffers, std::move(done));
  else impl_->tcp.async_read_some(buffers, std::move(done));
}

void AnyStream::write_some(const BufferList<asio::const_buffer>& buffers, Completion done) {
  if (impl_->ssl) impl_->ssl->async_write_some(buffers, std::move(done));
  else impl_->tcp.async_write_some(buffers, std::move(done));
}

}  // namespace viaduct::net
