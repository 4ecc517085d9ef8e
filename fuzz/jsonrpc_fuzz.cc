// JSON-RPC frames: what is accepted can be printed and read again, and ids stay what they were.
#include <string_view>

#include "base/check.h"
#include "signalling/jsonrpc/message.h"

namespace jsonrpc = viaduct::jsonrpc;

namespace {

void check_id(std::string_view id) {
  // It is JSON by itself, all of it, and goes into a reply unchanged.
  const auto alone = jsonrpc::parse(id, 64);
  VIADUCT_CHECK(alone.has_value() && alone->text == id);
  const auto reply = jsonrpc::read_frame(jsonrpc::success(id, {}), {});
  VIADUCT_CHECK(reply.has_value() && reply->messages.size() == 1);
  VIADUCT_CHECK(std::get<jsonrpc::Response>(reply->messages[0]).id == id);
}

void check(const jsonrpc::Message& message) {
  if (const auto* invalid = std::get_if<jsonrpc::Invalid>(&message)) return check_id(invalid->id);
  if (const auto* response = std::get_if<jsonrpc::Response>(&message))
    return check_id(response->id);
  const auto& request = std::get<jsonrpc::Request>(message);
  check_id(request.id);
  const std::string text = jsonrpc::request(1'000'000'000, request.method, request.params);
  const auto frame = jsonrpc::read_frame(text, {});
  VIADUCT_CHECK(frame.has_value());
  const auto& again = std::get<jsonrpc::Request>(frame->messages.at(0));
  VIADUCT_CHECK(again.method == request.method);
  VIADUCT_CHECK(jsonrpc::print(again.params) == jsonrpc::print(request.params));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  // An id may be as deep as the limit; the reply around it is one deeper.
  const auto frame = jsonrpc::read_frame(text, {.max_depth = 60, .max_batch = 8});
  if (!frame) return 0;
  VIADUCT_CHECK(frame->batch ? frame->messages.size() <= 8 : frame->messages.size() == 1);
  for (const jsonrpc::Message& message : frame->messages) check(message);
  return 0;
}
