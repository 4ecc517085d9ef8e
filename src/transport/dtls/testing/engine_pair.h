// Two engines and the wire between them, for tests.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "transport/dtls/engine.h"
#include "transport/dtls/openssl_engine.h"

namespace viaduct::dtls::testing {

struct Identity {
  std::shared_ptr<EngineFactory> factory;
  Fingerprint print;
};
Identity openssl_identity(Options options = {});
Identity fake_identity(std::string_view name);

struct Side {
  std::unique_ptr<Engine> engine;
  std::optional<srtp::Keys> keys;
  std::optional<Fault> fault;
  bool closed = false;
  size_t sent = 0;
  size_t largest = 0;  // datagram, in bytes
};

struct Pair {
  Pair(const Identity& client_identity, const Identity& server_identity);

  void start();
  // Polls both and delivers until neither has anything more to say.
  void run();

  Side client;
  Side server;
  base::TimePoint now{std::chrono::hours(1)};
  // Whether the datagram with this number (of both directions, from 0) is lost.
  std::function<bool(size_t)> lost = [](size_t) { return false; };
  // May reorder or double what is on its way from one side.
  std::function<void(const Side& from, std::deque<std::vector<uint8_t>>&)> disturb = [](const Side&,
                                                                                        auto&) {};

 private:
  bool carry(Side& from, Side& to);
  size_t count_ = 0;
};

}  // namespace viaduct::dtls::testing
