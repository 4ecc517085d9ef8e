// Any bytes as SRTP and SRTCP, and any bytes that the context agrees to protect must come back the
// same.
#include <algorithm>
#include <array>
#include <vector>

#include "base/check.h"
#include "transport/srtp/context.h"

namespace {

using viaduct::srtp::Context;
using viaduct::srtp::Profile;

constexpr std::array kProfiles = {Profile::aead_aes_128_gcm, Profile::aes128_cm_sha1_80,
                                  Profile::aead_aes_256_gcm};

Context make_context(Profile profile, bool client) {
  std::vector<uint8_t> exported(viaduct::srtp::exported_size(profile), 0x5a);
  return Context::create(viaduct::srtp::split_exported(profile, exported, client)).value();
}

void round_trip(Profile profile, bool rtcp, std::span<const uint8_t> plain) {
  Context client = make_context(profile, true), server = make_context(profile, false);
  std::vector<uint8_t> buffer(plain.begin(), plain.end());
  buffer.resize(plain.size() + viaduct::srtp::kTrailer);
  const auto size =
      rtcp ? client.protect_rtcp(buffer, plain.size()) : client.protect_rtp(buffer, plain.size());
  if (!size) return;
  VIADUCT_CHECK(*size <= buffer.size() && *size > plain.size());
  const auto packet = std::span(buffer).first(*size);
  const auto back = rtcp ? server.unprotect_rtcp(packet) : server.unprotect_rtp(packet);
  VIADUCT_CHECK(back && *back == plain.size());
  VIADUCT_CHECK(std::equal(plain.begin(), plain.end(), packet.begin()));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 || size > 4096) return 0;
  const Profile profile = kProfiles[(data[0] >> 1) % kProfiles.size()];
  const bool rtcp = data[0] & 1;
  const std::span<const uint8_t> input(data + 1, size - 1);

  Context receiver = make_context(profile, false);
  std::vector<uint8_t> packet(input.begin(), input.end());
  const auto taken = rtcp ? receiver.unprotect_rtcp(packet) : receiver.unprotect_rtp(packet);
  if (taken) VIADUCT_CHECK(*taken < packet.size());
  round_trip(profile, rtcp, input);
  return 0;
}
