#include "io/net/udp_socket.h"

#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "io/net/os_address.h"

namespace viaduct::net {

base::Result<UdpSocket> UdpSocket::bind(const base::SocketAddress& address) {
  UdpSocket out;
  out.v6_ = address.ip.is_v6();
  out.fd_ = ::socket(out.v6_ ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (out.fd_ < 0) return base::Error{base::Errc::io, "no UDP socket to be had", errno};
  if (out.v6_) {
    const int only_v6 = address.ip.is_unspecified() ? 0 : 1;
    setsockopt(out.fd_, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof only_v6);
  }
  OsAddress os;
  to_os(address, out.v6_, os);
  if (::bind(out.fd_, os.get(), os.size) != 0)
    return base::Error{base::Errc::io, "the UDP port cannot be bound", errno};
  return out;
}

UdpSocket::UdpSocket(UdpSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), v6_(other.v6_) {}

UdpSocket& UdpSocket::operator=(UdpSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(v6_, other.v6_);
  return *this;
}

UdpSocket::~UdpSocket() {
  if (fd_ >= 0) ::close(fd_);
}

base::SocketAddress UdpSocket::local() const {
  OsAddress os;
  if (getsockname(fd_, os.get(), &os.size) != 0) return {};
  return from_os(os.storage);
}

void UdpSocket::set_buffers(int receive, int send) {
  setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive, sizeof receive);
  setsockopt(fd_, SOL_SOCKET, SO_SNDBUF, &send, sizeof send);
}

bool UdpSocket::send(const base::SocketAddress& to, std::span<const uint8_t> packet) const {
  OsAddress os;
  to_os(to, v6_, os);
  return ::sendto(fd_, packet.data(), packet.size(), MSG_DONTWAIT, os.get(), os.size) ==
         static_cast<ssize_t>(packet.size());
}

struct ReceiveBatch::Storage {
  size_t stride;  // from one packet's room to the next
  std::vector<uint8_t> bytes;
  std::vector<sockaddr_storage> from;
  std::vector<iovec> vectors;
  std::vector<mmsghdr> messages;
  size_t used = 0;  // of `messages`, by the last call
};

ReceiveBatch::ReceiveBatch(size_t packets, size_t packet_size)
    : storage_(std::make_unique<Storage>()) {
  Storage& s = *storage_;
  s.stride = packet_size + kTrailingRoom;
  s.bytes.resize(packets * s.stride);
  s.from.resize(packets);
  s.vectors.resize(packets);
  s.messages.resize(packets);
  for (size_t i = 0; i < packets; ++i) {
    s.vectors[i] = {s.bytes.data() + i * s.stride, packet_size};
    s.messages[i].msg_hdr.msg_name = &s.from[i];
    s.messages[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
    s.messages[i].msg_hdr.msg_iov = &s.vectors[i];
    s.messages[i].msg_hdr.msg_iovlen = 1;
  }
}
ReceiveBatch::~ReceiveBatch() = default;

size_t ReceiveBatch::receive(const UdpSocket& socket, size_t most) {
  auto& messages = storage_->messages;
  // The kernel has written over those it used, and a socket with one packet must not cost all.
  for (size_t i = 0; i < storage_->used; ++i)
    messages[i].msg_hdr.msg_namelen = sizeof(sockaddr_storage);
  const int n =
      recvmmsg(socket.fd(), messages.data(), static_cast<unsigned>(std::min(most, messages.size())),
               MSG_DONTWAIT, nullptr);
  return storage_->used = n > 0 ? static_cast<size_t>(n) : 0;
}

std::span<uint8_t> ReceiveBatch::packet(size_t i) {
  return {storage_->bytes.data() + i * storage_->stride, storage_->messages[i].msg_len};
}
base::SocketAddress ReceiveBatch::from(size_t i) const { return from_os(storage_->from[i]); }

struct SendBatch::Storage {
  static constexpr size_t kPackets = 64;
  static constexpr size_t kPacketSize = 2048;
  // A cache line more from one to the next: at a power of two they would all want the same places.
  std::array<std::array<uint8_t, kPacketSize + 64>, kPackets> bytes;
  std::array<OsAddress, kPackets> to;
  std::array<iovec, kPackets> vectors;
  std::array<mmsghdr, kPackets> messages;
  std::array<int, kPackets> fds;
};

SendBatch::SendBatch() : storage_(std::make_unique<Storage>()) {}
SendBatch::~SendBatch() = default;

void SendBatch::add(const UdpSocket& socket, const base::SocketAddress& to,
                    std::span<const uint8_t> packet) {
  if (packet.size() > Storage::kPacketSize) {
    ++dropped_;
    return;
  }
  if (count_ == Storage::kPackets) flush();
  Storage& s = *storage_;
  const size_t i = count_++;
  std::memcpy(s.bytes[i].data(), packet.data(), packet.size());
  to_os(to, socket.is_v6(), s.to[i]);
  s.fds[i] = socket.fd();
  s.vectors[i] = {s.bytes[i].data(), packet.size()};
  s.messages[i] = {};
  s.messages[i].msg_hdr.msg_name = s.to[i].get();
  s.messages[i].msg_hdr.msg_namelen = s.to[i].size;
  s.messages[i].msg_hdr.msg_iov = &s.vectors[i];
  s.messages[i].msg_hdr.msg_iovlen = 1;
}

void SendBatch::flush() {
  for (size_t first = 0; first < count_;) {
    size_t run = 1;
    while (first + run < count_ && storage_->fds[first + run] == storage_->fds[first]) ++run;
    flush_run(first, run);
    first += run;
  }
  count_ = 0;
}

void SendBatch::flush_run(size_t first, size_t count) {
  size_t done = 0;
  while (done < count) {
    const int n = sendmmsg(storage_->fds[first], storage_->messages.data() + first + done,
                           static_cast<unsigned>(count - done), MSG_DONTWAIT);
    if (n > 0) {
      done += static_cast<size_t>(n);
      sent_ += static_cast<size_t>(n);
    } else if (n == 0 || errno != EINTR) {
      // This packet cannot go (no buffer, an ICMP error of an earlier one); the next may.
      ++done;
      ++dropped_;
    }
  }
}

}  // namespace viaduct::net
