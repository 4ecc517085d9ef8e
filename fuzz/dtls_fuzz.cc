// Datagrams into a server's association. Each is preceded by a byte: its length divided by 8, in
// which 0 lets the time run on instead. Nobody here has the agreed certificate, so keys must never
// come out.
#include <algorithm>
#include <vector>

#include "base/check.h"
#include "transport/dtls/openssl_engine.h"

namespace {

using namespace viaduct;

dtls::EngineFactory& factory() {
  static const auto made = dtls::make_openssl_factory(
      dtls::Certificate::create(base::WallTime(std::chrono::hours(24 * 365 * 55))));
  return *made;
}

void drain(dtls::Engine& engine) {
  // A server's flight is far smaller; more would be an amplifier.
  size_t bytes = 0;
  while (auto output = engine.poll()) {
    VIADUCT_CHECK(!std::holds_alternative<dtls::Connected>(*output));
    if (const auto* datagram = std::get_if<dtls::Datagram>(&*output)) {
      VIADUCT_CHECK(datagram->bytes.size() <= dtls::Options{}.mtu);
      bytes += datagram->bytes.size();
    }
  }
  VIADUCT_CHECK(bytes <= 16 * 1024);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::span<const uint8_t> input(data, size);
  base::TimePoint now{std::chrono::hours(1)};
  const auto engine =
      factory().create(dtls::Role::server, {{"sha-256", std::vector<uint8_t>(32, 1)}});
  engine->start(now);
  for (int step = 0; step < 64 && !input.empty(); ++step) {
    const size_t length = std::min<size_t>(size_t{input[0]} * 8, input.size() - 1);
    input = input.subspan(1);
    if (length == 0) {
      now = std::min(engine->next_timeout(), now + std::chrono::seconds(30));
      engine->handle_timeout(now);
    } else {
      engine->receive(input.first(length), now);
      input = input.subspan(length);
    }
    drain(*engine);
  }
  engine->close();
  drain(*engine);
  VIADUCT_CHECK(engine->next_timeout() == base::kNever);
  return 0;
}
