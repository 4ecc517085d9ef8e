#include "signalling/sip/flow.h"

#include <array>
#include <optional>

#include "base/ascii.h"

namespace viaduct::sip {
namespace {

struct TransportRow {
  std::string_view name;
  uint16_t port;
};
constexpr std::array<TransportRow, 5> kTransports{
    {{"UDP", 5060}, {"TCP", 5060}, {"TLS", 5061}, {"WS", 80}, {"WSS", 443}}};

std::optional<Transport> transport_named(std::string_view name) {
  for (size_t i = 0; i < kTransports.size(); ++i)
    if (base::iequals(kTransports[i].name, name)) return static_cast<Transport>(i);
  return std::nullopt;
}

}  // namespace

std::string_view transport_name(Transport transport) {
  return kTransports[static_cast<size_t>(transport)].name;
}

uint16_t default_port(Transport transport) {
  return kTransports[static_cast<size_t>(transport)].port;
}

std::string Flow::str() const {
  return base::lower(transport_name(transport)) + "/" + std::to_string(listener) + "/" +
         std::to_string(connection) + "/" + remote.str();
}

base::Result<Flow> Flow::parse(std::string_view text) {
  const base::Error malformed{base::Errc::malformed, "not a flow"};
  const auto transport = transport_named(base::take_until(text, '/'));
  const auto listener = base::parse_number<uint32_t>(base::take_until(text, '/'));
  const auto connection = base::parse_number<uint64_t>(base::take_until(text, '/'));
  const auto remote = base::SocketAddress::parse(text);
  if (!transport || !listener || !connection || !remote) return malformed;
  return Flow{*transport, *listener, *remote, *connection};
}

}  // namespace viaduct::sip
