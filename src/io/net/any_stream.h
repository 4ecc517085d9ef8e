// AnyStream: a TCP connection with or without TLS as one type, so that Beast's HTTP and WebSocket
// are instantiated once, and Asio's TCP and TLS in any_stream.cc alone: they are what takes longest
// to compile in this tree. Costs one allocation and one virtual call for each read or write.
// Internal to io/net.
#pragma once

#include <array>
#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <utility>

#include "base/time.h"
#include "io/net/tls.h"

namespace viaduct::net {

using boost::system::error_code;

// At most sixteen buffers of a longer sequence: reads and writes may be short anyway.
template <class Buffer>
class BufferList {
 public:
  using value_type = Buffer;
  using const_iterator = const Buffer*;

  template <class Sequence>
  explicit BufferList(const Sequence& buffers) {
    const auto end = boost::asio::buffer_sequence_end(buffers);
    for (auto it = boost::asio::buffer_sequence_begin(buffers);
         it != end && size_ < buffers_.size(); ++it)
      buffers_[size_++] = *it;
  }
  const Buffer* begin() const { return buffers_.data(); }
  const Buffer* end() const { return buffers_.data() + size_; }

 private:
  std::array<Buffer, 16> buffers_;
  size_t size_ = 0;
};

// A completion handler whose type is forgotten. Called once.
class Completion {
 public:
  template <class Handler>
  requires(!std::is_same_v<std::decay_t<Handler>, Completion>) explicit Completion(
      Handler&& handler)
      : call_(std::make_unique<Holder<std::decay_t<Handler>>>(std::forward<Handler>(handler))) {}

  void operator()(error_code error, size_t bytes = 0) {
    const auto call = std::move(call_);
    call->run(error, bytes);
  }

 private:
  struct Call {
    virtual ~Call() = default;
    virtual void run(error_code error, size_t bytes) = 0;
  };
  template <class Handler>
  struct Holder final : Call {
    explicit Holder(Handler h) : handler(std::move(h)) {}
    void run(error_code error, size_t bytes) override {
      if constexpr (std::is_invocable_v<Handler&, error_code, size_t>) handler(error, bytes);
      else handler(error);
    }
    Handler handler;
  };
  std::unique_ptr<Call> call_;
};

// Models Asio's AsyncStream. All completions come on the socket's loop, never from within the call.
class AnyStream {
 public:
  using executor_type = boost::asio::ip::tcp::socket::executor_type;

  // Plain where `tls` is null.
  AnyStream(boost::asio::ip::tcp::socket socket, std::shared_ptr<TlsContext> tls);
  AnyStream(AnyStream&&) noexcept;
  AnyStream& operator=(AnyStream&&) noexcept;
  ~AnyStream();

  executor_type get_executor() const;
  bool secure() const;
  // As the server. At once when plain.
  void handshake(Completion done);
  // Ends a handshake, read or write that is not over after this time from now.
  void expire_after(base::Duration span);
  void expire_never();
  void shutdown_send();
  // Ends everything pending with an error.
  void close();
  // The polite end: says goodbye, waits a little for the other side's, closes.
  void tear_down(Completion done);

  template <class Buffers, class Handler>
  auto async_read_some(const Buffers& buffers, Handler&& handler) {
    return boost::asio::async_initiate<Handler, void(error_code, size_t)>(
        [this](auto&& done, const Buffers& into) {
          read_some(BufferList<boost::asio::mutable_buffer>(into),
                    Completion(std::forward<decltype(done)>(done)));
        },
        handler, buffers);
  }
  template <class Buffers, class Handler>
  auto async_write_some(const Buffers& buffers, Handler&& handler) {
    return boost::asio::async_initiate<Handler, void(error_code, size_t)>(
        [this](auto&& done, const Buffers& from) {
          write_some(BufferList<boost::asio::const_buffer>(from),
                     Completion(std::forward<decltype(done)>(done)));
        },
        handler, buffers);
  }

 private:
  void read_some(const BufferList<boost::asio::mutable_buffer>& buffers, Completion done);
  void write_some(const BufferList<boost::asio::const_buffer>& buffers, Completion done);

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What Beast's WebSocket calls, found by the type of its argument.
template <class Handler>
void async_teardown(boost::beast::role_type, AnyStream& stream, Handler&& handler) {
  stream.tear_down(Completion(std::forward<Handler>(handler)));
}
inline void beast_close_socket(AnyStream& stream) { stream.close(); }

}  // namespace viaduct::net
