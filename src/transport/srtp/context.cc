#include "transport/srtp/context.h"

#include <srtp2/srtp.h>

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace viaduct::srtp {
namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr size_t kRtpHeader = 12;
constexpr size_t kRtcpHeader = 8;

// libsrtp's tables are global: made once, never torn down.
bool library_ready() {
  static const bool ready = srtp_init() == srtp_err_status_ok;
  return ready;
}

void set_crypto_policy(Profile profile, srtp_policy_t& policy) {
  switch (profile) {
    case Profile::aes128_cm_sha1_80:
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtp);
      srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy.rtcp);
      return;
    case Profile::aead_aes_128_gcm:
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy.rtcp);
      return;
    case Profile::aead_aes_256_gcm:
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtp);
      srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy.rtcp);
      return;
  }
}

Error to_error(srtp_err_status_t status) {
  switch (status) {
    case srtp_err_status_auth_fail:
    case srtp_err_status_cipher_fail:  // how older GCM code reports a wrong tag
      return {Errc::unauthorised, "SRTP authentication failed"};
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old: return {Errc::conflict, "SRTP packet replayed"};
    case srtp_err_status_key_expired: return {Errc::exhausted, "SRTP key used up"};
    default: return {Errc::malformed, "not an SRTP packet"};
  }
}

uint32_t ssrc_at(std::span<const uint8_t> packet, size_t offset) {
  return base::ByteReader(packet.subspan(offset, 4)).u32();
}

// One direction: libsrtp clones its template for each new SSRC; the list bounds how many.
class Direction {
 public:
  Direction() = default;
  Direction(const Direction&) = delete;
  Direction& operator=(const Direction&) = delete;
  ~Direction() {
    if (session_) srtp_dealloc(session_);
  }

  srtp_err_status_t open(Profile profile, const MasterKey& key, srtp_ssrc_type_t type,
                         size_t max_streams) {
    std::vector<unsigned char> bytes(key.key_and_salt);  // libsrtp copies it, but takes non-const
    srtp_policy_t policy{};
    set_crypto_policy(profile, policy);
    policy.ssrc.type = type;
    policy.key = bytes.data();
    policy.window_size = 0;  // libsrtp's default, 128 packets: 2.5 s of 20 ms audio
    max_streams_ = max_streams;
    known_.reserve(4);
    const srtp_err_status_t status = srtp_create(&session_, &policy);
    if (status != srtp_err_status_ok) session_ = nullptr;
    return status;
  }

  srtp_t session() const { return session_; }
  bool has_room_for(uint32_t ssrc) const { return knows(ssrc) || known_.size() < max_streams_; }
  void used(uint32_t ssrc) {
    if (!knows(ssrc)) known_.push_back(ssrc);
  }

 private:
  bool knows(uint32_t ssrc) const {
    return std::find(known_.begin(), known_.end(), ssrc) != known_.end();
  }

  srtp_t session_ = nullptr;
  std::vector<uint32_t> known_;
  size_t max_streams_ = 0;
};

using Operation = srtp_err_status_t (*)(srtp_t, void*, int*);

}  // namespace

struct Context::State {
  Direction send;
  Direction receive;
  Counters counters;

  Result<size_t> protect(Operation operation, std::span<uint8_t> buffer, size_t length,
                         size_t ssrc_offset, size_t header);
  Result<size_t> unprotect(Operation operation, std::span<uint8_t> packet, size_t ssrc_offset,
                           size_t header);
  Error count(Error error);
};

Error Context::State::count(Error error) {
  if (error.code == Errc::unauthorised) ++counters.authentication_failed;
  else if (error.code == Errc::conflict) ++counters.replayed;
  else ++counters.malformed;
  return error;
}

Result<size_t> Context::State::protect(Operation operation, std::span<uint8_t> buffer,
                                       size_t length, size_t ssrc_offset, size_t header) {
  if (length < header || length > buffer.size() || buffer[0] >> 6 != 2)
    return Error{Errc::malformed, "not an RTP packet"};
  if (buffer.size() - length < kTrailer || length > std::numeric_limits<uint16_t>::max())
    return Error{Errc::too_large, "no room for the SRTP trailer"};
  const uint32_t ssrc = ssrc_at(buffer, ssrc_offset);
  if (!send.has_room_for(ssrc)) return Error{Errc::exhausted, "too many SRTP streams"};
  int size = static_cast<int>(length);
  const srtp_err_status_t status = operation(send.session(), buffer.data(), &size);
  if (status != srtp_err_status_ok) return to_error(status);
  send.used(ssrc);
  ++counters.protected_packets;
  return static_cast<size_t>(size);
}

Result<size_t> Context::State::unprotect(Operation operation, std::span<uint8_t> packet,
                                         size_t ssrc_offset, size_t header) {
  if (packet.size() < header || packet[0] >> 6 != 2 ||
      packet.size() > std::numeric_limits<uint16_t>::max())
    return count({Errc::malformed, "not an SRTP packet"});
  const uint32_t ssrc = ssrc_at(packet, ssrc_offset);
  if (!receive.has_room_for(ssrc)) return count({Errc::exhausted, "too many SRTP streams"});
  int size = static_cast<int>(packet.size());
  const srtp_err_status_t status = operation(receive.session(), packet.data(), &size);
  if (status != srtp_err_status_ok) return count(to_error(status));
  receive.used(ssrc);
  ++counters.unprotected_packets;
  return static_cast<size_t>(size);
}

Context::Context(std::unique_ptr<State> state) : state_(std::move(state)) {}
Context::Context(Context&&) noexcept = default;
Context& Context::operator=(Context&&) noexcept = default;
Context::~Context() = default;

Result<Context> Context::create(const Keys& keys, size_t max_streams) {
  const size_t size = key_size(keys.profile) + salt_size(keys.profile);
  const MasterKey& send = keys.send.reveal();
  const MasterKey& receive = keys.receive.reveal();
  if (send.key_and_salt.size() != size || receive.key_and_salt.size() != size)
    return Error{Errc::malformed, "SRTP key of the wrong length"};
  auto state = std::make_unique<State>();
  if (!library_ready() ||
      state->send.open(keys.profile, send, ssrc_any_outbound, max_streams) != srtp_err_status_ok ||
      state->receive.open(keys.profile, receive, ssrc_any_inbound, max_streams) !=
          srtp_err_status_ok)
    return Error{Errc::unsupported, "libsrtp cannot do this profile"};
  return Context(std::move(state));
}

Result<size_t> Context::protect_rtp(std::span<uint8_t> buffer, size_t length) {
  return state_->protect(srtp_protect, buffer, length, 8, kRtpHeader);
}
Result<size_t> Context::protect_rtcp(std::span<uint8_t> buffer, size_t length) {
  return state_->protect(srtp_protect_rtcp, buffer, length, 4, kRtcpHeader);
}
Result<size_t> Context::unprotect_rtp(std::span<uint8_t> packet) {
  return state_->unprotect(srtp_unprotect, packet, 8, kRtpHeader);
}
Result<size_t> Context::unprotect_rtcp(std::span<uint8_t> packet) {
  return state_->unprotect(srtp_unprotect_rtcp, packet, 4, kRtcpHeader);
}

const Counters& Context::counters() const { return state_->counters; }

}  // namespace viaduct::srtp
