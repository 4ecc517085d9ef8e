// The JSON-RPC 2.0 envelope as Verto uses it: what a frame holds, and how replies and requests
// look.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "signalling/jsonrpc/json.h"

namespace viaduct::jsonrpc {

// The text of a JSON value: ids are given back exactly as they came, of whatever type.
using IdText = std::string;
inline constexpr std::string_view kNullId = "null";

struct Request {
  IdText id;           // "null" for a notification: Verto answers those too
  std::string method;  // empty when missing or not a string
  bool has_params = false;
  Object params;  // empty when they are of another type than object
};
// The peer's answer to a request of ours.
struct Response {
  IdText id;
  bool is_error = false;
};
// JSON, but no JSON-RPC 2.0 message.
struct Invalid {
  IdText id;
};
using Message = std::variant<Request, Response, Invalid>;

struct Frame {
  bool batch = false;  // the replies go into one array
  std::vector<Message> messages;
};

struct Limits {
  size_t max_depth = 64;  // real messages nest 5 deep
  size_t max_batch = 32;  // no known client sends batches at all
};

// Errors as parse(), and too_large for a batch over the limit.
base::Result<Frame> read_frame(std::string_view text, const Limits& limits);

inline constexpr int kInvalidRequest = -32600;
inline constexpr int kMethodNotFound = -32601;

std::string success(std::string_view id, const Object& result);
std::string failure(std::string_view id, const Object& error);
std::string failure(std::string_view id, int code, std::string_view message);
std::string request(uint64_t id, std::string_view method, const Object& params);
// The replies to a batch.
std::string batch(const std::vector<std::string>& replies);

}  // namespace viaduct::jsonrpc
