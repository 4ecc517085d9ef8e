// TLS for the web listeners: the certificate they show.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/rng.h"

namespace boost::asio::ssl {
class context;
}

namespace viaduct::net {

// What to say to a person when a certificate cannot be used.
struct TlsFault {
  std::string text;
};

class TlsContext {
 public:
  // PEM files. Errors: one sentence naming the file and what is wrong with it.
  static boost::system::result<std::shared_ptr<TlsContext>, TlsFault> load(
      const std::string& certificate_file, const std::string& key_file);
  ~TlsContext();
  boost::asio::ssl::context& asio() { return *context_; }

 private:
  TlsContext();
  std::unique_ptr<boost::asio::ssl::context> context_;
};

// Writes a new ECDSA P-256 key and a certificate signed with it for `host`, localhost and the
// loopback addresses, valid for ten years: browsers warn once, phones can pin it. Errors: io.
base::Result<void> make_self_signed(const std::string& host, const std::string& certificate_file,
                                    const std::string& key_file);

}  // namespace viaduct::net
