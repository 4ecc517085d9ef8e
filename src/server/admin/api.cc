#include "server/admin/api.h"

#include "base/ascii.h"
#include "base/hash.h"
#include "server/admin/call_json.h"
#include "signalling/jsonrpc/json.h"

namespace viaduct::admin {
namespace {

using jsonrpc::Array;
using jsonrpc::Object;
using net::HttpResponse;

constexpr std::string_view kCalls = "/api/v1/calls";
constexpr size_t kBodyDepth = 4;

HttpResponse json(unsigned status, const Object& body) {
  return {.status = status,
          .content_type = "application/json",
          .body = jsonrpc::print(body) + "\n",
          .headers = {{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}}};
}

HttpResponse fault(unsigned status, std::string_view text) {
  return json(status, {{"error", text}});
}

HttpResponse only(std::string_view method) {
  HttpResponse out = fault(405, "This path only takes " + std::string(method) + ".");
  out.headers.emplace_back("Allow", method);
  return out;
}

// "12.3", as base::Id::str() prints it.
std::optional<call::CallId> read_id(std::string_view text) {
  const auto index = base::parse_number<uint32_t>(base::take_until(text, '.'));
  const auto generation = base::parse_number<uint32_t>(text);
  if (!index || !generation) return std::nullopt;
  return call::CallId{*index, *generation};
}

// The request in the body; the fault in words where it is none.
std::optional<std::string> read_capture(std::string_view body, node::CaptureRequest& out) {
  if (body.empty()) return std::nullopt;
  const auto document = jsonrpc::parse(body, kBodyDepth);
  const Object* const object = document ? document->value.if_object() : nullptr;
  // parse() ignores what follows a value.
  if (!object || document->text.size() != base::trim(body).size())
    return "The body must be one JSON object.";
  for (const auto& [name, value] : *object) {
    if (name == "decrypted" && value.is_bool()) out.decrypted = value.get_bool();
    else if (name == "headers_only" && value.is_bool()) out.headers_only = value.get_bool();
    else if (name == "seconds" && value.is_int64() && value.get_int64() > 0)
      out.length = std::chrono::seconds(std::min<int64_t>(value.get_int64(), 86'400));
    else return "The body takes decrypted and headers_only (true or false) and seconds (above 0).";
  }
  return std::nullopt;
}

}  // namespace

bool Api::is_allowed(const net::HttpRequest& request) const {
  std::string_view text = request.authorization;
  const std::string_view scheme = base::take_until(text, ' ');
  const std::string& token = options_.token.reveal();
  return !token.empty() && base::iequals(scheme, "Bearer") &&
         base::constant_time_equal(base::trim(text), token);
}

HttpResponse Api::respond(const net::HttpRequest& request, node::ApiView& node) {
  if (!is_allowed(request)) {
    HttpResponse out = fault(401, "Send the header Authorization: Bearer and the API's token.");
    out.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"viaduct\"");
    return out;
  }
  std::string_view path = request.target.substr(0, request.target.find_first_of("?#"));
  if (path == kCalls) return request.method == "GET" ? call_list(node) : only("GET");
  if (!path.starts_with(kCalls) || path[kCalls.size()] != '/')
    return fault(404, "There are /api/v1/calls and /api/v1/calls/{id}.");
  path.remove_prefix(kCalls.size() + 1);
  const auto id = read_id(base::take_until(path, '/'));
  const call::CallRecord* const call = id ? node.calls().find(*id) : nullptr;
  if (!call) return fault(404, "There is no such call, or it was over too long ago.");
  if (path == "capture")
    return request.method == "POST" ? capture(*id, request.body, node) : only("POST");
  if (!path.empty()) return fault(404, "A call has capture, and nothing else.");
  return request.method == "GET" ? json(200, to_json(*call, node, true)) : only("GET");
}

HttpResponse Api::call_list(node::ApiView& node) const {
  Array calls;
  for (const call::CallRecord* call : node.calls().calls())
    calls.push_back(to_json(*call, node, false));
  return json(200, {{"calls", std::move(calls)}});
}

HttpResponse Api::capture(call::CallId call, std::string_view body, node::ApiView& node) const {
  node::CaptureRequest wanted;
  if (const auto wrong = read_capture(body, wanted)) return fault(400, *wrong);
  if (wanted.decrypted && !options_.capture_decrypted)
    return fault(403, "Decrypted captures are off: api.capture_decrypted switches them on.");
  wanted.length = std::min(wanted.length, options_.longest_capture);
  const auto file = node.start_capture(call, wanted);
  if (file) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wanted.length).count();
    return json(202, {{"file", *file}, {"seconds", seconds}});
  }
  switch (file.error().code) {
    case base::Errc::not_found: return fault(409, file.error().what);
    case base::Errc::exhausted: return fault(503, file.error().what);
    default: return fault(500, file.error().what);
  }
}

}  // namespace viaduct::admin
