// The HTTP API under /api/v1: what an operator and their programs ask of a node. Everybody must
// show the token; nothing is told without it. Control thread.
#pragma once

#include <optional>
#include <string_view>

#include "base/pii.h"
#include "server/node/api_port.h"

namespace viaduct::admin {

struct ApiOptions {
  base::Secret<std::string> token;
  // Whether the token may have what was said, not only who sent how much to whom.
  bool capture_decrypted = false;
  // A forgotten capture fills no disk.
  base::Duration longest_capture = std::chrono::hours(1);
};

class Api final : public node::ApiPort {
 public:
  explicit Api(ApiOptions options) : options_(std::move(options)) {}

  net::HttpResponse respond(const net::HttpRequest& request, node::ApiView& node) override;

 private:
  bool is_allowed(const net::HttpRequest& request) const;
  net::HttpResponse call_list(node::ApiView& node) const;
  net::HttpResponse capture(call::CallId call, std::string_view body, node::ApiView& node) const;

  const ApiOptions options_;
};

}  // namespace viaduct::admin
