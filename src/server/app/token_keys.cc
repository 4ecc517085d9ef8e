#include "server/app/token_keys.h"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace viaduct::app {
namespace {

constexpr uintmax_t kLongestKeyFile = 64 << 10;

// The file without the end of its last line, which no editor shows.
std::optional<std::string> read_key(const std::string& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  std::ifstream in(file, std::ios::binary);
  if (error || !in || size > kLongestKeyFile) return std::nullopt;
  std::ostringstream content;
  content << in.rdbuf();
  std::string text = std::move(content).str();
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

directory::TokenAlgorithm algorithm_named(const std::string& name) {
  if (name == "RS256") return directory::TokenAlgorithm::rs256;
  if (name == "ES256") return directory::TokenAlgorithm::es256;
  return directory::TokenAlgorithm::hs256;
}

}  // namespace

std::optional<directory::TokenVerifier> load_token_keys(const Config& config,
                                                        std::vector<Fault>& faults) {
  if (config.token_algorithm == "off") return std::nullopt;
  if (config.token_key.empty()) {
    faults.push_back({"tokens.key", 0, "is missing: " + config.token_algorithm + " needs a key"});
    return std::nullopt;
  }
  auto key = read_key(config.token_key);
  if (!key) {
    faults.push_back({"tokens.key", 0, config.token_key + " cannot be read, or is no key"});
    return std::nullopt;
  }
  auto verifier =
      directory::TokenVerifier::create({.algorithm = algorithm_named(config.token_algorithm),
                                        .key = base::Secret(std::move(*key)),
                                        .issuer = config.token_issuer,
                                        .audience = config.token_audience,
                                        .user_claim = config.token_user_claim});
  if (verifier) return std::move(*verifier);
  faults.push_back({"tokens.key", 0, config.token_key + ": " + verifier.error().what});
  return std::nullopt;
}

}  // namespace viaduct::app
