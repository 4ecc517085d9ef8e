#include "transport/dtls/testing/fake_engine.h"

#include <algorithm>
#include <array>
#include <deque>
#include <utility>

#include "base/bytes.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/rng.h"

namespace viaduct::dtls::testing {
namespace {

using base::kNever;
using base::TimePoint;

// First byte in DTLS's range (RFC 7983), then what the datagram is.
constexpr uint8_t kHandshake = 22;
constexpr uint8_t kAlert = 21;
enum class Kind : uint8_t { client_hello = 1, server_hello = 2, finished = 3, close = 4 };

class FakeEngine final : public Engine {
 public:
  FakeEngine(const FakeOptions& options, uint64_t seed, Role role,
             std::vector<Fingerprint> expected)
      : options_(options), role_(role), expected_(std::move(expected)) {
    base::SeededRng(seed).fill(own_random_);
  }

  void start(TimePoint now) override {
    if (state_ != State::idle) return;
    state_ = State::handshaking;
    give_up_at_ = now + options_.handshake_timeout;
    if (role_ == Role::client) send_flight(now);
  }

  void receive(std::span<const uint8_t> datagram, TimePoint now) override {
    if (state_ == State::idle) start(now);
    if (state_ == State::ended || datagram.size() < 2) return;
    const auto kind = static_cast<Kind>(datagram[1]);
    const auto body = datagram.subspan(2);
    if (kind == Kind::close && state_ == State::connected) return end(Closed{});
    if (role_ == Role::server && kind == Kind::client_hello) return on_hello(body, now);
    if (role_ == Role::client && kind == Kind::server_hello) return on_hello(body, now);
    if (role_ == Role::server && kind == Kind::finished && heard_ && state_ == State::handshaking)
      connect();
  }

  void handle_timeout(TimePoint now) override {
    if (state_ != State::handshaking) return;
    if (now >= give_up_at_) return end(Failed{Fault::timeout});
    if (now >= retransmit_at_) send_flight(now);
  }

  TimePoint next_timeout() const override { return std::min(retransmit_at_, give_up_at_); }

  std::optional<Output> poll() override {
    if (outputs_.empty()) return std::nullopt;
    Output output = std::move(outputs_.front());
    outputs_.pop_front();
    return output;
  }

  void close() override {
    if (state_ == State::connected) put({kAlert, static_cast<uint8_t>(Kind::close)});
    state_ = State::ended;
    retransmit_at_ = give_up_at_ = kNever;
  }

 private:
  enum class State : uint8_t { idle, handshaking, connected, ended };
  using Random = std::array<uint8_t, 32>;

  void on_hello(std::span<const uint8_t> body, TimePoint now) {
    base::ByteReader reader(body);
    const auto random = reader.bytes(32);
    const auto print = reader.rest();
    if (!reader.ok()) return;
    const bool known = std::any_of(expected_.begin(), expected_.end(), [&](const auto& one) {
      return std::equal(one.digest.begin(), one.digest.end(), print.begin(), print.end());
    });
    if (!known) return end(Failed{Fault::fingerprint});
    if (!heard_) std::copy(random.begin(), random.end(), far_random_.begin());
    heard_ = true;
    if (role_ == Role::server) {
      if (state_ == State::handshaking) send_flight(now);
      return;
    }
    put({kHandshake, static_cast<uint8_t>(Kind::finished)});
    if (state_ == State::handshaking) connect();
  }

  void send_flight(TimePoint now) {
    retransmit_at_ = now + options_.retransmission;
    if (role_ == Role::server && !heard_) return;
    const Kind kind = role_ == Role::client ? Kind::client_hello : Kind::server_hello;
    std::vector<uint8_t> bytes{kHandshake, static_cast<uint8_t>(kind)};
    bytes.insert(bytes.end(), own_random_.begin(), own_random_.end());
    bytes.insert(bytes.end(), options_.own.digest.begin(), options_.own.digest.end());
    put(std::move(bytes));
  }

  void connect() {
    const bool client = role_ == Role::client;
    const std::string randoms = base::hex_encode(client ? own_random_ : far_random_) +
                                base::hex_encode(client ? far_random_ : own_random_);
    std::vector<uint8_t> exported;
    for (char block = '0'; exported.size() < srtp::exported_size(options_.profile); ++block) {
      const auto digest = base::sha256(randoms + block);
      exported.insert(exported.end(), digest.begin(), digest.end());
    }
    exported.resize(srtp::exported_size(options_.profile));
    outputs_.push_back(Connected{srtp::split_exported(options_.profile, exported, client)});
    state_ = State::connected;
    retransmit_at_ = give_up_at_ = kNever;
  }

  void put(std::vector<uint8_t> bytes) { outputs_.push_back(Datagram{std::move(bytes)}); }
  void end(Output output) {
    outputs_.push_back(std::move(output));
    state_ = State::ended;
    retransmit_at_ = give_up_at_ = kNever;
  }

  const FakeOptions options_;
  const Role role_;
  const std::vector<Fingerprint> expected_;
  State state_ = State::idle;
  Random own_random_{};
  Random far_random_{};
  bool heard_ = false;
  TimePoint retransmit_at_ = kNever;
  TimePoint give_up_at_ = kNever;
  std::deque<Output> outputs_;
};

class FakeFactory final : public EngineFactory {
 public:
  explicit FakeFactory(FakeOptions options) : options_(std::move(options)) {}
  std::unique_ptr<Engine> create(Role role, std::vector<Fingerprint> expected) override {
    return std::make_unique<FakeEngine>(options_, options_.seed + ++created_ * 1000003, role,
                                        std::move(expected));
  }

 private:
  const FakeOptions options_;
  uint64_t created_ = 0;
};

}  // namespace

std::shared_ptr<EngineFactory> make_fake_factory(FakeOptions options) {
  return std::make_shared<FakeFactory>(std::move(options));
}

Fingerprint fake_fingerprint(std::string_view name) {
  const auto digest = base::sha256(name);
  return {"sha-256", {digest.begin(), digest.end()}};
}

}  // namespace viaduct::dtls::testing
