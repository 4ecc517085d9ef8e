#include "io/net/tcp_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "io/net/os_address.h"

namespace viaduct::net {
namespace {

constexpr int kBacklog = 128;

base::Error io_error(const char* what) { return {base::Errc::io, what, errno}; }
bool would_wait() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int open_socket(bool v6) {
  return ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

}  // namespace

base::Result<TcpSocket> TcpSocket::connect(const base::SocketAddress& to) {
  TcpSocket out;
  out.remote_ = to;
  out.fd_ = open_socket(to.ip.is_v6());
  if (out.fd_ < 0) return io_error("no TCP socket to be had");
  OsAddress os;
  to_os(to, to.ip.is_v6(), os);
  if (::connect(out.fd_, os.get(), os.size) != 0 && errno != EINPROGRESS)
    return io_error("no connection to there");
  return out;
}

TcpSocket::TcpSocket(TcpSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), remote_(other.remote_) {}
TcpSocket& TcpSocket::operator=(TcpSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(remote_, other.remote_);
  return *this;
}
TcpSocket::~TcpSocket() {
  if (fd_ >= 0) ::close(fd_);
}

bool TcpSocket::is_connected() const {
  OsAddress os;
  return getpeername(fd_, os.get(), &os.size) == 0;
}

base::Result<size_t> TcpSocket::receive(std::span<uint8_t> into) const {
  const ssize_t n = ::recv(fd_, into.data(), into.size(), MSG_DONTWAIT);
  if (n > 0) return static_cast<size_t>(n);
  if (n == 0) return base::Error{base::Errc::io, "the connection has ended"};
  if (would_wait()) return size_t{0};
  return io_error("the connection has failed");
}

base::Result<size_t> TcpSocket::send(std::span<const uint8_t> bytes) const {
  const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (n >= 0) return static_cast<size_t>(n);
  if (would_wait()) return size_t{0};
  return io_error("the connection has failed");
}

void TcpSocket::set_prompt(int send_buffer) {
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd_, SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
}

base::Result<TcpListener> TcpListener::bind(const base::SocketAddress& address) {
  TcpListener out;
  const bool v6 = address.ip.is_v6();
  out.fd_ = open_socket(v6);
  if (out.fd_ < 0) return io_error("no TCP socket to be had");
  const int on = 1;
  // Connections of a server that ended a moment ago do not keep the port from the next.
  setsockopt(out.fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (v6) {
    const int only_v6 = address.ip.is_unspecified() ? 0 : 1;
    setsockopt(out.fd_, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof only_v6);
  }
  OsAddress os;
  to_os(address, v6, os);
  if (::bind(out.fd_, os.get(), os.size) != 0 || ::listen(out.fd_, kBacklog) != 0)
    return io_error("the TCP port cannot be bound");
  return out;
}

TcpListener::TcpListener(TcpListener&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
TcpListener& TcpListener::operator=(TcpListener&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
TcpListener::~TcpListener() {
  if (fd_ >= 0) ::close(fd_);
}

base::SocketAddress TcpListener::local() const {
  OsAddress os;
  if (getsockname(fd_, os.get(), &os.size) != 0) return {};
  return from_os(os.storage);
}

base::Result<std::optional<TcpSocket>> TcpListener::accept() const {
  OsAddress os;
  const int fd = accept4(fd_, os.get(), &os.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) {
    TcpSocket out;
    out.fd_ = fd;
    out.remote_ = from_os(os.storage);
    return std::optional(std::move(out));
  }
  const bool exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
  if (exhausted) return io_error("no descriptor for a connection");
  return std::optional<TcpSocket>();  // none, or one that broke off before we came
}

}  // namespace viaduct::net
