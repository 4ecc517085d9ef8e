#include "signalling/jsonrpc/message.h"

#include "base/ascii.h"

namespace viaduct::jsonrpc {
namespace {

Message read_message(const Value& value, std::string_view text) {
  const Object* object = value.if_object();
  if (!object) return Invalid{IdText(kNullId)};
  IdText id(raw_member(text, "id"));
  if (id.empty()) id = kNullId;
  if (find_string(*object, "jsonrpc") != "2.0") return Invalid{std::move(id)};
  const auto method = find_string(*object, "method");
  if (find(*object, "result")) return Response{std::move(id), false};
  if (!find(*object, "method") && find(*object, "error")) return Response{std::move(id), true};
  Request request;
  request.id = std::move(id);
  request.method = method.value_or("");
  if (const Value* params = find(*object, "params")) {
    request.has_params = true;
    if (const Object* members = params->if_object()) request.params = *members;
  }
  return request;
}

std::string envelope(std::string_view id, std::string_view member, std::string_view value) {
  std::string text = R"({"jsonrpc":"2.0","id":)";
  text.append(id).append(",\"").append(member).append("\":").append(value).append("}");
  return text;
}

}  // namespace

base::Result<Frame> read_frame(std::string_view text, const Limits& limits) {
  const auto document = parse(text, limits.max_depth);
  if (!document) return document.error();
  Frame frame;
  const Array* array = document->value.if_array();
  if (!array) {
    frame.messages.push_back(read_message(document->value, document->text));
    return frame;
  }
  if (array->size() > limits.max_batch)
    return base::Error{base::Errc::too_large, "batch of too many messages"};
  frame.batch = true;
  const auto texts = raw_elements(document->text);
  for (size_t i = 0; i < array->size(); ++i)
    frame.messages.push_back(read_message((*array)[i], texts[i]));
  return frame;
}

std::string success(std::string_view id, const Object& result) {
  return envelope(id, "result", print(result));
}

std::string failure(std::string_view id, const Object& error) {
  return envelope(id, "error", print(error));
}

std::string failure(std::string_view id, int code, std::string_view message) {
  return failure(id, Object{{"code", code}, {"message", message}});
}

std::string request(uint64_t id, std::string_view method, const Object& params) {
  std::string text = R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":)";
  text.append(print(Value(method))).append(",\"params\":").append(print(params)).append("}");
  return text;
}

std::string batch(const std::vector<std::string>& replies) {
  std::string text = "[";
  for (const std::string& reply : replies) {
    if (text.size() > 1) text += ',';
    text += reply;
  }
  return text + ']';
}

}  // namespace viaduct::jsonrpc
