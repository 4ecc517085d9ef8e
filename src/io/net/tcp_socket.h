// TCP without Asio, for media workers: a listener and its connections, all non-blocking and for one
// thread's Poller.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/address.h"
#include "base/result.h"

namespace viaduct::net {

// Move-only owner of a connection.
class TcpSocket {
 public:
  // A connection under way: it can be written once it is there, and fails as receive() and send()
  // tell. Errors: io.
  static base::Result<TcpSocket> connect(const base::SocketAddress& to);

  TcpSocket() = default;
  TcpSocket(TcpSocket&& other) noexcept;
  TcpSocket& operator=(TcpSocket&& other) noexcept;
  ~TcpSocket();

  int fd() const { return fd_; }
  const base::SocketAddress& remote() const { return remote_; }
  // Whether connect() has succeeded.
  bool is_connected() const;
  // How much was read or written, 0 when it would have to wait. Errors: io, also at the end of the
  // stream (os_error 0).
  base::Result<size_t> receive(std::span<uint8_t> into) const;
  base::Result<size_t> send(std::span<const uint8_t> bytes) const;
  // For media: no delay for small packets, and a kernel buffer (bytes) that does not hold seconds.
  void set_prompt(int send_buffer);

 private:
  friend class TcpListener;
  int fd_ = -1;
  base::SocketAddress remote_;
};

class TcpListener {
 public:
  // Port 0: any free one. An unspecified IPv6 address takes IPv4 too. Errors: io.
  static base::Result<TcpListener> bind(const base::SocketAddress& address);

  TcpListener() = default;
  TcpListener(TcpListener&& other) noexcept;
  TcpListener& operator=(TcpListener&& other) noexcept;
  ~TcpListener();

  int fd() const { return fd_; }
  base::SocketAddress local() const;
  // The next connection; none when nobody waits. Errors: io, when no descriptor is to be had: then
  // the one that waits goes on waiting.
  base::Result<std::optional<TcpSocket>> accept() const;

 private:
  int fd_ = -1;
};

}  // namespace viaduct::net
