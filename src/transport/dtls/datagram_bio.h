// A BIO that keeps datagrams apart: each write of OpenSSL's is one datagram out, and a read gives
// one datagram that came in, once. OpenSSL's memory BIO would run them together.
#pragma once

#include <openssl/bio.h>

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace viaduct::dtls {

// What a BIO of this kind reads from and writes to; must outlive it.
struct DatagramPort {
  std::span<const uint8_t> incoming;  // empty: nothing to read
  std::deque<std::vector<uint8_t>> outgoing;
  size_t max_outgoing = 0;  // more are lost, as on a network
  size_t mtu = 0;
};

// The BIO is the caller's (SSL_set_bio takes it over). Null when out of memory.
BIO* make_datagram_bio(DatagramPort& port);

}  // namespace viaduct::dtls
