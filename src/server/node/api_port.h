// What answers requests under /api: server/admin fills it, the node asks it on the control thread.
#pragma once

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "core/call/ledger.h"
#include "io/net/web_server.h"

namespace viaduct::node {

struct CaptureRequest {
  bool decrypted = false;
  bool headers_only = false;
  base::Duration length = std::chrono::seconds(60);
};

// The node as the API sees it, for the length of a request.
class ApiView {
 public:
  virtual ~ApiView() = default;
  virtual const call::Ledger& calls() const = 0;
  virtual base::TimePoint now() const = 0;
  virtual base::WallTime wall(base::TimePoint at) const = 0;
  // The file it goes to. Errors: not_found (no such call, or it has no media), exhausted (too many
  // captures at once), io.
  virtual base::Result<std::string> start_capture(call::CallId call,
                                                  const CaptureRequest& request) = 0;
};

class ApiPort {
 public:
  virtual ~ApiPort() = default;
  virtual net::HttpResponse respond(const net::HttpRequest& request, ApiView& node) = 0;
};

}  // namespace viaduct::node
