#include "transport/dtls/testing/engine_pair.h"

#include <algorithm>
#include <utility>

#include "transport/dtls/testing/fake_engine.h"

namespace viaduct::dtls::testing {

Identity openssl_identity(Options options) {
  auto certificate = Certificate::create(base::WallTime(std::chrono::hours(24 * 365 * 55)));
  return {make_openssl_factory(certificate, options), certificate->fingerprint()};
}

Identity fake_identity(std::string_view name) {
  FakeOptions options;
  options.own = fake_fingerprint(name);
  options.seed = std::hash<std::string_view>{}(name);
  return {make_fake_factory(options), options.own};
}

Pair::Pair(const Identity& client_identity, const Identity& server_identity) {
  client.engine = client_identity.factory->create(Role::client, {server_identity.print});
  server.engine = server_identity.factory->create(Role::server, {client_identity.print});
}

void Pair::start() {
  server.engine->start(now);
  client.engine->start(now);
}

void Pair::run() {
  bool more = true;
  while (more) {
    more = carry(client, server);
    more = carry(server, client) || more;
  }
}

bool Pair::carry(Side& from, Side& to) {
  std::deque<std::vector<uint8_t>> wire;
  while (auto output = from.engine->poll()) {
    if (auto* datagram = std::get_if<Datagram>(&*output)) {
      ++from.sent;
      from.largest = std::max(from.largest, datagram->bytes.size());
      if (!lost(count_++)) wire.push_back(std::move(datagram->bytes));
    } else if (auto* connected = std::get_if<Connected>(&*output)) {
      from.keys = std::move(connected->keys);
    } else if (const auto* failed = std::get_if<Failed>(&*output)) {
      from.fault = failed->fault;
    } else {
      from.closed = true;
    }
  }
  disturb(from, wire);
  for (const auto& bytes : wire) to.engine->receive(bytes, now);
  return !wire.empty();
}

}  // namespace viaduct::dtls::testing
