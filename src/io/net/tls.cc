#include "io/net/tls.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ssl/context.hpp>
#include <cstdio>
#include <cstring>

namespace viaduct::net {
namespace ssl = boost::asio::ssl;
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using File = std::unique_ptr<std::FILE, Freed<std::fclose>>;

TlsFault fault(const std::string& what, const std::string& file,
               const boost::system::error_code& error) {
  return {what + " " + file + ": " + error.message()};
}

bool add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (!extension) return false;
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  return added;
}

Certificate certificate_for(EVP_PKEY* key, const std::string& host) {
  Certificate out(X509_new());
  X509* x = out.get();
  X509_set_version(x, 2);  // v3
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), static_cast<uint64_t>(std::time(nullptr)));
  X509_gmtime_adj(X509_getm_notBefore(x), -24 * 3600);  // clocks differ
  X509_gmtime_adj(X509_getm_notAfter(x), 3650L * 24 * 3600);
  X509_NAME* name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1, 0);
  X509_set_issuer_name(x, name);
  X509_set_pubkey(x, key);
  const bool ok = add_extension(x, NID_subject_alt_name,
                                "DNS:" + host + ",DNS:localhost,IP:127.0.0.1,IP:0:0:0:0:0:0:0:1") &&
                  add_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
                  X509_sign(x, key, EVP_sha256()) > 0;
  return ok ? std::move(out) : nullptr;
}

// The key is never readable by others, not even for a moment.
File create(const std::string& path, mode_t mode) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  return File(fd < 0 ? nullptr : ::fdopen(fd, "w"));
}

}  // namespace

TlsContext::TlsContext() : context_(std::make_unique<ssl::context>(ssl::context::tls_server)) {}
TlsContext::~TlsContext() = default;

boost::system::result<std::shared_ptr<TlsContext>, TlsFault> TlsContext::load(
    const std::string& certificate_file, const std::string& key_file) {
  std::shared_ptr<TlsContext> out(new TlsContext);
  boost::system::error_code error;
  out->context_->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                             ssl::context::no_sslv3 | ssl::context::no_tlsv1 |
                             ssl::context::no_tlsv1_1);
  out->context_->use_certificate_chain_file(certificate_file, error);
  if (error) return fault("cannot use the certificate", certificate_file, error);
  out->context_->use_private_key_file(key_file, ssl::context::pem, error);
  if (error) return fault("cannot use the private key", key_file, error);
  return out;
}

base::Result<void> make_self_signed(const std::string& host, const std::string& certificate_file,
                                    const std::string& key_file) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = key ? certificate_for(key.get(), host) : nullptr;
  if (!certificate) return base::Error{base::Errc::io, "no certificate could be made"};
  File key_out = create(key_file, 0600);
  if (!key_out ||
      PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1 ||
      std::fflush(key_out.get()) != 0)
    return base::Error{base::Errc::io, "the private key cannot be written", errno};
  File certificate_out = create(certificate_file, 0644);
  if (!certificate_out || PEM_write_X509(certificate_out.get(), certificate.get()) != 1 ||
      std::fflush(certificate_out.get()) != 0)
    return base::Error{base::Errc::io, "the certificate cannot be written", errno};
  return {};
}

}  // namespace viaduct::net
