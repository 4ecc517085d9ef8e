#include "transport/dtls/datagram_bio.h"

#include <algorithm>
#include <cstring>

#include "transport/dtls/native.h"

namespace viaduct::dtls {
namespace {

// IPv6 and UDP headers: what OpenSSL takes off a link MTU, should it ask.
constexpr long kOverhead = 48;

DatagramPort& port_of(BIO* bio) { return *static_cast<DatagramPort*>(BIO_get_data(bio)); }

int write_datagram(BIO* bio, const char* data, int size) {
  if (size <= 0) return 0;
  BIO_clear_retry_flags(bio);
  DatagramPort& port = port_of(bio);
  if (port.outgoing.size() < port.max_outgoing) port.outgoing.emplace_back(data, data + size);
  return size;
}

int read_datagram(BIO* bio, char* buffer, int size) {
  BIO_clear_retry_flags(bio);
  DatagramPort& port = port_of(bio);
  if (port.incoming.empty() || size <= 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  // What does not fit is cut off, as recv() does.
  const size_t taken = std::min(port.incoming.size(), static_cast<size_t>(size));
  std::memcpy(buffer, port.incoming.data(), taken);
  port.incoming = {};
  return static_cast<int>(taken);
}

long control(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_DGRAM_QUERY_MTU:
    case BIO_CTRL_DGRAM_GET_MTU:
    case BIO_CTRL_DGRAM_GET_FALLBACK_MTU: return static_cast<long>(port_of(bio).mtu);
    case BIO_CTRL_DGRAM_GET_MTU_OVERHEAD: return kOverhead;
    default: return 0;
  }
}

const BIO_METHOD* method() {
  static const BioMethodPtr made = [] {
    BioMethodPtr fresh(BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagrams"));
    if (!fresh) return fresh;
    BIO_meth_set_write(fresh.get(), write_datagram);
    BIO_meth_set_read(fresh.get(), read_datagram);
    BIO_meth_set_ctrl(fresh.get(), control);
    return fresh;
  }();
  return made.get();
}

}  // namespace

BIO* make_datagram_bio(DatagramPort& port) {
  BIO* bio = BIO_new(method());
  if (!bio) return nullptr;
  BIO_set_data(bio, &port);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace viaduct::dtls
