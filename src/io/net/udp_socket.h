// A bound UDP socket, and the batches in which its packets come and go (recvmmsg, sendmmsg).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "base/address.h"
#include "base/result.h"

namespace viaduct::net {

// Move-only owner of a non-blocking socket.
class UdpSocket {
 public:
  // Port 0: any free one. An unspecified IPv6 address takes IPv4 too. Errors: io (in use, no right,
  // no such address).
  static base::Result<UdpSocket> bind(const base::SocketAddress& address);

  UdpSocket() = default;
  UdpSocket(UdpSocket&& other) noexcept;
  UdpSocket& operator=(UdpSocket&& other) noexcept;
  ~UdpSocket();

  int fd() const { return fd_; }
  bool is_v6() const { return v6_; }
  base::SocketAddress local() const;
  // One packet of any size; false when the kernel cannot take it now, as the network would drop it.
  bool send(const base::SocketAddress& to, std::span<const uint8_t> packet) const;
  // The kernel's buffers, in bytes; it may give less.
  void set_buffers(int receive, int send);

 private:
  int fd_ = -1;
  bool v6_ = false;
};

// Room for the packets of one recvmmsg. Reused for all sockets of a thread.
class ReceiveBatch {
 public:
  // What a batch for media holds: an Ethernet frame's worth and more. A longer datagram is cut, and
  // so fails its owner's checks.
  static constexpr size_t kPackets = 64;
  static constexpr size_t kPacketSize = 2048;
  // The longest datagram there is: for SIP, whose messages may come in IP fragments.
  static constexpr size_t kLongestDatagram = 65535;
  // Writable room behind every packet, for what its owner appends before sending it on.
  static constexpr size_t kTrailingRoom = 256;

  explicit ReceiveBatch(size_t packets = kPackets, size_t packet_size = kPacketSize);
  ~ReceiveBatch();
  // How many packets came, `most` at most, 0 when none is waiting. Errors on the socket (an ICMP
  // answer, say) count as none. A batch that is not filled costs the kernel one look too many.
  size_t receive(const UdpSocket& socket, size_t most = kPackets);
  std::span<uint8_t> packet(size_t i);
  base::SocketAddress from(size_t i) const;

 private:
  struct Storage;
  std::unique_ptr<Storage> storage_;
};

// Collects packets and sends them in as few system calls as possible: consecutive ones of the same
// socket share one sendmmsg. A packet that the kernel has no room for is dropped and counted, as
// the network would.
class SendBatch {
 public:
  SendBatch();
  ~SendBatch();
  // Copies the packet. Flushes by itself when full.
  void add(const UdpSocket& socket, const base::SocketAddress& to, std::span<const uint8_t> packet);
  void flush();
  uint64_t sent() const { return sent_; }
  uint64_t dropped() const { return dropped_; }

 private:
  struct Storage;
  void flush_run(size_t first, size_t count);
  std::unique_ptr<Storage> storage_;
  size_t count_ = 0;
  uint64_t sent_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace viaduct::net
