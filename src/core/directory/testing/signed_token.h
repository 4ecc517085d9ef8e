// Tokens as another system would sign them.
#pragma once

#include <jwt.h>

#include <cstdlib>
#include <string>

#include "base/check.h"

namespace viaduct::directory::testing {

// `claims`: a JSON object. `key`: what the algorithm signs with; none for JWT_ALG_NONE.
inline std::string signed_token(jwt_alg_t algorithm, const std::string& key,
                                const std::string& claims) {
  jwt_t* token = nullptr;
  VIADUCT_CHECK(jwt_new(&token) == 0);
  VIADUCT_CHECK(jwt_add_grants_json(token, claims.c_str()) == 0);
  const auto* bytes = reinterpret_cast<const unsigned char*>(key.data());
  VIADUCT_CHECK(jwt_set_alg(token, algorithm, key.empty() ? nullptr : bytes,
                            static_cast<int>(key.size())) == 0);
  char* const text = jwt_encode_str(token);
  VIADUCT_CHECK(text);
  std::string out = text;
  std::free(text);
  jwt_free(token);
  return out;
}

}  // namespace viaduct::directory::testing
