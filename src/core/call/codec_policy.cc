#include "core/call/codec_policy.h"

#include <algorithm>

namespace viaduct::call {
namespace {

using dialplan::CodecPolicy;

void append_missing(Codecs& to, const Codecs& from) {
  for (const negotiation::Codec& codec : from)
    if (std::ranges::find(to, codec) == to.end()) to.push_back(codec);
}

}  // namespace

const Codecs& supported_codecs() {
  static const Codecs kAll = {negotiation::kOpus, negotiation::kG722, negotiation::kPcmu,
                              negotiation::kPcma};
  return kAll;
}

Codecs offer_to_callee(const CodecPolicy& policy, const Codecs& caller) {
  if (policy.mode == CodecPolicy::Mode::listed) return policy.codecs;
  Codecs out = caller;
  append_missing(out,
                 supported_codecs());  // a device with none of them is still reached, transcoded
  return out;
}

Codecs answer_to_caller(const CodecPolicy& policy, const Codecs& caller,
                        const std::optional<negotiation::Codec>& callee) {
  Codecs out;
  const bool follow = callee && policy.mode != CodecPolicy::Mode::quality;
  if (follow) out.push_back(*callee);
  append_missing(out, caller);
  append_missing(out, supported_codecs());
  return out;
}

}  // namespace viaduct::call
