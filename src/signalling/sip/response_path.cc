#include "signalling/sip/response_path.h"

#include "base/ascii.h"

namespace viaduct::sip {
namespace {

using base::Errc;
using base::Error;

std::string_view without_brackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host;
}

uint16_t default_port(const Via& via) {
  if (via.transport == "TLS") return 5061;
  if (via.transport == "WS") return 80;
  if (via.transport == "WSS") return 443;
  return 5060;
}

}  // namespace

base::Result<void> note_source(Message& request, const base::SocketAddress& source) {
  base::Result<Via> via = request.via();
  if (!via) return via.error();
  const bool wants_rport = via->params.has("rport");
  const auto sent_by = base::IpAddress::parse(without_brackets(via->host));
  if (wants_rport) via->params.set("rport", std::to_string(source.port));
  if (wants_rport || !sent_by || *sent_by != source.ip)
    via->params.set("received", source.ip.str());
  else via->params.remove("received");
  request.set_first_via(*via);
  return {};
}

base::Result<base::SocketAddress> response_destination(const Message& response) {
  const base::Result<Via> via = response.via();
  if (!via) return via.error();
  const std::string_view host = via->params.get("received").value_or(via->host);
  const auto ip = base::IpAddress::parse(without_brackets(host));
  if (!ip) return Error{Errc::not_found, "Via names no address"};
  base::SocketAddress destination{*ip, via->port != 0 ? via->port : default_port(*via)};
  const std::string_view rport = via->params.get("rport").value_or("");
  if (!rport.empty()) {
    const auto port = base::parse_number<uint16_t>(rport);
    if (!port || *port == 0) return Error{Errc::malformed, "bad rport"};
    destination.port = *port;
  }
  return destination;
}

}  // namespace viaduct::sip
