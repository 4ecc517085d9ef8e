#include "transport/dtls/certificate.h"

#include <openssl/bn.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string_view>

#include "base/ascii.h"
#include "base/hash.h"
#include "transport/dtls/native.h"

namespace viaduct::dtls {
namespace {

using std::chrono::hours;

void require(bool ok) {
  if (!ok) throw std::runtime_error("OpenSSL cannot make a certificate");
}

int64_t seconds_since_epoch(base::WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

void set_random_serial(X509& x509) {
  const std::unique_ptr<BIGNUM, FreeWith<BN_free>> number(BN_new());
  // 64 bits, positive: enough that no two of ours look like one certificate changed.
  require(number && BN_rand(number.get(), 64, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1);
  require(BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&x509)) != nullptr);
}

X509Ptr make_self_signed(EVP_PKEY& key, base::WallTime now) {
  X509Ptr x509(X509_new());
  require(x509 != nullptr && X509_set_version(x509.get(), X509_VERSION_3) == 1);
  set_random_serial(*x509);
  X509_NAME* name = X509_get_subject_name(x509.get());
  const std::string_view text = "viaduct";
  require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()), -1, 0) == 1);
  require(X509_set_issuer_name(x509.get(), name) == 1);
  require(
      ASN1_TIME_set(X509_getm_notBefore(x509.get()), seconds_since_epoch(now - hours(24))) &&
      ASN1_TIME_set(X509_getm_notAfter(x509.get()), seconds_since_epoch(now + hours(24 * 365))));
  require(X509_set_pubkey(x509.get(), &key) == 1);
  require(X509_sign(x509.get(), &key, EVP_sha256()) > 0);
  return x509;
}

std::vector<uint8_t> digest_of(X509& certificate, const EVP_MD* algorithm) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
  unsigned int size = 0;
  if (X509_digest(&certificate, algorithm, bytes.data(), &size) != 1) return {};
  return {bytes.begin(), bytes.begin() + size};
}

const EVP_MD* algorithm_named(std::string_view name) {
  if (base::iequals(name, "sha-256")) return EVP_sha256();
  if (base::iequals(name, "sha-384")) return EVP_sha384();
  if (base::iequals(name, "sha-512")) return EVP_sha512();
  return nullptr;
}

}  // namespace

bool matches_any(X509& certificate, const std::vector<Fingerprint>& expected) {
  for (const Fingerprint& fingerprint : expected) {
    const EVP_MD* algorithm = algorithm_named(fingerprint.algorithm);
    if (!algorithm) continue;
    const std::vector<uint8_t> digest = digest_of(certificate, algorithm);
    if (!digest.empty() && base::constant_time_equal(digest, fingerprint.digest)) return true;
  }
  return false;
}

Certificate::Certificate() : native_(std::make_unique<Native>()) {}
Certificate::~Certificate() = default;

std::shared_ptr<const Certificate> Certificate::create(base::WallTime now) {
  std::shared_ptr<Certificate> certificate(new Certificate);
  certificate->native_->key.reset(EVP_EC_gen("P-256"));
  require(certificate->native_->key != nullptr);
  certificate->native_->x509 = make_self_signed(*certificate->native_->key, now);
  certificate->fingerprint_ = {"sha-256", digest_of(*certificate->native_->x509, EVP_sha256())};
  require(!certificate->fingerprint_.digest.empty());
  return certificate;
}

}  // namespace viaduct::dtls
