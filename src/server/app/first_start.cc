#include "server/app/first_start.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "io/net/tls.h"
#include "server/app/config_keys.h"

namespace viaduct::app {
namespace fs = std::filesystem;
namespace {

DataFault fault(const std::string& what, const fs::path& path, int error) {
  return {what + " " + path.string() + ": " + std::strerror(error)};
}

struct KeptSecret {
  std::string text;
  bool made_now = false;
};

// For its owner's eyes only, all of it or none: a full disk leaves no half of a password.
std::optional<DataFault> write_private(const fs::path& path, const std::string& text) {
  const fs::path draft = path.string() + ".new";
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return fault("cannot write", draft, errno);
  const ssize_t written = ::write(fd, text.data(), text.size());
  const bool whole = written == static_cast<ssize_t>(text.size()) && ::fsync(fd) == 0;
  const int error = whole ? 0 : (written >= 0 ? ENOSPC : errno);
  ::close(fd);
  if (!whole) {
    ::unlink(draft.c_str());
    return fault("cannot write", draft, error);
  }
  if (::rename(draft.c_str(), path.c_str()) != 0) {
    const int reason = errno;
    ::unlink(draft.c_str());
    return fault("cannot write", path, reason);
  }
  return std::nullopt;
}

// A secret that is made once and kept in a file of its own.
boost::system::result<KeptSecret, DataFault> kept_secret(const fs::path& path, size_t length,
                                                         base::Rng& rng) {
  KeptSecret out;
  if (std::ifstream in(path); in) std::getline(in, out.text);
  if (!out.text.empty()) return out;
  out = {rng.token(length), true};
  if (auto wrong = write_private(path, out.text + "\n")) return std::move(*wrong);
  return out;
}

}  // namespace

boost::system::result<void, DataFault> make_data_folder(const std::string& data) {
  std::error_code error;
  fs::create_directories(data, error);
  if (error) return fault("cannot make the data folder", data, error.value());
  return {};
}

boost::system::result<base::Secret<std::string>, DataFault> api_token(const std::string& data,
                                                                      base::Rng& rng) {
  const auto kept = kept_secret(fs::path(data) / "api-token", 32, rng);
  if (!kept) return kept.error();
  if (!is_api_token(kept->text))
    return DataFault{"in " + data +
                     "/api-token there must be 16 or more characters without spaces; without the "
                     "file a new one is made"};
  return base::Secret(kept->text);
}

boost::system::result<FirstUsers, DataFault> first_users(const std::string& data, base::Rng& rng) {
  FirstUsers out;
  const auto kept = kept_secret(fs::path(data) / "first-password", 12, rng);
  if (!kept) return kept.error();
  out.password = kept->text;
  out.made_now = kept->made_now;
  for (int number = 1000; number <= 1009; ++number) {
    directory::User user;
    user.name = std::to_string(number);
    user.password = base::Secret(out.password);
    user.caller_name = "Extension " + user.name;
    out.users.push_back(std::move(user));
  }
  return out;
}

boost::system::result<CertificateFiles, DataFault> self_made_certificate(const std::string& data,
                                                                         const std::string& host) {
  const CertificateFiles out{fs::path(data) / "certificate.pem", fs::path(data) / "key.pem"};
  if (fs::exists(out.certificate) && fs::exists(out.key)) return out;
  const auto made = net::make_self_signed(host, out.certificate, out.key);
  if (!made) return fault(made.error().what, data, made.error().os_error);
  return out;
}

}  // namespace viaduct::app
