// Flow: where a SIP message came from and where one goes (RFC 5626 §2 gives the word). The shells
// in server/node fill it; the engines only compare it, keep it and hand it back.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/address.h"
#include "base/result.h"

namespace viaduct::sip {

enum class Transport : uint8_t { udp, tcp, tls, ws, wss };

// "UDP", "TCP", "TLS", "WS", "WSS": as printed in Via (RFC 3261 §20.42, RFC 7118 §4).
std::string_view transport_name(Transport transport);
// False only for UDP: retransmission timers are zero on the others (RFC 3261 §17).
constexpr bool is_reliable(Transport transport) { return transport != Transport::udp; }
// The default port of a Via or URI without one: 5060, over TLS 5061, 80 and 443 for WebSocket.
uint16_t default_port(Transport transport);

struct Flow {
  Transport transport = Transport::udp;
  uint32_t listener = 0;       // the shell's number of the local socket or listener
  base::SocketAddress remote;  // the far end of the socket, never what a header claims
  // The shell's number of the connection. 0 with UDP; with the others 0 asks for a connection to
  // `remote` to be found or opened.
  uint64_t connection = 0;

  // "udp/1/0/192.0.2.1:5060": opaque to others; parse() reads exactly this.
  std::string str() const;
  static base::Result<Flow> parse(std::string_view text);  // errors: malformed
  friend auto operator<=>(const Flow&, const Flow&) = default;
};

// How others reach a listener of ours: goes into Via and Contact.
struct Listener {
  uint32_t id = 0;
  Transport transport = Transport::udp;
  std::string host;   // IP address (IPv6 without brackets) or name
  uint16_t port = 0;  // 0: leave it out
};

}  // namespace viaduct::sip
