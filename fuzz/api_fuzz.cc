// Requests to the API: "METHOD TARGET\nBODY". Whatever is asked, the answer is JSON, nobody without
// the token is told anything, and no capture goes beyond what the configuration allows.
#include <string_view>

#include "base/ascii.h"
#include "base/check.h"
#include "server/admin/api.h"
#include "signalling/jsonrpc/json.h"

namespace {

using namespace viaduct;
using namespace std::chrono_literals;

constexpr call::CallId kCall{7, 1};
constexpr std::string_view kToken = "Bearer 0123456789abcdef";

class Node final : public node::ApiView {
 public:
  Node() {
    ledger_.observe(call::News(call::CallBegan{kCall, {1, 1}, {"1000", "Ann"}, "1001"}), now());
  }
  const call::Ledger& calls() const override { return ledger_; }
  base::TimePoint now() const override { return base::TimePoint{1h}; }
  base::WallTime wall(base::TimePoint at) const override { return base::WallTime{at - now()}; }
  base::Result<std::string> start_capture(call::CallId call,
                                          const node::CaptureRequest& request) override {
    VIADUCT_CHECK(call == kCall && !request.decrypted);
    VIADUCT_CHECK(request.length > base::Duration(0) && request.length <= 10min);
    return std::string("file");
  }

 private:
  call::Ledger ledger_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view body(reinterpret_cast<const char*>(data), size);
  std::string_view line = base::take_until(body, '\n');
  const std::string_view method = base::take_until(line, ' ');
  admin::Api api({.token = base::Secret<std::string>(std::string(kToken.substr(7))),
                  .longest_capture = 10min});
  Node node;
  for (const std::string_view authorization : {kToken, body}) {
    const auto response = api.respond({.method = method,
                                       .target = line,
                                       .host = "",
                                       .authorization = authorization,
                                       .body = body,
                                       .peer = {}},
                                      node);
    VIADUCT_CHECK(response.status >= 200 && response.status < 600);
    VIADUCT_CHECK(jsonrpc::parse(response.body, 16).has_value());
    if (authorization != kToken && base::trim(body) != kToken)
      VIADUCT_CHECK(response.status == 401 || body.find(kToken.substr(7)) != body.npos);
  }
  return 0;
}
