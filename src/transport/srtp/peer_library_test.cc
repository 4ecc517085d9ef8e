// Against libsrtp2, an implementation that is not ours: what one protects the other must take, byte
// for byte the same, for every profile, over a wrap of the sequence numbers, with CSRCs and
// extensions.
#include <gtest/gtest.h>
#include <srtp2/srtp.h>

#include <algorithm>
#include <array>
#include <vector>

#include "transport/srtp/context.h"

namespace viaduct::srtp {
namespace {

using Bytes = std::vector<uint8_t>;

class Library {
 public:
  Library(Profile profile, Bytes key) {
    static const bool ready = srtp_init() == srtp_err_status_ok;
    EXPECT_TRUE(ready);
    for (const auto type : {ssrc_any_outbound, ssrc_any_inbound}) {
      srtp_policy_t policy{};
      for (srtp_crypto_policy_t* one : {&policy.rtp, &policy.rtcp}) {
        const bool short_tag = profile == Profile::aes128_cm_sha1_32;
        if (short_tag && one == &policy.rtp) srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(one);
        else if (short_tag || profile == Profile::aes128_cm_sha1_80)
          srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(one);
        else if (profile == Profile::aead_aes_128_gcm)
          srtp_crypto_policy_set_aes_gcm_128_16_auth(one);
        else srtp_crypto_policy_set_aes_gcm_256_16_auth(one);
      }
      policy.ssrc.type = type;
      policy.key = key.data();
      EXPECT_EQ(srtp_create(type == ssrc_any_outbound ? &send_ : &receive_, &policy),
                srtp_err_status_ok);
    }
  }
  ~Library() {
    srtp_dealloc(send_);
    srtp_dealloc(receive_);
  }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  using Operation = srtp_err_status_t (*)(srtp_t, void*, int*);
  Bytes protect(Operation operation, const Bytes& plain) { return run(operation, send_, plain); }
  Bytes unprotect(Operation operation, const Bytes& packet) {
    return run(operation, receive_, packet);
  }

 private:
  static Bytes run(Operation operation, srtp_t session, Bytes bytes) {
    int size = static_cast<int>(bytes.size());
    bytes.resize(bytes.size() + SRTP_MAX_TRAILER_LEN + 4);
    EXPECT_EQ(operation(session, bytes.data(), &size), srtp_err_status_ok);
    bytes.resize(static_cast<size_t>(size));
    return bytes;
  }
  srtp_t send_ = nullptr, receive_ = nullptr;
};

// A packet of each shape: plain, with CSRCs, with an extension, with both, without a payload.
Bytes rtp(uint32_t number) {
  const bool extension = number % 2, csrcs = number % 3 == 0;
  Bytes out = {static_cast<uint8_t>(0x80 | (extension ? 0x10 : 0) | (csrcs ? 2 : 0)),
               111,
               static_cast<uint8_t>(number >> 8),
               static_cast<uint8_t>(number),
               0,
               1,
               2,
               3,
               0xca,
               0xfe,
               0xba,
               0xbe};
  if (csrcs) out.insert(out.end(), 8, 0x77);
  if (extension) out.insert(out.end(), {0xbe, 0xde, 0, 1, 0x10, 0x9f, 0, 0});
  for (uint32_t i = 0; i < number % 200; ++i) out.push_back(static_cast<uint8_t>(i * number));
  return out;
}
Bytes rtcp(uint32_t number) {
  Bytes out = {0x80, 201, 0, 1, 0xca, 0xfe, 0xba, 0xbe};
  for (uint32_t i = 0; i < number; ++i)
    out.insert(out.end(), {0x81, 202, 0, static_cast<uint8_t>(i)});
  return out;
}

class AgainstTheLibrary : public testing::TestWithParam<Profile> {
 protected:
  static Bytes key() {
    Bytes out(key_size(GetParam()) + salt_size(GetParam()));
    for (size_t i = 0; i < out.size(); ++i) out[i] = static_cast<uint8_t>(i * 11 + 3);
    return out;
  }
  // Both directions have the same key, as libsrtp's two sessions here.
  static Context context() {
    return Context::create({GetParam(), base::Secret<MasterKey>(MasterKey{key()}),
                            base::Secret<MasterKey>(MasterKey{key()})})
        .value();
  }
  static Bytes room(Bytes bytes) {
    bytes.resize(bytes.size() + kTrailer);
    return bytes;
  }
};
INSTANTIATE_TEST_SUITE_P(Srtp, AgainstTheLibrary,
                         testing::Values(Profile::aes128_cm_sha1_80, Profile::aes128_cm_sha1_32,
                                         Profile::aead_aes_128_gcm, Profile::aead_aes_256_gcm),
                         [](const auto& param) { return std::string(profile_name(param.param)); });

TEST_P(AgainstTheLibrary, RtpIsTheSameAsTheLibrarys) {
  Library library(GetParam(), key());
  Context ours = context();
  for (uint32_t number = 65300; number < 3 * 65536; number += number % 5 ? 1 : 97) {
    const Bytes plain = rtp(number);
    const Bytes expected = library.protect(srtp_protect, plain);
    Bytes sent = room(plain);
    sent.resize(ours.protect_rtp(sent, plain.size()).value());
    ASSERT_EQ(sent, expected) << number;
    ASSERT_EQ(library.unprotect(srtp_unprotect, sent), plain) << number;
    Bytes received = expected;
    received.resize(ours.unprotect_rtp(received).value());
    ASSERT_EQ(received, plain) << number;
  }
}

TEST_P(AgainstTheLibrary, RtcpIsTakenByTheLibraryAndTheLibrarysByUs) {
  Library library(GetParam(), key());
  Context ours = context();
  for (uint32_t number = 0; number < 20; ++number) {
    const Bytes plain = rtcp(number);
    Bytes sent = room(plain);
    sent.resize(ours.protect_rtcp(sent, plain.size()).value());
    ASSERT_EQ(library.unprotect(srtp_unprotect_rtcp, sent), plain) << number;
    Bytes received = library.protect(srtp_protect_rtcp, plain);
    received.resize(ours.unprotect_rtcp(received).value());
    ASSERT_EQ(received, plain) << number;
  }
}

}  // namespace
}  // namespace viaduct::srtp
