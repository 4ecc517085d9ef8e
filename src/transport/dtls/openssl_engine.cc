#include "transport/dtls/openssl_engine.h"

#include <openssl/err.h>
#include <openssl/srtp.h>

#include <algorithm>
#include <array>
#include <deque>
#include <stdexcept>
#include <utility>

#include "base/check.h"
#include "transport/dtls/alert_channel.h"
#include "transport/dtls/datagram_bio.h"
#include "transport/dtls/native.h"

namespace viaduct::dtls {
namespace {

using base::kNever;
using base::TimePoint;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Under this OpenSSL takes its timer for expired at once, and burns every retransmission.
constexpr milliseconds kLeastTimer{15};

constexpr const char* kProfiles =
    "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80";
// Forward secrecy only; browsers take the first of them with our ECDSA key.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:!aNULL:!eNULL:!PSK";
constexpr const char* kGroups = "X25519:P-256:P-384";
// RFC 5764 §4.2.
constexpr std::string_view kExporterLabel = "EXTRACTOR-dtls_srtp";

class OpensslEngine final : public Engine {
 public:
  OpensslEngine(SSL_CTX& context, Role role, std::vector<Fingerprint> expected,
                const Options& options);

  void start(TimePoint now) override;
  void receive(std::span<const uint8_t> datagram, TimePoint now) override;
  void handle_timeout(TimePoint now) override;
  TimePoint next_timeout() const override { return std::min(retransmit_at_, give_up_at_); }
  std::optional<Output> poll() override;
  void confirmed() override;
  void close() override;

  // OpenSSL's questions during a call of ours.
  bool accept_certificate(X509* certificate);
  unsigned int timer_after(unsigned int previous_us) const;

 private:
  enum class State : uint8_t { idle, handshaking, connected, ended };

  void advance_handshake(TimePoint now);
  void finish_handshake();
  void read_connected();
  void arm_retransmission(TimePoint now);
  void fail(Fault fault);
  void end(Output output);
  void take_datagrams();

