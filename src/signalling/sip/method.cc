#include "signalling/sip/method.h"

#include <array>

namespace viaduct::sip {
namespace {

constexpr std::array<std::string_view, 15> kNames = {
    "",      "INVITE", "ACK",   "BYE",       "CANCEL", "REGISTER", "OPTIONS", "INFO",
    "PRACK", "UPDATE", "REFER", "SUBSCRIBE", "NOTIFY", "MESSAGE",  "PUBLISH"};

}  // namespace

std::string_view method_name(Method method) { return kNames[static_cast<size_t>(method)]; }

Method method_from_name(std::string_view name) {
  for (size_t i = 1; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Method>(i);
  return Method::other;
}

}  // namespace viaduct::sip
