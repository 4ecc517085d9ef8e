// Tokens: whatever is shown, no key of ours has signed it, so nobody gets in; and reading one that
// is signed right never goes wrong, whatever it claims.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "core/directory/directory.h"
#include "core/directory/testing/signed_token.h"

namespace {

using namespace viaduct;
using namespace std::chrono_literals;

constexpr base::WallTime kNow{1'800'000'000s};
const std::string kSecret = "a-secret-of-thirty-two-characters";

bool is_object(const std::string& text) {
  jwt_t* probe = nullptr;
  VIADUCT_CHECK(jwt_new(&probe) == 0);
  const bool good = jwt_add_grants_json(probe, text.c_str()) == 0;
  jwt_free(probe);
  return good;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto directory = [] {
    directory::Directory out("example.net");
    out.accept_tokens(directory::TokenVerifier::create({.key = base::Secret(kSecret)}).value());
    return out;
  }();
  const std::string text(reinterpret_cast<const char*>(data), size);
  VIADUCT_CHECK(directory.bearer_of(text, kNow).has_error());
  if (!is_object(text)) return 0;
  const auto signed_one = directory::testing::signed_token(JWT_ALG_HS256, kSecret, text);
  const auto bearer = directory.bearer_of(signed_one, kNow);
  if (!bearer) return 0;
  VIADUCT_CHECK(!bearer->user.name.empty() && !bearer->user.domain.empty());
  VIADUCT_CHECK(bearer->expires + 60s > kNow);
  return 0;
}
