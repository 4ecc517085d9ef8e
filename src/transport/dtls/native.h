// OpenSSL's objects under unique_ptr. For this folder's own files.
#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

#include "transport/dtls/certificate.h"

namespace viaduct::dtls {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};

using KeyPtr = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, FreeWith<X509_free>>;
using SslPtr = std::unique_ptr<SSL, FreeWith<SSL_free>>;
using SslCtxPtr = std::unique_ptr<SSL_CTX, FreeWith<SSL_CTX_free>>;
using BioMethodPtr = std::unique_ptr<BIO_METHOD, FreeWith<BIO_meth_free>>;

struct Certificate::Native {
  KeyPtr key;
  X509Ptr x509;
};

// Whether the certificate's digest is any one of `expected`. Only the SHA-2 family counts: RFC 8122
// §5 forbids MD5 and nobody needs SHA-1 any more.
bool matches_any(X509& certificate, const std::vector<Fingerprint>& expected);

}  // namespace viaduct::dtls
