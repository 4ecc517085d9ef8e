#include "signalling/sip/screening.h"

#include <algorithm>

#include "base/ascii.h"

namespace viaduct::sip {
namespace {

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out.append(out.empty() ? "" : ", ").append(part);
  return out;
}

std::string method_list(const std::vector<Method>& methods) {
  std::string out;
  for (const Method method : methods)
    out.append(out.empty() ? "" : ", ").append(method_name(method));
  return out;
}

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& item) { return base::iequals(item, text); });
}

// The required option tags that we do not have.
std::vector<std::string> missing_extensions(const Message& request,
                                            const std::vector<std::string>& extensions) {
  std::vector<std::string> missing;
  if (request.is(Method::ack) || request.is(Method::cancel)) return missing;
  // A B2BUA answers as the end of the call and as the hop before it: both fields are for it.
  for (const HeaderName name : {HeaderName::require, HeaderName::proxy_require})
    for (const std::string_view tag : request.values(name))
      if (!contains(extensions, tag)) missing.emplace_back(tag);
  return missing;
}

bool body_is_refused(const Message& request, const std::vector<std::string>& content_types) {
  if (request.body().empty() || content_types.empty()) return false;
  if (request.is(Method::ack)) return false;
  const auto disposition = request.value(HeaderName::content_disposition);
  if (disposition && disposition->find("handling=optional") != disposition->npos) return false;
  const auto encoding = request.value(HeaderName::content_encoding);
  if (encoding && !base::iequals(*encoding, "identity")) return true;
  const auto type = request.content_type();
  return !type || !contains(content_types, type->type + "/" + type->subtype);
}

}  // namespace

std::optional<Message> screen_request(const Message& request, const ScreeningOptions& options,
                                      std::string_view to_tag) {
  const auto refuse = [&](uint16_t status) { return make_response(request, status, to_tag); };
  const std::vector<Method>& methods = options.allowed_methods;
  if (!methods.empty() && std::count(methods.begin(), methods.end(), request.method()) == 0) {
    Message response = refuse(405);
    response.add(HeaderName::allow, method_list(methods));
    return response;
  }
  const auto uri = request.request_uri();
  if (!uri || uri->scheme() == Uri::Scheme::other) return refuse(416);
  if (const auto missing = missing_extensions(request, options.extensions); !missing.empty()) {
    Message response = refuse(420);
    response.add(HeaderName::unsupported, joined(missing));
    return response;
  }
  if (body_is_refused(request, options.content_types)) {
    Message response = refuse(415);
    response.add(HeaderName::accept, joined(options.content_types));
    return response;
  }
  return std::nullopt;
}

}  // namespace viaduct::sip