  const Options options_;
  const Role role_;
  const std::vector<Fingerprint> expected_;
  DatagramPort port_;  // before ssl_, whose BIO refers to it
  SslPtr ssl_;
  std::optional<AlertChannel> alerts_;  // in place of ssl_ once confirmed
  std::vector<uint8_t> farewell_;       // our close_notify, kept with it
  State state_ = State::idle;
  bool fingerprint_refused_ = false;
  TimePoint retransmit_at_ = kNever;
  TimePoint give_up_at_ = kNever;
  std::deque<Output> outputs_;
};

OpensslEngine& engine_of(const SSL* ssl) {
  return *static_cast<OpensslEngine*>(SSL_get_app_data(ssl));
}

// Decides by fingerprint alone, before the handshake goes on: chain and dates mean nothing here
// (RFC 5763 §5).
int verify_certificate(X509_STORE_CTX* store, void*) {
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  if (engine_of(ssl).accept_certificate(X509_STORE_CTX_get0_cert(store))) return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

unsigned int choose_timer(SSL* ssl, unsigned int previous_us) {
  return engine_of(ssl).timer_after(previous_us);
}

OpensslEngine::OpensslEngine(SSL_CTX& context, Role role, std::vector<Fingerprint> expected,
                             const Options& options)
    : options_(options), role_(role), expected_(std::move(expected)) {
  port_.max_outgoing = options_.max_pending_datagrams;
  port_.mtu = options_.mtu;
  ssl_.reset(SSL_new(&context));
  BIO* bio = ssl_ ? make_datagram_bio(port_) : nullptr;
  VIADUCT_CHECK(bio != nullptr);  // out of memory
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_mtu(ssl_.get(), static_cast<long>(options_.mtu));
  DTLS_set_timer_cb(ssl_.get(), choose_timer);
  if (role_ == Role::client) SSL_set_connect_state(ssl_.get());
  else SSL_set_accept_state(ssl_.get());
}

bool OpensslEngine::accept_certificate(X509* certificate) {
  const bool accepted = certificate && matches_any(*certificate, expected_);
  fingerprint_refused_ = !accepted;
  return accepted;
}

unsigned int OpensslEngine::timer_after(unsigned int previous_us) const {
  const microseconds next = previous_us == 0 ? microseconds(options_.first_retransmission)
                                             : std::min(2 * microseconds(previous_us),
                                                        microseconds(options_.last_retransmission));
  return static_cast<unsigned int>(std::max(next, microseconds(kLeastTimer)).count());
}

void OpensslEngine::start(TimePoint now) {
  if (state_ != State::idle) return;
  state_ = State::handshaking;
  give_up_at_ = now + options_.handshake_timeout;
  if (role_ == Role::client) advance_handshake(now);
}

void OpensslEngine::receive(std::span<const uint8_t> datagram, TimePoint now) {
  if (state_ == State::idle) start(now);
  if (state_ == State::ended) return;
  if (alerts_) {
    if (alerts_->ends(datagram)) end(Closed{});
    return;
  }
  port_.incoming = datagram;
  if (state_ == State::handshaking) advance_handshake(now);
  if (state_ == State::connected) read_connected();
  port_.incoming = {};
  take_datagrams();
}

void OpensslEngine::advance_handshake(TimePoint now) {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  const int error = SSL_get_error(ssl_.get(), result);
  ERR_clear_error();
  take_datagrams();
  if (result == 1) return finish_handshake();
  if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
    return fail(fingerprint_refused_ ? Fault::fingerprint : Fault::handshake);
  arm_retransmission(now);
}

void OpensslEngine::finish_handshake() {
  const SRTP_PROTECTION_PROFILE* chosen = SSL_get_selected_srtp_profile(ssl_.get());
  if (!chosen) return fail(Fault::no_profile);
  const auto profile = static_cast<srtp::Profile>(chosen->id);
  std::array<uint8_t, 96> exported;
  const std::span<uint8_t> material = std::span(exported).first(srtp::exported_size(profile));
  if (SSL_export_keying_material(ssl_.get(), material.data(), material.size(),
                                 kExporterLabel.data(), kExporterLabel.size(), nullptr, 0, 0) != 1)
    return fail(Fault::handshake);
  outputs_.push_back(Connected{srtp::split_exported(profile, material, role_ == Role::client)});
  OPENSSL_cleanse(exported.data(), exported.size());
  state_ = State::connected;
  retransmit_at_ = give_up_at_ = kNever;
}

// Nothing but alerts and repeated handshake messages is expected: OpenSSL answers the latter with
// our last flight. Application data is not ours and is read away.
void OpensslEngine::read_connected() {
  std::array<uint8_t, 2048> scratch;
  while (true) {
    ERR_clear_error();
    const int result = SSL_read(ssl_.get(), scratch.data(), static_cast<int>(scratch.size()));
    if (result > 0) continue;
    const int error = SSL_get_error(ssl_.get(), result);
    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return;
    // close_notify or a fatal alert, both authenticated.
    take_datagrams();
    return end(Closed{});
  }
}

void OpensslEngine::handle_timeout(TimePoint now) {
  if (state_ != State::handshaking) return;
  if (now >= give_up_at_) return fail(Fault::timeout);
  if (now < retransmit_at_) return;
  ERR_clear_error();
  const int result = DTLSv1_handle_timeout(ssl_.get());
  ERR_clear_error();
  take_datagrams();
  if (result < 0) return fail(Fault::timeout);
  arm_retransmission(now);
}

void OpensslEngine::arm_retransmission(TimePoint now) {
  timeval left{};
  if (DTLSv1_get_timeout(ssl_.get(), &left) != 1) {
    retransmit_at_ = kNever;
    return;
  }
  // Never zero: when OpenSSL's clock lags behind ours, look again a little later.
  retransmit_at_ = now + std::max<base::Duration>(seconds(left.tv_sec) + microseconds(left.tv_usec),
                                                  milliseconds(1));
}

std::optional<Output> OpensslEngine::poll() {
  if (outputs_.empty()) return std::nullopt;
  Output output = std::move(outputs_.front());
  outputs_.pop_front();
  return output;
}

// OpenSSL seals the goodbye now: later there will be no OpenSSL here.
void OpensslEngine::confirmed() {
  if (state_ != State::connected || alerts_) return;
  alerts_ = AlertChannel::create(*ssl_, role_);
  if (!alerts_) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  if (!port_.outgoing.empty()) farewell_ = std::move(port_.outgoing.back());
  port_.outgoing.clear();
  ssl_.reset();
}

void OpensslEngine::close() {
  if (state_ == State::connected && alerts_) {
    outputs_.push_back(Datagram{std::move(farewell_)});
  } else if (state_ == State::connected) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
    take_datagrams();
  }
  state_ = State::ended;
  retransmit_at_ = give_up_at_ = kNever;
}

void OpensslEngine::fail(Fault fault) { end(Failed{fault}); }

void OpensslEngine::end(Output output) {
  outputs_.push_back(std::move(output));
  state_ = State::ended;
  retransmit_at_ = give_up_at_ = kNever;
}

void OpensslEngine::take_datagrams() {
  for (std::vector<uint8_t>& bytes : port_.outgoing) outputs_.push_back(Datagram{std::move(bytes)});
  port_.outgoing.clear();
}

class OpensslFactory final : public EngineFactory {
 public:
  OpensslFactory(std::shared_ptr<const Certificate> certificate, Options options)
      : certificate_(std::move(certificate)), options_(options) {
    context_.reset(SSL_CTX_new(DTLS_method()));
    SSL_CTX* context = context_.get();
    const bool ok = context && SSL_CTX_set_min_proto_version(context, DTLS1_2_VERSION) == 1 &&
                    SSL_CTX_set_max_proto_version(context, DTLS1_2_VERSION) == 1 &&
                    SSL_CTX_use_certificate(context, certificate_->native().x509.get()) == 1 &&
                    SSL_CTX_use_PrivateKey(context, certificate_->native().key.get()) == 1 &&
                    SSL_CTX_set_cipher_list(context, kCiphers) == 1 &&
                    SSL_CTX_set1_groups_list(context, kGroups) == 1 &&
                    SSL_CTX_set_tlsext_use_srtp(context, kProfiles) == 0;  // 0 is success here
    ERR_clear_error();
    if (!ok) throw std::runtime_error("OpenSSL refuses the DTLS configuration");
    // No resumption: each association proves its certificate anew.
    SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU | SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(context, verify_certificate, nullptr);
  }

  std::unique_ptr<Engine> create(Role role, std::vector<Fingerprint> expected) override {
    return std::make_unique<OpensslEngine>(*context_, role, std::move(expected), options_);
  }

 private:
  const std::shared_ptr<const Certificate> certificate_;
  const Options options_;
  SslCtxPtr context_;
};

}  // namespace

std::shared_ptr<EngineFactory> make_openssl_factory(std::shared_ptr<const Certificate> certificate,
                                                    Options options) {
  return std::make_shared<OpensslFactory>(std::move(certificate), options);
}

}  // namespace viaduct::dtls
